//! How events become contributions, and contributions sums.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use serde_json::Value;
use sqlx::Row as _;
use uuid::Uuid;
use waybill_domain::OrderId;

use super::contribution::{Contribution, time};
use super::sums::Sums;
use crate::copy::CopyRows;
use crate::projection::{ApplyError, Change, Projection, Unfit};
use crate::slot::Slot;

pub(crate) struct AnalyticsProjection;

impl AnalyticsProjection {
    pub(crate) const NAME: &'static str = "order_analytics";
}

#[async_trait]
impl Projection for AnalyticsProjection {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    async fn apply(&self, slot: &mut Slot<'_>, changes: &[Change<'_>]) -> Result<(), ApplyError> {
        let ids = changes.iter().map(|c| c.envelope.order_id.as_uuid());
        let mut orders = load(slot, ids.collect()).await?;
        let mut sums = Sums::default();
        for order in orders.values() {
            sums.take_away(order);
        }
        for change in changes {
            let order_id = change.envelope.order_id;
            let order = Contribution::take_in(orders.remove(&order_id), change)?;
            orders.insert(order_id, order);
        }
        for order in orders.values() {
            sums.add(order);
        }
        upsert(slot, &orders.into_values().collect::<Vec<_>>()).await?;
        sums.write(slot).await?;
        Ok(())
    }

    async fn forget(&self, slot: &mut Slot<'_>, order: OrderId) -> Result<(), sqlx::Error> {
        let mut sums = Sums::default();
        for contribution in load(slot, vec![order.as_uuid()]).await?.values() {
            sums.take_away(contribution);
        }
        slot.query(include_str!("sql/forget.sql"))
            .bind(order.as_uuid())
            .execute(slot.conn())
            .await?;
        sums.write(slot).await
    }

    fn copy_statement(&self) -> &'static str {
        "COPY contributions (order_id, version, position, status, entered_at, entered_by, placed_hour, currency, total, \
         pending_left, pending_bucket, processing_left, processing_bucket, shipped_left, shipped_bucket, \
         cancelled_on, cancel_reason) FROM STDIN (FORMAT binary)"
    }

    fn fold(&self, changes: &[Change<'_>], rows: &mut CopyRows) -> Result<(), Unfit> {
        if let Some(order) = Contribution::fold(changes)? {
            order.write(rows);
        }
        Ok(())
    }

    async fn finish_load(&self, slot: &mut Slot<'_>) -> Result<(), sqlx::Error> {
        for sum in [
            include_str!("sql/sum_placed.sql"),
            include_str!("sql/sum_times.sql"),
            include_str!("sql/sum_cancellations.sql"),
        ] {
            slot.query(sum).execute(slot.conn()).await?;
        }
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
        rows.iter().map(|row| row.try_get("problem")).collect()
    }

    fn expected(&self, changes: &[Change<'_>]) -> Result<Value, Unfit> {
        let order = Contribution::fold(changes)?;
        Ok(order.map_or(Value::Null, |order| order.canonical()))
    }

    async fn found(
        &self,
        slot: &mut Slot<'_>,
        orders: &[OrderId],
    ) -> Result<HashMap<OrderId, Value>, sqlx::Error> {
        let ids = orders.iter().map(|id| id.as_uuid()).collect();
        let rows = load(slot, ids).await?;
        Ok(rows
            .into_iter()
            .map(|(order, row)| (order, row.canonical()))
            .collect())
    }
}

async fn load(
    slot: &mut Slot<'_>,
    mut ids: Vec<Uuid>,
) -> Result<BTreeMap<OrderId, Contribution>, sqlx::Error> {
    ids.sort_unstable();
    ids.dedup();
    let rows = slot
        .query(include_str!("sql/load.sql"))
        .bind(ids)
        .fetch_all(slot.conn())
        .await?;
    rows.iter()
        .map(|row| Contribution::read(row).map(|order| (order.order_id, order)))
        .collect()
}

async fn upsert(slot: &mut Slot<'_>, orders: &[Contribution]) -> Result<(), sqlx::Error> {
    fn column<'o, T>(orders: &'o [Contribution], take: impl Fn(&'o Contribution) -> T) -> Vec<T> {
        orders.iter().map(take).collect()
    }
    let mut statement = slot
        .query(include_str!("sql/upsert.sql"))
        .bind(column(orders, |o| o.order_id.as_uuid()))
        .bind(column(orders, |o| o.version))
        .bind(column(orders, |o| o.position))
        .bind(column(orders, |o| o.status.as_str()))
        .bind(column(orders, |o| o.entered_at.map(time)))
        .bind(column(orders, |o| o.entered_by))
        .bind(column(orders, |o| time(o.placed_hour)))
        .bind(column(orders, |o| o.currency.as_str()))
        .bind(column(orders, |o| o.total));
    for nth in 0..3 {
        statement = statement
            .bind(column(orders, |o| o.left[nth].map(|left| left.on)))
            .bind(column(orders, |o| o.left[nth].map(|left| left.bucket)));
    }
    statement
        .bind(column(orders, |o| o.cancelled.map(|(on, _)| on)))
        .bind(column(orders, |o| o.cancelled.map(|(_, why)| why.as_str())))
        .execute(slot.conn())
        .await?;
    Ok(())
}
