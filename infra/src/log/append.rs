//! One call of `waybill_append`: a batch of commands' events in, a verdict for each out.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row};
use uuid::Uuid;
use waybill_domain::stored::StoredText;
use waybill_domain::{
    Actor, CommandId, CustomerId, Envelope, EventId, OrderEvent, OrderId, OrderNumber, Position,
    Reference, Timestamp,
};

use super::event::LogEvent;

/// By what a command is recognised when it comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CommandKey {
    /// SHA-256 over the caller's issuer, subject and key.
    pub key: [u8; 32],
    /// SHA-256 over what was asked for.
    pub request: [u8; 32],
}

/// What a command did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It appended events.
    Applied,
    /// Everything was already as it asked.
    Unchanged,
}

impl Outcome {
    /// The name under which it is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Unchanged => "unchanged",
        }
    }
}

/// One decided command, ready to be written.
#[derive(Clone, Debug)]
pub struct Append {
    /// By what a repeat is recognised, if the caller gave a key; nothing is remembered of one without.
    pub key: Option<CommandKey>,
    /// Names this try of the command; by it the log recognises one whose answer was lost.
    pub command_id: CommandId,
    /// The order that it is about.
    pub order_id: OrderId,
    /// The version of the order on which the command was decided; 0 for a new order.
    pub expected_version: u64,
    /// The order's customer.
    pub customer_id: CustomerId,
    /// The order's number.
    pub order_number: OrderNumber,
    /// The shop's own id; counts only for a new order.
    pub reference: Option<Reference>,
    /// What was decided; may be empty, to remember that the command changed nothing.
    pub events: Vec<OrderEvent>,
    /// Who gave the command.
    pub actor: Actor,
    /// Leads from the event to the request that caused it.
    pub correlation_id: String,
    /// What caused the request, if it was not its sender's own idea.
    pub causation_id: Option<String>,
}

/// What became of a command, as it can be told again later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The try that succeeded.
    pub command_id: CommandId,
    /// The order.
    pub order_id: OrderId,
    /// Whether events were appended.
    pub outcome: Outcome,
    /// The order's version afterwards.
    pub version: u64,
    /// Of the order's last event afterwards.
    pub position: Position,
    /// When it was written.
    pub recorded_at: Timestamp,
    /// Whether an earlier request with the same key did it, and this one did nothing.
    pub repeated: bool,
}

/// The log's answer to one command.
#[derive(Clone, Debug)]
pub enum Appended {
    /// Committed. The command's events, in order; none for a repeat.
    Done(Receipt, Vec<Arc<LogEvent>>),
    /// The order has moved on; nothing was written.
    Conflict {
        /// The version at which the order stands.
        current: u64,
    },
    /// The new order's number belongs to another order.
    NumberTaken,
    /// The new order's reference belongs to another order.
    ReferenceTaken,
    /// The key was used before for another request.
    KeyReused,
}

/// Why the log gave no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// Nothing was written; the same command may be sent again.
    #[error("the log cannot be written at the moment")]
    Unavailable,
    /// The connection was lost while committing, and again while asking. Sending the command again
    /// under the same key tells, and does it at most once.
    #[error("whether the command was written is not known")]
    OutcomeUnknown,
    /// Postgres refuses this command's data; nothing was written.
    #[error("the command's events cannot be stored")]
    Refused,
    /// Too many commands are waiting; nothing was written.
    #[error("too many commands are waiting to be written")]
    Overloaded,
}

/// A command with all that does not change from one try to the next.
pub(super) struct Prepared {
    pub(super) append: Append,
    order_id: String,
    metadata: String,
    stored: Vec<StoredText>,
    ids: Vec<EventId>,
    pub(super) bytes: usize,
}

/// About what an event's row holds beside its JSON, for the bounds of batches and of the ring.
pub(super) const ROW_BYTES: usize = 256;

impl Prepared {
    pub(super) fn new(mut append: Append) -> Self {
        let stored: Vec<_> = append
            .events
            .iter_mut()
            .map(OrderEvent::stored_text)
            .collect();
        let ids = stored
            .iter()
            .map(|_| EventId::from(Uuid::now_v7()))
            .collect();
        let bytes = stored
            .iter()
            .map(|s| ROW_BYTES + s.payload.len() + s.personal.as_ref().map_or(0, String::len))
            .sum();
        Self {
            order_id: append.order_id.to_string(),
            metadata: metadata(&append),
            append,
            stored,
            ids,
            bytes,
        }
    }

    /// The command's events as the log has them from position `first` on.
    pub(super) fn into_events(
        self,
        first: Position,
        recorded_at: Timestamp,
        seal: impl Fn(Position, Uuid) -> String,
    ) -> Vec<Arc<LogEvent>> {
        let size = self.bytes / self.ids.len().max(1);
        let a = self.append;
        (0..)
            .zip(self.ids)
            .zip(a.events)
            .map(|((nth, event_id), event)| {
                let position = Position(first.0 + nth);
                let envelope = Envelope {
                    event_id,
                    order_id: a.order_id,
                    order_number: a.order_number.clone(),
                    customer_id: a.customer_id.clone(),
                    version: a.expected_version + 1 + nth,
                    position,
                    recorded_at,
                    actor: a.actor.clone(),
                    command_id: a.command_id,
                    correlation_id: a.correlation_id.clone(),
                    causation_id: a.causation_id.clone(),
                };
                let cursor = seal(position, event_id.into());
                Arc::new(LogEvent::new(envelope, Ok(event), cursor, size))
            })
            .collect()
    }

    fn is_new(&self) -> bool {
        self.append.expected_version == 0
    }
}

/// What the database says of one command.
pub(super) enum Verdict {
    Ok {
        receipt: Receipt,
        first: Option<Position>,
    },
    Repeated(Receipt),
    KeyReused,
    Conflict {
        current: u64,
    },
    NumberTaken,
    ReferenceTaken,
}

/// Writes `batch` in one transaction and returns a verdict for each command, in order.
pub(super) async fn call(
    connection: &mut PgConnection,
    batch: &[Prepared],
) -> Result<Vec<Verdict>, sqlx::Error> {
    let call = Uuid::new_v4();
    let rows = bound(batch).bind(call).fetch_all(connection).await?;
    // The rows have come, so the commit may have: whatever is wrong with them, it is not known.
    answer_to(call, &rows)
        .and_then(|()| verdicts(&rows, batch))
        .map_err(|error| sqlx::Error::Protocol(error.to_string()))
}

/// Whether `rows` answer this `call`. Postgres answers what it is sent, in order, and says to none of it what it was:
/// should anything on the way have sent a call twice, the answers to all that follow are those to what came before.
fn answer_to(call: Uuid, rows: &[PgRow]) -> Result<(), sqlx::Error> {
    for row in rows {
        if row.try_get::<Uuid, _>("call")? != call {
            let said = "an answer to another call".to_owned();
            return Err(sqlx::Error::Protocol(said));
        }
    }
    Ok(())
}

/// The call with its parameters, one line each, in the order of the SQL function's.
fn bound(batch: &[Prepared]) -> Query<'_, Postgres, PgArguments> {
    fn column<'b, T>(batch: &'b [Prepared], of: impl Fn(&'b Prepared) -> T) -> Vec<T> {
        batch.iter().map(of).collect()
    }
    let events = || {
        (1_i32..).zip(batch).flat_map(|(nth, p)| {
            (1_i64..)
                .zip(p.stored.iter().zip(&p.ids))
                .map(move |(k, (stored, id))| (nth, k, p, stored, *id))
        })
    };
    macro_rules! each {
        ($of:expr) => {
            events().map($of).collect::<Vec<_>>()
        };
    }
    sqlx::query(include_str!("sql/append.sql"))
        .bind(column(batch, |p| p.append.key.as_ref().map(|k| &k.key[..])))
        .bind(column(batch, |p| {
            p.append.key.as_ref().map(|k| &k.request[..])
        }))
        .bind(column(batch, |p| Uuid::from(p.append.command_id)))
        .bind(column(batch, |p| p.order_id.as_str()))
        .bind(column(batch, |p| p.append.expected_version.cast_signed()))
        .bind(column(batch, |p| {
            i32::try_from(p.stored.len()).unwrap_or(i32::MAX)
        }))
        .bind(column(batch, |p| {
            p.is_new().then(|| p.append.customer_id.as_str())
        }))
        .bind(column(batch, |p| {
            p.is_new().then_some(p.append.order_number.as_str())
        }))
        .bind(column(batch, |p| {
            p.append.reference.as_ref().map(Reference::as_str)
        }))
        .bind(each!(|(nth, ..)| nth))
        .bind(each!(|(.., id)| Uuid::from(id)))
        .bind(each!(|(_, _, p, ..)| p.order_id.as_str()))
        .bind(each!(|(_, k, p, ..)| p
            .append
            .expected_version
            .cast_signed()
            + k))
        .bind(each!(|(_, _, _, s, _)| s.event_type))
        .bind(each!(|(_, _, _, s, _)| s.event_version))
        .bind(each!(|(_, _, _, s, _)| s.payload.as_str()))
        .bind(each!(|(_, _, _, s, _)| s.personal.as_deref()))
        .bind(each!(|(_, _, p, ..)| p.metadata.as_str()))
        .bind(each!(|(_, _, p, ..)| p.append.customer_id.as_str()))
        .bind(each!(|(_, _, p, ..)| p.append.order_number.as_str()))
        .bind(each!(|(_, _, p, ..)| p.append.actor.kind.as_str()))
        .bind(each!(|(_, _, p, ..)| p.append.actor.id.as_str()))
        .bind(each!(|(_, _, p, ..)| Uuid::from(p.append.command_id)))
        .bind(each!(|(_, _, p, ..)| p.append.correlation_id.as_str()))
        .bind(each!(|(_, _, p, ..)| p.append.causation_id.as_deref()))
}

/// What the rows say of each command: the first is about the batch, the others about commands of which
/// there is more to say than that they were written.
fn verdicts(rows: &[PgRow], batch: &[Prepared]) -> Result<Vec<Verdict>, sqlx::Error> {
    let wrong = || sqlx::Error::Protocol("verdicts that do not fit their commands".to_owned());
    let (of_batch, of_commands) = rows.split_first().ok_or_else(wrong)?;
    let recorded_at = Timestamp::from(of_batch.try_get::<DateTime<Utc>, _>("recorded_at")?);
    let mut head = of_batch.try_get::<i64, _>("position")?.cast_unsigned();
    let mut said: Vec<Option<Verdict>> = batch.iter().map(|_| None).collect();
    for row in of_commands {
        let nth = usize::try_from(row.try_get::<i32, _>("nth")? - 1).map_err(|_| wrong())?;
        let prepared = batch.get(nth).ok_or_else(wrong)?;
        said[nth] = Some(verdict(row, prepared)?);
    }
    let verdicts = said.into_iter().zip(batch).map(|(said, prepared)| {
        said.unwrap_or_else(|| {
            let append = &prepared.append;
            let first = Position(head + 1);
            head += prepared.ids.len() as u64;
            Verdict::Ok {
                receipt: Receipt {
                    command_id: append.command_id,
                    order_id: append.order_id,
                    outcome: Outcome::Applied,
                    version: append.expected_version + prepared.ids.len() as u64,
                    position: Position(head),
                    recorded_at,
                    repeated: false,
                },
                first: Some(first),
            }
        })
    });
    Ok(verdicts.collect())
}

fn verdict(row: &PgRow, prepared: &Prepared) -> Result<Verdict, sqlx::Error> {
    let version = row.try_get::<i64, _>("version")?.cast_unsigned();
    Ok(match row.try_get("status")? {
        // It has no events.
        "ok" => Verdict::Ok {
            receipt: receipt(row, version)?,
            first: None,
        },
        "repeated" => {
            let receipt = receipt(row, version)?;
            if receipt.command_id == prepared.append.command_id {
                // Our own earlier call committed although its answer was lost.
                let events = prepared.ids.len() as u64;
                let first = (events > 0).then(|| Position(receipt.position.0 + 1 - events));
                Verdict::Ok {
                    receipt: Receipt {
                        repeated: false,
                        ..receipt
                    },
                    first,
                }
            } else {
                Verdict::Repeated(receipt)
            }
        }
        "key_reused" => Verdict::KeyReused,
        "conflict" => Verdict::Conflict { current: version },
        "number_taken" => Verdict::NumberTaken,
        "reference_taken" => Verdict::ReferenceTaken,
        other => return Err(sqlx::Error::Protocol(format!("unknown verdict {other}"))),
    })
}

/// Reads a [`Receipt`] from a row of the append or of `commands`, as told again.
pub(crate) fn receipt(row: &PgRow, version: u64) -> Result<Receipt, sqlx::Error> {
    let order_id: &str = row.try_get("order_id")?;
    Ok(Receipt {
        command_id: row.try_get::<Uuid, _>("command_id")?.into(),
        order_id: order_id
            .parse()
            .map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
        outcome: if row.try_get::<&str, _>("outcome")? == "applied" {
            Outcome::Applied
        } else {
            Outcome::Unchanged
        },
        version,
        position: Position(row.try_get::<i64, _>("position")?.cast_unsigned()),
        recorded_at: Timestamp::from(row.try_get::<DateTime<Utc>, _>("recorded_at")?),
        repeated: row.try_get::<&str, _>("status")? == "repeated",
    })
}

/// What stock postgres-es hands on with an event: flat strings, nothing personal.
fn metadata(append: &Append) -> String {
    let mut map = BTreeMap::from([
        ("actor_kind", append.actor.kind.as_str()),
        ("correlation_id", append.correlation_id.as_str()),
    ]);
    if let Some(causation) = &append.causation_id {
        map.insert("causation_id", causation);
    }
    serde_json::to_string(&map).unwrap_or_default()
}
