//! How the read models are doing, for people who look after them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::Row;
use uuid::Uuid;
use waybill_domain::{OrderId, Position, Timestamp};

use crate::checkpoint::Checkpoint;
use crate::read_models::{Model, ReadModels};
use crate::slot::Slot;

/// One projection, as the database has it.
#[derive(Clone, Debug, Serialize)]
pub struct ProjectionStatus {
    /// Its name.
    pub name: &'static str,
    /// What it reflects.
    pub position: Position,
    /// The newest event of the log.
    pub head: Position,
    /// Events that it lacks.
    pub lag_events: u64,
    /// For how long the first of them has been waiting, in seconds.
    pub lag_seconds: f64,
    /// Orders that are parked.
    pub parked: u64,
    /// Why it goes no further, if it does not.
    pub stopped_because: Option<String>,
    /// When it last moved, or stopped.
    pub updated_at: Timestamp,
    /// The rebuild that is running, or the last one; `None` if there never was one.
    pub rebuild: Option<RebuildStatus>,
}

/// A rebuild, as the database has it.
#[derive(Clone, Debug, Serialize)]
pub struct RebuildStatus {
    /// Whether it is running, on whichever node.
    pub running: bool,
    /// What it is doing or did last; see [`crate::rebuild::Phase`].
    pub phase: Option<String>,
    /// How much of the phase is done.
    pub done: u64,
    /// Of how much.
    pub total: u64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How it ended, in words. Nothing if it was killed.
    pub outcome: Option<String>,
}

/// An order that goes no further in one projection.
#[derive(Clone, Debug, Serialize)]
pub struct Parked {
    /// The projection.
    pub projection: &'static str,
    /// The order.
    pub order_id: OrderId,
    /// Its number.
    pub order_number: Option<String>,
    /// The version that the event would have made.
    pub version: u64,
    /// The event's place in the log.
    pub position: Position,
    /// The event's stored type.
    pub event_type: Option<String>,
    /// What is wrong with it; quotes none of its content.
    pub reason: String,
    /// Since when.
    pub parked_at: Timestamp,
    /// Events of the order that are not taken in, this one included.
    pub waiting: u64,
}

impl ReadModels {
    /// How every projection is doing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn status(&self) -> Result<Vec<ProjectionStatus>, sqlx::Error> {
        let mut all = Vec::new();
        for model in self.models() {
            all.push(status(model.projection.name(), &model.checkpoint).await?);
        }
        Ok(all)
    }

    /// The parked orders of every projection, at most `limit` of each, the longest parked first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn parked(&self, limit: usize) -> Result<Vec<Parked>, sqlx::Error> {
        let mut all = Vec::new();
        for model in self.models() {
            all.extend(parked(model, limit).await?);
        }
        Ok(all)
    }
}

async fn status(
    name: &'static str,
    checkpoint: &Checkpoint,
) -> Result<ProjectionStatus, sqlx::Error> {
    let (mut transaction, position) = checkpoint.snapshot().await?;
    let mut slot = Slot::new(&mut transaction, checkpoint.db());
    let row = slot
        .query(include_str!("sql/status.sql"))
        .bind(name)
        .fetch_one(slot.conn())
        .await?;
    let count = |column| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
    let time = |column| {
        row.try_get::<Option<DateTime<Utc>>, _>(column)
            .map(|time| time.map(Timestamp::from))
    };
    let head = count("head")?;
    let rebuild = match time("started_at")? {
        None => None,
        Some(started_at) => Some(RebuildStatus {
            running: row.try_get("rebuilding")?,
            phase: row.try_get("phase")?,
            done: count("done")?,
            total: count("total")?,
            started_at,
            finished_at: time("finished_at")?,
            outcome: row.try_get("outcome")?,
        }),
    };
    Ok(ProjectionStatus {
        name,
        position,
        head: Position(head),
        lag_events: head.saturating_sub(position.0),
        lag_seconds: row.try_get("lag_seconds")?,
        parked: count("parked")?,
        stopped_because: row.try_get("stopped_because")?,
        updated_at: row.try_get::<DateTime<Utc>, _>("updated_at")?.into(),
        rebuild,
    })
}

async fn parked(model: &Model, limit: usize) -> Result<Vec<Parked>, sqlx::Error> {
    let (mut transaction, _) = model.checkpoint.snapshot().await?;
    let mut slot = Slot::new(&mut transaction, model.checkpoint.db());
    let rows = slot
        .query(include_str!("sql/parked.sql"))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(slot.conn())
        .await?;
    rows.iter()
        .map(|row| {
            let count = |column| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
            Ok(Parked {
                projection: model.projection.name(),
                order_id: row.try_get::<Uuid, _>("order_id")?.into(),
                order_number: row.try_get("order_number")?,
                version: count("version")?,
                position: Position(count("position")?),
                event_type: row.try_get("event_type")?,
                reason: row.try_get("reason")?,
                parked_at: row.try_get::<DateTime<Utc>, _>("parked_at")?.into(),
                waiting: count("waiting")?,
            })
        })
        .collect()
}
