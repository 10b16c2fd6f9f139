//! What a projection is: how events become rows, one by one and in bulk.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::Value;
use waybill_domain::{Envelope, OrderEvent, OrderId, Version};
use waybill_infra::db::{self, Failure};

use crate::copy::CopyRows;
use crate::slot::Slot;

/// One readable event on its way into a read model.
#[derive(Clone, Copy, Debug)]
pub struct Change<'e> {
    /// Who, when, where in the log.
    pub envelope: &'e Envelope,
    /// What happened.
    pub event: &'e OrderEvent,
}

/// Turns events into the rows of one read model.
///
/// What it writes about an order follows from that order's events alone. So an order can be made anew
/// by itself, and a rebuild can go order by order.
#[async_trait]
pub trait Projection: Send + Sync + 'static {
    /// Its name, as in the table `projections` and in its schemas.
    fn name(&self) -> &'static str;

    /// Takes in events, in log order, each order's without a gap. Runs in the transaction that also
    /// moves the checkpoint, so each event is taken in exactly once.
    async fn apply(&self, slot: &mut Slot<'_>, changes: &[Change<'_>]) -> Result<(), ApplyError>;

    /// Takes out everything about an order, as if none of its events had come.
    async fn forget(&self, slot: &mut Slot<'_>, order: OrderId) -> Result<(), sqlx::Error>;

    /// The `COPY … FROM STDIN (FORMAT binary)` that takes what [`Projection::fold`] writes.
    fn copy_statement(&self) -> &'static str;

    /// Writes the rows of one order, given all of its events.
    fn fold(&self, changes: &[Change<'_>], rows: &mut CopyRows) -> Result<(), Unfit>;

    /// Derives what follows from the rows of all orders, after the last was copied.
    async fn finish_load(&self, slot: &mut Slot<'_>) -> Result<(), sqlx::Error>;

    /// Compares a page of both copies. Parameters: the order and the version after which to go on, the
    /// rows to look at, and the position up to which both copies are complete. Answers with one row:
    /// `rows` looked at, `last_order`, `last_version`, those `compared`, those `differing`, up to 20
    /// `examples`.
    fn compare_statement(&self) -> &'static str;

    /// Looks for orders that the log does not have. Parameters: the order after which to go on, and how
    /// many to look at. Answers with one row: `rows`, `last_order` and `strays`.
    fn strays_statement(&self) -> &'static str;

    /// What the tables say that contradicts itself, in words.
    async fn contradictions(&self, slot: &mut Slot<'_>) -> Result<Vec<String>, sqlx::Error>;

    /// What the rows of one order ought to say, given its events.
    fn expected(&self, changes: &[Change<'_>]) -> Result<Value, Unfit>;

    /// What the rows of these orders do say, in the same form.
    async fn found(
        &self,
        slot: &mut Slot<'_>,
        orders: &[OrderId],
    ) -> Result<HashMap<OrderId, Value>, sqlx::Error>;
}

/// An event does not fit what came before it. Quotes no content, because it is shown and logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("version {version} of order {order_id}: {reason}")]
pub struct Unfit {
    /// The order.
    pub order_id: OrderId,
    /// The version that the event would have made.
    pub version: Version,
    /// What is wrong.
    pub reason: String,
}

/// Why events could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// An event does not fit its order.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The database refused, or could not be asked.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl ApplyError {
    /// If one of the events is at fault, so that trying again will not help: what is wrong with it,
    /// without quoting it. `None` for what is the database's fault.
    #[must_use]
    pub fn poison(&self) -> Option<String> {
        match self {
            Self::Unfit(unfit) => Some(unfit.reason.clone()),
            Self::Database(error) if db::classify(error) == Failure::Data => {
                let refusal = error.as_database_error()?;
                let code = refusal.code().unwrap_or_default();
                let rule = refusal
                    .constraint()
                    .map_or_else(String::new, |name| format!(" ({name})"));
                Some(format!("Postgres refuses it with SQLSTATE {code}{rule}"))
            }
            Self::Database(_) => None,
        }
    }
}
