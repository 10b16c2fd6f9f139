//! How events become lines of history: each event is one, whatever came before it.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::Row as _;
use uuid::Uuid;
use waybill_domain::{OrderId, Status};

use super::entry::Entry;
use crate::copy::CopyRows;
use crate::projection::{ApplyError, Change, Projection, Unfit};
use crate::slot::Slot;

pub(crate) struct TimelineProjection;

impl TimelineProjection {
    pub(crate) const NAME: &'static str = "order_timeline";
}

/// What is stored of one event.
struct Line<'e> {
    order_id: OrderId,
    entry: Entry<'e>,
    json: String,
}

impl<'e> Line<'e> {
    fn of(change: Change<'e>) -> Result<Self, Unfit> {
        let entry = Entry::of(change);
        let order_id = change.envelope.order_id;
        let json = serde_json::to_string(&entry).map_err(|e| Unfit {
            order_id,
            version: entry.version,
            reason: e.to_string(),
        })?;
        Ok(Self {
            order_id,
            entry,
            json,
        })
    }

    fn status(&self) -> Option<&'static str> {
        self.entry.to.map(Status::as_str)
    }
}

fn column<'r, 'e, T>(lines: &'r [Line<'e>], take: impl Fn(&'r Line<'e>) -> T) -> Vec<T> {
    lines.iter().map(take).collect()
}

/// For comparing what is stored with what should be.
fn canonical(
    version: i64,
    position: i64,
    recorded_at: DateTime<Utc>,
    status: Option<&str>,
    entry: &str,
) -> Value {
    json!({
        "version": version,
        "position": position,
        "recorded_at": recorded_at.timestamp_micros(),
        "to_status": status,
        "entry": serde_json::from_str::<Value>(entry).unwrap_or_default(),
    })
}

#[async_trait]
impl Projection for TimelineProjection {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    async fn apply(&self, slot: &mut Slot<'_>, changes: &[Change<'_>]) -> Result<(), ApplyError> {
        let lines = changes
            .iter()
            .map(|change| Line::of(*change))
            .collect::<Result<Vec<_>, _>>()?;
        slot.query(include_str!("sql/insert.sql"))
            .bind(column(&lines, |line| line.order_id.as_uuid()))
            .bind(column(&lines, |line| line.entry.version.cast_signed()))
            .bind(column(&lines, |line| line.entry.position.0.cast_signed()))
            .bind(column(&lines, |line| line.entry.recorded_at.to_datetime()))
            .bind(column(&lines, Line::status))
            .bind(column(&lines, |line| line.json.as_str()))
            .execute(slot.conn())
            .await?;
        Ok(())
    }

    async fn forget(&self, slot: &mut Slot<'_>, order: OrderId) -> Result<(), sqlx::Error> {
        slot.query(include_str!("sql/forget.sql"))
            .bind(order.as_uuid())
            .execute(slot.conn())
            .await?;
        Ok(())
    }

    fn copy_statement(&self) -> &'static str {
        "COPY entries (order_id, version, position, recorded_at, to_status, entry) FROM STDIN (FORMAT binary)"
    }

    fn fold(&self, changes: &[Change<'_>], rows: &mut CopyRows) -> Result<(), Unfit> {
        for change in changes {
            let line = Line::of(*change)?;
            rows.row(6)
                .id(line.order_id)
                .bigint(line.entry.version.cast_signed())
                .bigint(line.entry.position.0.cast_signed())
                .time(line.entry.recorded_at)
                .optional_text(line.status())
                .text(&line.json);
        }
        Ok(())
    }

    async fn finish_load(&self, _: &mut Slot<'_>) -> Result<(), sqlx::Error> {
        Ok(())
    }

    fn compare_statement(&self) -> &'static str {
        include_str!("sql/compare.sql")
    }

    fn strays_statement(&self) -> &'static str {
        include_str!("sql/strays.sql")
    }

    async fn contradictions(&self, _: &mut Slot<'_>) -> Result<Vec<String>, sqlx::Error> {
        Ok(Vec::new())
    }

    fn expected(&self, changes: &[Change<'_>]) -> Result<Value, Unfit> {
        let lines = changes.iter().map(|change| {
            let line = Line::of(*change)?;
            Ok(canonical(
                line.entry.version.cast_signed(),
                line.entry.position.0.cast_signed(),
                line.entry.recorded_at.into(),
                line.status(),
                &line.json,
            ))
        });
        lines.collect::<Result<Vec<_>, _>>().map(Value::Array)
    }

    async fn found(
        &self,
        slot: &mut Slot<'_>,
        orders: &[OrderId],
    ) -> Result<HashMap<OrderId, Value>, sqlx::Error> {
        let ids: Vec<Uuid> = orders.iter().map(|id| id.as_uuid()).collect();
        let rows = slot
            .query(include_str!("sql/found.sql"))
            .bind(ids)
            .fetch_all(slot.conn())
            .await?;
        let mut found: HashMap<OrderId, Vec<Value>> = HashMap::new();
        for row in &rows {
            let order = OrderId::from(row.try_get::<Uuid, _>("order_id")?);
            found.entry(order).or_default().push(canonical(
                row.try_get("version")?,
                row.try_get("position")?,
                row.try_get("recorded_at")?,
                row.try_get("to_status")?,
                row.try_get("entry")?,
            ));
        }
        Ok(found
            .into_iter()
            .map(|(order, lines)| (order, Value::Array(lines)))
            .collect())
    }
}
