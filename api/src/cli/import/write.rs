//! Brings a chunk of orders into the log, each by a command of its own.
//!
//! An order's reference is what it is recognised by, and the log takes each reference once, whoever else is writing.
//! So nothing is remembered between runs: what is there is there, and what is not is imported.

use std::collections::HashMap;
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use uuid::Uuid;
use waybill_domain::{ImportedOrder, InvalidFields, OrderError, OrderId, Reference};
use waybill_infra::commands::{CommandError, CommandHandler, Request};
use waybill_infra::db::Db;
use waybill_infra::log::AppendError;
use waybill_infra::order_numbers::OrderNumbers;
use waybill_infra::references::{self, Known};

use super::entry::{self, refused};
use super::report::Refusal;
use super::source::{Chunk, Entry, comes_twice};

/// The pauses before each further try while the database is away. The appender has been patient for some seconds
/// before; together it is about a minute.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];
/// How often a number that turns out to be taken is replaced by one of a new block.
const REDRAWS: usize = 3;

/// What became of a chunk.
#[derive(Default)]
pub(super) struct Settled {
    /// Orders that are in the log now and were not before; in a dry run those that would be.
    pub(super) imported: u64,
    /// Orders that were in the log before.
    pub(super) already_there: u64,
    /// Lines that were not imported, in order.
    pub(super) refusals: Vec<Refusal>,
    /// The chunk's last line, and the bytes of the file up to its end.
    pub(super) through_line: u64,
    pub(super) through: u64,
    /// Why the run cannot go on; some of the chunk's orders may be missing.
    pub(super) failed: Option<anyhow::Error>,
}

/// What became of one order.
enum Outcome {
    Imported,
    AlreadyThere,
    Refused(Refusal),
}

/// How orders are written.
pub(super) struct Pen {
    pub(super) commands: CommandHandler,
    pub(super) numbers: OrderNumbers,
}

/// Brings orders into a database, or, without a pen, finds out which would be.
pub(super) struct Writer {
    db: Db,
    pen: Option<Pen>,
    run: String,
}

impl Writer {
    pub(super) fn new(db: Db, pen: Option<Pen>) -> Self {
        Self {
            db,
            pen,
            run: format!("import-{}", Uuid::now_v7().simple()),
        }
    }

    /// What joins the events of a line to it, and tells this run's from all others'.
    fn correlation_id(&self, line: u64) -> String {
        format!("{}-line-{line}", self.run)
    }

    fn line_of(&self, correlation_id: &str) -> Option<u64> {
        let rest = correlation_id.strip_prefix(&self.run)?;
        rest.strip_prefix("-line-")?.parse().ok()
    }

    /// Imports what is not there yet of a chunk.
    pub(super) async fn settle(&self, chunk: Chunk) -> Settled {
        let mut settled = Settled {
            through_line: chunk.through_line,
            through: chunk.through,
            failed: chunk
                .broken
                .map(|error| anyhow::Error::new(error).context("the file cannot be read on")),
            ..Settled::default()
        };
        let mut orders = Vec::new();
        for entry in chunk.entries {
            match entry {
                Entry::Order { line, order } => orders.push((line, order)),
                Entry::Refused(refusal) => settled.refusals.push(refusal),
            }
        }
        match self.known(orders.iter().map(|(_, o)| o.reference())).await {
            Ok(known) => {
                let mut outcomes = stream::iter(&orders)
                    .map(|(line, order)| self.import(*line, order, known.get(order.reference())))
                    .buffer_unordered(orders.len().max(1));
                while let Some(outcome) = outcomes.next().await {
                    match outcome {
                        Ok(Outcome::Imported) => settled.imported += 1,
                        Ok(Outcome::AlreadyThere) => settled.already_there += 1,
                        Ok(Outcome::Refused(refusal)) => settled.refusals.push(refusal),
                        Err(error) => settled.failed = settled.failed.or(Some(error)),
                    }
                }
            }
            Err(error) => settled.failed = Some(error),
        }
        settled.refusals.sort_by_key(|refusal| refusal.line);
        settled
    }

    async fn import(
        &self,
        line: u64,
        order: &ImportedOrder,
        known: Option<&Known>,
    ) -> anyhow::Result<Outcome> {
        match (known, &self.pen) {
            (Some(known), _) => Ok(self.there_already(line, order, known)),
            (None, None) => Ok(Outcome::Imported),
            (None, Some(pen)) => self.write(pen, line, order).await,
        }
    }

    async fn write(&self, pen: &Pen, line: u64, order: &ImportedOrder) -> anyhow::Result<Outcome> {
        // The same for every try, so that one whose answer was lost is recognised as ours.
        let order_id = OrderId::from(Uuid::now_v7());
        let reference = || Some(order.reference().to_string());
        let (mut pauses, mut redraws) = (PAUSES.iter(), REDRAWS);
        loop {
            let error = match self.try_to_write(pen, line, order, order_id).await {
                Ok(()) => return Ok(Outcome::Imported),
                Err(error) => error,
            };
            match error {
                CommandError::NumberTaken if redraws > 0 => redraws -= 1,
                CommandError::ReferenceTaken
                | CommandError::Conflict { .. }
                | CommandError::Refused(OrderError::AlreadyExists) => {
                    let known = self.known([order.reference()]).await?;
                    match known.get(order.reference()) {
                        Some(known) if known.order_id == order_id => return Ok(Outcome::Imported),
                        Some(known) => return Ok(self.there_already(line, order, known)),
                        None => anyhow::bail!("line {line}: {error}, and yet it is not there"),
                    }
                }
                CommandError::Refused(error) => {
                    return Ok(Outcome::Refused(refused(line, reference(), error)));
                }
                CommandError::Append(AppendError::Refused) => {
                    let detail = "cannot be stored";
                    return Ok(Outcome::Refused(Refusal::whole(line, reference(), detail)));
                }
                CommandError::Append(_) | CommandError::Load(_) => match pauses.next() {
                    Some(pause) => tokio::time::sleep(*pause).await,
                    None => return Err(away(error)),
                },
                CommandError::NumberTaken | CommandError::NotFound | CommandError::KeyReused => {
                    return Err(anyhow::Error::new(error).context(format!("line {line}")));
                }
            }
        }
    }

    async fn try_to_write(
        &self,
        pen: &Pen,
        line: u64,
        order: &ImportedOrder,
        order_id: OrderId,
    ) -> Result<(), CommandError> {
        let number = pen.numbers.next().await?;
        let request = Request {
            order_id,
            command: order.clone().numbered(number.clone()).into(),
            actor: entry::actor(),
            expected_version: None,
            key: None,
            correlation_id: self.correlation_id(line),
            causation_id: None,
        };
        let written = pen.commands.execute(request).await;
        if let Err(CommandError::NumberTaken) = &written {
            pen.numbers.discard(&number).await;
        }
        written.map(|_| ())
    }

    /// What stands under the references, however long the database takes to come back, within bounds.
    async fn known<'a>(
        &self,
        references: impl IntoIterator<Item = &'a Reference>,
    ) -> anyhow::Result<HashMap<Reference, Known>> {
        let references: Vec<&Reference> = references.into_iter().collect();
        let mut pauses = PAUSES.iter();
        loop {
            match references::find(&self.db, references.iter().copied()).await {
                Ok(known) => return Ok(known),
                Err(error) => match pauses.next() {
                    Some(pause) => tokio::time::sleep(*pause).await,
                    None => return Err(away(error)),
                },
            }
        }
    }

    /// Judges an order whose reference is in the log. Of what can change nothing is compared: the order may have
    /// moved on since it was imported.
    fn there_already(&self, line: u64, order: &ImportedOrder, known: &Known) -> Outcome {
        if let Some(first) = self.line_of(&known.correlation_id) {
            return Outcome::Refused(comes_twice(line, order, first));
        }
        let mut differing = Vec::new();
        if *order.customer_id() != known.customer_id {
            differing.push("customer_id");
        }
        if known.placed_at.is_some_and(|at| at != order.placed_at()) {
            differing.push("placed_at");
        }
        if differing.is_empty() {
            return Outcome::AlreadyThere;
        }
        let errors = differing.into_iter().map(|field| {
            let detail = format!(
                "differs from that of order {}, which has this reference",
                known.order_id
            );
            waybill_domain::FieldError::new(field, detail)
        });
        let fields = InvalidFields {
            errors: errors.collect(),
        };
        Outcome::Refused(Refusal {
            differs: true,
            ..Refusal::fields(line, Some(order.reference().to_string()), fields)
        })
    }
}

fn away(error: impl std::error::Error + Send + Sync + 'static) -> anyhow::Error {
    anyhow::Error::new(error).context("the database is away (DATABASE_URL)")
}
