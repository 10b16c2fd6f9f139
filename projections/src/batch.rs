//! Applying a batch of events to one copy: what is readable goes in, what is not parks its order.

use std::collections::HashSet;
use std::sync::Arc;

use sqlx::{Connection, Row};
use uuid::Uuid;
use waybill_domain::OrderId;
use waybill_domain::stored::LoadError;
use waybill_infra::log::LogEvent;

use crate::projection::{ApplyError, Change, Projection};
use crate::slot::Slot;

/// How to go about a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// All at once. An event that cannot be applied fails the batch.
    Together,
    /// One by one under savepoints. An event that cannot be applied parks its order.
    Singly,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The last event that was dealt with: applied, parked or passed over.
    pub(crate) through: Option<Arc<LogEvent>>,
    /// Orders that were parked.
    pub(crate) parked: Vec<Parking>,
    /// How many are, with those of earlier batches.
    pub(crate) parked_in_all: u64,
    /// Why the batch ends before its end, if it does.
    pub(crate) stopped: Option<String>,
}

/// An order that goes no further here, because of this event.
#[derive(Debug)]
pub(crate) struct Parking {
    pub(crate) order_id: OrderId,
    pub(crate) version: u64,
    pub(crate) position: u64,
    pub(crate) reason: String,
}

impl Parking {
    fn at(event: &LogEvent, reason: String) -> Self {
        Self {
            order_id: event.envelope.order_id,
            version: event.envelope.version,
            position: event.envelope.position.0,
            reason,
        }
    }
}

/// Whether an event that cannot be read stops the whole projection: one that a later build may know
/// is waited for, one that is broken concerns its order only.
pub(crate) fn stops(error: &LoadError) -> bool {
    match error {
        LoadError::UnknownType(_) | LoadError::UnknownVersion { .. } => true,
        LoadError::Malformed { .. } => false,
    }
}

/// Applies `events`, which are in log order and follow what the copy holds.
///
/// # Errors
/// With [`How::Together`] also what one event is at fault for; nothing of the transaction may stand then.
pub(crate) async fn apply(
    projection: &dyn Projection,
    slot: &mut Slot<'_>,
    events: &[Arc<LogEvent>],
    how: How,
) -> Result<Outcome, ApplyError> {
    let mut outcome = Outcome::default();
    let (mut parked, parked_before) = parked_among(slot, events).await?;
    let mut changes = Vec::with_capacity(events.len());
    for event in events {
        if !parked.contains(&event.envelope.order_id) {
            match &event.event {
                Ok(change) => changes.push((
                    event,
                    Change {
                        envelope: &event.envelope,
                        event: change,
                    },
                )),
                Err(error) if stops(error) => {
                    outcome.stopped = Some(format!("position {}: {error}", event.position()));
                    break;
                }
                Err(error) => {
                    parked.insert(event.envelope.order_id);
                    outcome.parked.push(Parking::at(event, error.to_string()));
                }
            }
        }
        outcome.through = Some(Arc::clone(event));
    }
    match how {
        How::Together => {
            let changes: Vec<_> = changes.into_iter().map(|(_, change)| change).collect();
            if !changes.is_empty() {
                projection.apply(slot, &changes).await?;
            }
        }
        How::Singly => {
            for (event, change) in changes {
                // Another event of the same order may have parked it in this very loop, or may come
                // before one that parked it above: then it is still to be applied.
                let earlier = outcome.parked.iter().any(|p| {
                    p.order_id == event.envelope.order_id && p.version < event.envelope.version
                });
                if !earlier && let Some(reason) = apply_one(projection, slot, change).await? {
                    outcome
                        .parked
                        .retain(|p| p.order_id != event.envelope.order_id);
                    outcome.parked.push(Parking::at(event, reason));
                }
            }
        }
    }
    park(slot, &outcome.parked).await?;
    outcome.parked_in_all = parked_before + outcome.parked.len() as u64;
    Ok(outcome)
}

/// Applies one event under a savepoint. Answers why, if it is at fault that it cannot be.
async fn apply_one(
    projection: &dyn Projection,
    slot: &mut Slot<'_>,
    change: Change<'_>,
) -> Result<Option<String>, ApplyError> {
    let persistent = slot.persistent();
    let mut savepoint = slot.conn().begin().await?;
    let applied = projection
        .apply(&mut Slot::within(&mut savepoint, persistent), &[change])
        .await;
    match applied {
        Ok(()) => savepoint.commit().await?,
        Err(error) => match error.poison() {
            Some(reason) => {
                savepoint.rollback().await?;
                return Ok(Some(reason));
            }
            None => return Err(error),
        },
    }
    Ok(None)
}

/// Those of the events' orders that are parked, and how many orders are.
async fn parked_among(
    slot: &mut Slot<'_>,
    events: &[Arc<LogEvent>],
) -> Result<(HashSet<OrderId>, u64), sqlx::Error> {
    let orders: HashSet<Uuid> = events.iter().map(|e| e.envelope.order_id.into()).collect();
    let orders: Vec<Uuid> = orders.into_iter().collect();
    let row = slot
        .query(include_str!("sql/parked_among.sql"))
        .bind(orders)
        .fetch_one(slot.conn())
        .await?;
    let among: Vec<Uuid> = row.try_get("among")?;
    let total = row.try_get::<i64, _>("total")?.cast_unsigned();
    Ok((among.into_iter().map(OrderId::from).collect(), total))
}

async fn park(slot: &mut Slot<'_>, parked: &[Parking]) -> Result<(), sqlx::Error> {
    if parked.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = parked.iter().map(|p| p.order_id.into()).collect();
    let versions: Vec<i64> = parked.iter().map(|p| p.version.cast_signed()).collect();
    let positions: Vec<i64> = parked.iter().map(|p| p.position.cast_signed()).collect();
    let reasons: Vec<&str> = parked.iter().map(|p| p.reason.as_str()).collect();
    slot.query(include_str!("sql/park.sql"))
        .bind(ids)
        .bind(versions)
        .bind(positions)
        .bind(reasons)
        .execute(slot.conn())
        .await?;
    Ok(())
}
