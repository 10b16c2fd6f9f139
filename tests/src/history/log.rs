//! The log as it is in Postgres, read with nothing of what serves it but the loading of events.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::Value;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection as _, Row as _};
use uuid::Uuid;
use waybill_domain::{Actor, ActorKind, Audience, Envelope, FoldedOrder, Position, stored};

/// Everything that was ever appended.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The events, by position.
    pub events: Vec<Logged>,
    /// What each order is folded to, as a row of the list for staff; null where that cannot be told.
    pub orders: BTreeMap<String, Value>,
}

/// An event of the log, without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Its place.
    pub position: u64,
    /// Its id.
    pub event_id: String,
    /// The order.
    pub order: String,
    /// The order's version after it.
    pub version: u64,
    /// Whose order it is.
    pub customer: String,
    /// The command that it came of.
    pub command: String,
    /// Its correlation id.
    pub mark: String,
    /// When it was recorded, by the clock of that moment: microseconds since 1970.
    pub recorded_at: i64,
}

impl Log {
    /// Reads the database at `url`.
    pub async fn load(url: &str) -> anyhow::Result<Self> {
        let mut connection = PgConnection::connect(url).await?;
        let rows = sqlx::query(
            "SELECT position, event_id, aggregate_id, sequence, customer_id, command_id, correlation_id,
                    order_number, recorded_at, actor_kind, actor_id, causation_id,
                    event_type, event_version, payload, personal
             FROM events ORDER BY position",
        )
        .fetch_all(&mut connection)
        .await?;
        connection.close().await?;
        let mut log = Self::default();
        let mut folded: BTreeMap<String, Option<FoldedOrder>> = BTreeMap::new();
        for row in &rows {
            let event = logged(row)?;
            let order = folded
                .entry(event.order.clone())
                .or_insert_with(|| Some(FoldedOrder::new(event.order.parse().ok()?)));
            if apply(order, row).is_err() {
                *order = None;
            }
            log.events.push(event);
        }
        log.orders = folded
            .into_iter()
            .map(|(id, order)| {
                let summary = order.map(|order| order.summary(Audience::Staff));
                (id, summary.unwrap_or_default())
            })
            .collect();
        Ok(log)
    }

    /// The version of each order as of a position; those that were placed later are not in it.
    pub fn versions_at(&self, position: u64) -> BTreeMap<&str, u64> {
        let upto = self.events.iter().filter(|e| e.position <= position);
        upto.map(|e| (e.order.as_str(), e.version)).collect()
    }
}

fn logged(row: &PgRow) -> Result<Logged, sqlx::Error> {
    let uuid = |name: &str| row.try_get::<Uuid, _>(name).map(|id| id.to_string());
    Ok(Logged {
        position: row.try_get::<i64, _>("position")?.cast_unsigned(),
        event_id: uuid("event_id")?,
        order: row.try_get("aggregate_id")?,
        version: row.try_get::<i64, _>("sequence")?.cast_unsigned(),
        customer: row.try_get("customer_id")?,
        command: uuid("command_id")?,
        mark: row.try_get("correlation_id")?,
        recorded_at: row
            .try_get::<chrono::DateTime<chrono::Utc>, _>("recorded_at")?
            .timestamp_micros(),
    })
}

/// Folds a row into its order; fails where this build cannot read it.
fn apply(order: &mut Option<FoldedOrder>, row: &PgRow) -> anyhow::Result<()> {
    let order = order
        .as_mut()
        .context("an event before could not be read")?;
    let event = stored::load(
        row.try_get("event_type")?,
        row.try_get("event_version")?,
        row.try_get("payload")?,
        row.try_get("personal")?,
    )?;
    let kind: ActorKind = row.try_get::<&str, _>("actor_kind")?.parse()?;
    let envelope = Envelope {
        event_id: row.try_get::<Uuid, _>("event_id")?.into(),
        order_id: order.order_id,
        order_number: row.try_get::<&str, _>("order_number")?.parse()?,
        customer_id: row.try_get::<&str, _>("customer_id")?.parse()?,
        version: row.try_get::<i64, _>("sequence")?.cast_unsigned(),
        position: Position(row.try_get::<i64, _>("position")?.cast_unsigned()),
        recorded_at: row
            .try_get::<chrono::DateTime<chrono::Utc>, _>("recorded_at")?
            .into(),
        actor: Actor::new(kind, row.try_get::<String, _>("actor_id")?),
        command_id: row.try_get::<Uuid, _>("command_id")?.into(),
        correlation_id: row.try_get("correlation_id")?,
        causation_id: row.try_get("causation_id")?,
    };
    order.apply(&envelope, &event);
    Ok(())
}
