//! Reading an order's history.

use std::time::Duration;

use serde_json::{Map, Value};
use sqlx::Row;
use waybill_domain::{Audience, OrderId, Position, Version};

use super::fields::prune;
use crate::checkpoint::{Checkpoint, WaitError};
use crate::slot::Slot;

/// The history of every order. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Timeline {
    checkpoint: Checkpoint,
}

/// A stretch of one order's history, all of one snapshot.
#[derive(Clone, Debug)]
pub struct TimelinePage {
    /// Oldest first, as the audience may see them. A change of details of which it may see none is
    /// left out.
    pub entries: Vec<Value>,
    /// The version after which to go on; `None` on the last page.
    pub next: Option<Version>,
    /// The position in the log that this reflects.
    pub position: Position,
    /// Whether the order is parked: what happened later is not in here.
    pub stale: bool,
}

/// Why there is no history to show.
#[derive(Debug, thiserror::Error)]
pub enum TimelineError {
    /// The database could not be asked, or an entry could not be read.
    #[error("the timeline could not be read: {0}")]
    Database(#[from] sqlx::Error),
}

impl Timeline {
    /// Entries of a page at most.
    pub const MAX_LIMIT: usize = 200;

    pub(crate) fn new(checkpoint: Checkpoint) -> Self {
        Self { checkpoint }
    }

    /// Waits until everything up to `position` is in the timelines, at most `patience`; see
    /// [`crate::READ_WAIT`].
    ///
    /// # Errors
    /// [`WaitError::ReadBehind`] when the time is up.
    pub async fn wait_for(&self, position: Position, patience: Duration) -> Result<(), WaitError> {
        self.checkpoint.wait_for(position, patience).await
    }

    /// The order's history after version `after`, at most `limit` entries, 1 to
    /// [`Timeline::MAX_LIMIT`]. Empty for an order that there is not, or not here yet.
    ///
    /// # Errors
    /// [`TimelineError`].
    pub async fn of(
        &self,
        order: OrderId,
        after: Version,
        limit: usize,
        audience: Audience,
    ) -> Result<TimelinePage, TimelineError> {
        let limit = limit.clamp(1, Self::MAX_LIMIT);
        let (mut transaction, position) = self.checkpoint.snapshot().await?;
        let mut slot = Slot::new(&mut transaction, self.checkpoint.db());
        let rows = slot
            .query(include_str!("sql/page.sql"))
            .bind(order.as_uuid())
            .bind(i64::try_from(after).unwrap_or(i64::MAX))
            .bind(i64::try_from(limit + 1).unwrap_or(i64::MAX))
            .fetch_all(slot.conn())
            .await?;
        let stale = slot
            .query(include_str!("sql/stale.sql"))
            .bind(order.as_uuid())
            .fetch_one(slot.conn())
            .await?
            .try_get(0)?;
        // Only reads: letting go of it ends it.
        drop(transaction);
        let shown = &rows[..rows.len().min(limit)];
        let mut entries = Vec::with_capacity(shown.len());
        for row in shown {
            let mut entry: Map<String, Value> = serde_json::from_str(row.try_get("entry")?)
                .map_err(|e| sqlx::Error::Decode(Box::new(e)))?;
            if let Some(seconds) = row.try_get::<Option<i64>, _>("seconds")? {
                entry.insert("seconds_since_previous_status".to_owned(), seconds.into());
            }
            entries.extend(prune(entry, audience));
        }
        let next = match shown.last() {
            Some(last) if rows.len() > limit => {
                Some(last.try_get::<i64, _>("version")?.cast_unsigned())
            }
            _ => None,
        };
        Ok(TimelinePage {
            entries,
            next,
            position,
            stale,
        })
    }
}
