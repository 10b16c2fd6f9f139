//! How events become rows of the list.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use serde_json::{Value, json};
use sqlx::Row as _;
use uuid::Uuid;
use waybill_domain::{FoldedOrder, OrderId, Status};

use super::row::{Row, take_in};
use crate::copy::CopyRows;
use crate::projection::{ApplyError, Change, Projection, Unfit};
use crate::slot::Slot;

pub(crate) struct OrderListProjection;

impl OrderListProjection {
    pub(crate) const NAME: &'static str = "order_list";
}

#[async_trait]
impl Projection for OrderListProjection {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    async fn apply(&self, slot: &mut Slot<'_>, changes: &[Change<'_>]) -> Result<(), ApplyError> {
        let mut orders = load(slot, changes).await?;
        let mut counts: BTreeMap<Status, i64> = BTreeMap::new();
        for folded in orders.values() {
            if let Some(status) = folded.order.status() {
                *counts.entry(status).or_default() -= 1;
            }
        }
        for change in changes {
            let order_id = change.envelope.order_id;
            let folded = orders
                .entry(order_id)
                .or_insert_with(|| FoldedOrder::new(order_id));
            take_in(folded, change.envelope, change.event)?;
        }
        for folded in orders.values() {
            if let Some(status) = folded.order.status() {
                *counts.entry(status).or_default() += 1;
            }
        }
        let rows = orders
            .values()
            .map(Row::of)
            .collect::<Result<Vec<_>, _>>()?;
        upsert(slot, &rows).await?;
        counts.retain(|_, change| *change != 0);
        if !counts.is_empty() {
            let (statuses, orders): (Vec<_>, Vec<_>) =
                counts.iter().map(|(s, n)| (s.as_str(), *n)).unzip();
            slot.query(include_str!("sql/count.sql"))
                .bind(statuses)
                .bind(orders)
                .execute(slot.conn())
                .await?;
        }
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
        "COPY orders (order_id, customer_id, status, version, position, placed_at, updated_at, total, search, state) \
         FROM STDIN (FORMAT binary)"
    }

    fn fold(&self, changes: &[Change<'_>], rows: &mut CopyRows) -> Result<(), Unfit> {
        if let Some(folded) = fold(changes)? {
            Row::of(&folded)?.write(rows);
        }
        Ok(())
    }

    async fn finish_load(&self, slot: &mut Slot<'_>) -> Result<(), sqlx::Error> {
        slot.query(include_str!("sql/recount.sql"))
            .execute(slot.conn())
            .await?;
        Ok(())
    }

    fn compare_statement(&self) -> &'static str {
        include_str!("sql/compare.sql")
    }

    fn strays_statement(&self) -> &'static str {
        include_str!("sql/strays.sql")
    }

    async fn contradictions(&self, slot: &mut Slot<'_>) -> Result<Vec<String>, sqlx::Error> {
        let rows = slot
            .query(include_str!("sql/miscounted.sql"))
            .fetch_all(slot.conn())
            .await?;
        rows.iter()
            .map(|row| {
                let status: &str = row.try_get("status")?;
                Ok(format!("the count of {status} orders is wrong"))
            })
            .collect()
    }

    fn expected(&self, changes: &[Change<'_>]) -> Result<Value, Unfit> {
        match fold(changes)? {
            Some(folded) => Ok(Row::of(&folded)?.canonical()),
            None => Ok(Value::Null),
        }
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
        let parse =
            |text: &str| serde_json::from_str(text).map_err(|e| sqlx::Error::Decode(Box::new(e)));
        rows.iter()
            .map(|row| {
                let words: Vec<String> = row.try_get("words")?;
                let columns: Value = parse(row.try_get("columns")?)?;
                let state: Value = parse(row.try_get("state")?)?;
                let found = json!({ "columns": columns, "words": words, "state": state });
                Ok((OrderId::from(row.try_get::<Uuid, _>("order_id")?), found))
            })
            .collect()
    }
}

fn fold(changes: &[Change<'_>]) -> Result<Option<FoldedOrder>, Unfit> {
    let Some(first) = changes.first() else {
        return Ok(None);
    };
    let mut folded = FoldedOrder::new(first.envelope.order_id);
    for change in changes {
        take_in(&mut folded, change.envelope, change.event)?;
    }
    Ok(Some(folded))
}

/// The orders that these changes are about, as far as they are in the list.
async fn load(
    slot: &mut Slot<'_>,
    changes: &[Change<'_>],
) -> Result<BTreeMap<OrderId, FoldedOrder>, ApplyError> {
    let mut first: BTreeMap<OrderId, u64> = BTreeMap::new();
    for change in changes {
        first
            .entry(change.envelope.order_id)
            .or_insert(change.envelope.version);
    }
    let ids: Vec<Uuid> = first.keys().map(|id| id.as_uuid()).collect();
    let rows = slot
        .query(include_str!("sql/load.sql"))
        .bind(ids)
        .fetch_all(slot.conn())
        .await?;
    rows.iter()
        .map(|row| {
            let order_id = OrderId::from(row.try_get::<Uuid, _>("order_id")?);
            let folded = serde_json::from_str(row.try_get("state")?).map_err(|_| Unfit {
                order_id,
                version: first.get(&order_id).copied().unwrap_or_default(),
                reason: "the stored state before it cannot be read".into(),
            })?;
            Ok((order_id, folded))
        })
        .collect()
}

async fn upsert(slot: &mut Slot<'_>, rows: &[Row<'_>]) -> Result<(), sqlx::Error> {
    fn column<'r, T>(rows: &'r [Row<'_>], take: impl Fn(&'r Row<'_>) -> T) -> Vec<T> {
        rows.iter().map(take).collect()
    }
    let words = column(rows, |row| {
        row.words
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    });
    slot.query(include_str!("sql/upsert.sql"))
        .bind(column(rows, |row| row.id))
        .bind(column(rows, |row| row.customer_id))
        .bind(column(rows, |row| row.status.as_str()))
        .bind(column(rows, |row| row.version))
        .bind(column(rows, |row| row.position))
        .bind(column(rows, |row| row.placed_at))
        .bind(column(rows, |row| row.updated_at))
        .bind(column(rows, |row| row.total))
        .bind(words)
        .bind(column(rows, |row| row.state.as_str()))
        .execute(slot.conn())
        .await?;
    Ok(())
}
