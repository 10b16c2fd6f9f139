//! What is added to the sums, and taken from them.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use waybill_domain::{CancelReason, Status};

use super::contribution::{Contribution, PASSING, time};
use super::figures::Unit;
use crate::slot::Slot;

const DAY: i64 = 86_400_000_000;

/// Changes of sums, by their keys. What cancels out is not written.
#[derive(Debug, Default)]
pub(super) struct Sums {
    placed: BTreeMap<(Unit, i64, String), Placed>,
    times: BTreeMap<(NaiveDate, Status, i16), i64>,
    cancellations: BTreeMap<(NaiveDate, CancelReason), i64>,
}

/// A batch adds at most some thousand totals below 2⁵³.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Placed {
    orders: i64,
    cancelled: i64,
    revenue: i128,
}

impl Sums {
    pub(super) fn add(&mut self, order: &Contribution) {
        self.count(order, 1);
    }

    pub(super) fn take_away(&mut self, order: &Contribution) {
        self.count(order, -1);
    }

    fn count(&mut self, order: &Contribution, by: i64) {
        let hour = order.placed_hour;
        for (unit, start) in [(Unit::Hour, hour), (Unit::Day, hour - hour.rem_euclid(DAY))] {
            let key = (unit, start, order.currency.clone());
            let placed = self.placed.entry(key).or_default();
            placed.orders += by;
            if order.status == Status::Cancelled {
                placed.cancelled += by;
            } else {
                placed.revenue += i128::from(by) * i128::from(order.total);
            }
        }
        for (status, left) in PASSING.iter().zip(order.left) {
            if let Some(left) = left {
                let key = (left.on, *status, left.bucket);
                *self.times.entry(key).or_default() += by;
            }
        }
        if let Some(cancelled) = order.cancelled {
            *self.cancellations.entry(cancelled).or_default() += by;
        }
    }

    /// Writes them: one statement for each table of which a sum changes.
    pub(super) async fn write(mut self, slot: &mut Slot<'_>) -> Result<(), sqlx::Error> {
        self.placed.retain(|_, change| *change != Placed::default());
        self.times.retain(|_, change| *change != 0);
        self.cancellations.retain(|_, change| *change != 0);
        if !self.placed.is_empty() {
            write_placed(slot, &self.placed).await?;
        }
        if !self.times.is_empty() {
            let (keys, orders): (Vec<_>, Vec<i64>) = self.times.into_iter().unzip();
            slot.query(include_str!("sql/add_times.sql"))
                .bind(keys.iter().map(|(day, ..)| *day).collect::<Vec<_>>())
                .bind(keys.iter().map(|(_, s, _)| s.as_str()).collect::<Vec<_>>())
                .bind(keys.iter().map(|(.., b)| *b).collect::<Vec<_>>())
                .bind(orders)
                .execute(slot.conn())
                .await?;
        }
        if !self.cancellations.is_empty() {
            let (keys, orders): (Vec<_>, Vec<i64>) = self.cancellations.into_iter().unzip();
            slot.query(include_str!("sql/add_cancellations.sql"))
                .bind(keys.iter().map(|(day, _)| *day).collect::<Vec<_>>())
                .bind(keys.iter().map(|(_, r)| r.as_str()).collect::<Vec<_>>())
                .bind(orders)
                .execute(slot.conn())
                .await?;
        }
        Ok(())
    }
}

async fn write_placed(
    slot: &mut Slot<'_>,
    placed: &BTreeMap<(Unit, i64, String), Placed>,
) -> Result<(), sqlx::Error> {
    let starts: Vec<DateTime<Utc>> = placed.keys().map(|(_, start, _)| time(*start)).collect();
    // As text: the driver knows no numbers that are longer than a bigint.
    let revenues: Vec<String> = placed.values().map(|p| p.revenue.to_string()).collect();
    slot.query(include_str!("sql/add_placed.sql"))
        .bind(placed.keys().map(|(u, ..)| u.as_str()).collect::<Vec<_>>())
        .bind(starts)
        .bind(placed.keys().map(|(.., c)| c.as_str()).collect::<Vec<_>>())
        .bind(placed.values().map(|p| p.orders).collect::<Vec<_>>())
        .bind(placed.values().map(|p| p.cancelled).collect::<Vec<_>>())
        .bind(revenues)
        .execute(slot.conn())
        .await?;
    Ok(())
}
