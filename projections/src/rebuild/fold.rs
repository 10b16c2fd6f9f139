//! Whole orders out of the log, and their rows.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use waybill_domain::{OrderId, Position, Version};
use waybill_infra::log::{EventLog, LogEvent, RawEvent};

use crate::batch::stops;
use crate::copy::CopyRows;
use crate::projection::{Change, Projection};

/// Whole orders, one after the other, each with all of its events.
pub(crate) type Orders = Vec<RawEvent>;

/// Reads every order's stream, a page of events at a time, and gives them out as whole orders.
pub(crate) struct OrderReader {
    log: EventLog,
    upto: Position,
    page: usize,
    after: Option<(OrderId, Version)>,
    /// The beginning of an order that may go on in the next page.
    begun: Orders,
    finished: bool,
}

impl OrderReader {
    /// A reader of what was appended up to `upto`, about `page` events at a time.
    pub(crate) fn new(log: EventLog, upto: Position, page: usize) -> Self {
        Self {
            log,
            upto,
            page,
            after: None,
            begun: Orders::new(),
            finished: false,
        }
    }

    /// The next orders; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Orders>, sqlx::Error> {
        while !self.finished {
            let events = self.log.scan(self.after, self.upto, self.page).await?;
            self.finished = events.len() < self.page;
            let mut orders = std::mem::take(&mut self.begun);
            orders.extend(events);
            let Some(last) = orders.last() else {
                break;
            };
            let last_order = last.order_id()?;
            self.after = Some((last_order, last.version()?));
            if !self.finished {
                let mut whole = orders.len();
                while whole > 0 && orders[whole - 1].order_id()? == last_order {
                    whole -= 1;
                }
                self.begun = orders.split_off(whole);
            }
            if !orders.is_empty() {
                return Ok(Some(orders));
            }
        }
        Ok(None)
    }
}

/// What a stretch of orders folds to.
#[derive(Default)]
pub(super) struct Folded {
    pub(super) rows: CopyRows,
    pub(super) events: u64,
    /// Orders that cannot be copied as a whole, because one of their events cannot be applied.
    pub(super) leftovers: Vec<OrderId>,
    /// An event that only a newer build knows.
    pub(super) newer: Option<String>,
}

/// Folding under way.
pub(super) struct Pipeline {
    /// What each page of orders folds to, in order.
    pub(super) folded: mpsc::Receiver<JoinHandle<Result<Folded, sqlx::Error>>>,
    /// Whether everything was read.
    pub(super) reader: JoinHandle<Result<(), sqlx::Error>>,
}

/// Reads and folds on other threads, a few pages ahead of whoever takes the results, in order.
pub(super) fn pipeline(
    log: EventLog,
    projection: Arc<dyn Projection>,
    upto: Position,
    page: usize,
) -> Pipeline {
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
    let (sender, folded) = mpsc::channel(threads.min(8));
    let reader = tokio::spawn(async move {
        let mut reader = OrderReader::new(log, upto, page);
        while let Some(orders) = reader.next().await? {
            let projection = Arc::clone(&projection);
            let folding = tokio::task::spawn_blocking(move || fold(&*projection, &orders));
            // Nobody takes it: the rebuild has failed, and this ends with it.
            if sender.send(folding).await.is_err() {
                break;
            }
        }
        Ok(())
    });
    Pipeline { folded, reader }
}

fn fold(projection: &dyn Projection, orders: &[RawEvent]) -> Result<Folded, sqlx::Error> {
    let mut folded = Folded::default();
    for order in by_order(orders) {
        let events = load(order)?;
        folded.events += events.len() as u64;
        let Some(first) = events.first() else {
            continue;
        };
        let order_id = first.envelope.order_id;
        match readable(&events) {
            Ok(changes) => {
                if projection.fold(&changes, &mut folded.rows).is_ok() {
                    folded.rows.end_order(order_id);
                } else {
                    folded.rows.take_back();
                    folded.leftovers.push(order_id);
                }
            }
            Err(Unreadable::Newer(reason)) => {
                folded.newer = Some(reason);
                break;
            }
            Err(Unreadable::Broken) => folded.leftovers.push(order_id),
        }
    }
    Ok(folded)
}

/// Cuts a stretch of whole orders into its orders.
pub(crate) fn by_order(orders: &[RawEvent]) -> impl Iterator<Item = &[RawEvent]> {
    // An id that cannot be read is one order with whatever follows it, and fails when it is loaded.
    orders.chunk_by(|a, b| matches!((a.order_id(), b.order_id()), (Ok(a), Ok(b)) if a == b))
}

pub(crate) fn load(order: &[RawEvent]) -> Result<Vec<LogEvent>, sqlx::Error> {
    order.iter().map(RawEvent::load).collect()
}

/// Why an order's events cannot all be read.
pub(crate) enum Unreadable {
    /// A newer build has written one.
    Newer(String),
    /// One is malformed.
    Broken,
}

/// The events as changes, if all of them can be read.
pub(crate) fn readable(events: &[LogEvent]) -> Result<Vec<Change<'_>>, Unreadable> {
    events
        .iter()
        .map(|event| match &event.event {
            Ok(change) => Ok(Change {
                envelope: &event.envelope,
                event: change,
            }),
            Err(error) if stops(error) => Err(Unreadable::Newer(format!(
                "position {}: {error}",
                event.position()
            ))),
            Err(_) => Err(Unreadable::Broken),
        })
        .collect()
}
