//! One sample: what happened in two seconds, and how things stood at their end.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use waybill_infra::histogram::Counts;

use super::{connections, each};
use crate::push::Push;

/// A number for each channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ByChannel<T> {
    /// `GET /v1/ws`.
    pub websocket: T,
    /// `GET /v1/events/stream`.
    pub sse: T,
    /// `GET /v1/events`.
    pub long_poll: T,
    /// Socket.IO.
    pub socketio: T,
}

/// How long something took, in milliseconds; null where nothing was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Took {
    /// How often it was measured.
    pub count: u64,
    /// Half of them took no longer.
    #[schema(required)]
    pub p50_ms: Option<f64>,
    /// 95 of 100 took no longer.
    #[schema(required)]
    pub p95_ms: Option<f64>,
    /// 99 of 100 took no longer.
    #[schema(required)]
    pub p99_ms: Option<f64>,
}

impl Took {
    pub(super) fn of(counts: &Counts) -> Self {
        let ms = |duration: Duration| duration.as_secs_f64() * 1_000.0;
        Self {
            count: counts.count(),
            p50_ms: counts.quantile(0.5).map(ms),
            p95_ms: counts.quantile(0.95).map(ms),
            p99_ms: counts.quantile(0.99).map(ms),
        }
    }
}

/// How much happens in a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Rates {
    /// Events of the whole log, whichever node has appended them.
    pub log_events: f64,
    /// Events that this node has appended.
    pub appended_events: f64,
    /// Events that this node has sent: one to a hundred clients counts a hundred times.
    pub deliveries: f64,
}

/// What a node did within one interval.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = NodeSample)]
pub struct Sample {
    /// 1 is the first one of the node; each is one more than the one before.
    pub number: u64,
    /// When the interval ended, by the node's clock.
    pub at: DateTime<Utc>,
    /// Connections that were open then.
    pub connections: ByChannel<u64>,
    /// What happened in a second, on average.
    pub per_second: Rates,
    /// How long live events took to be sent.
    pub delivery: Took,
    /// How long batches took to be appended.
    pub append: Took,
    /// Commands that waited for the appender.
    pub append_queue: usize,
    /// Connections to the database that were in use.
    pub database_in_use: u32,
}

/// What has happened since the node was started.
pub(super) struct Totals {
    at: Instant,
    position: u64,
    appended: u64,
    deliveries: u64,
}

impl Totals {
    pub(super) fn of(push: &Push) -> Self {
        let deliveries = each(|channel| push.meters.deliveries(channel));
        Self {
            at: Instant::now(),
            position: push.log.head().borrow().mark.position.0,
            appended: push.log.appending().events(),
            deliveries: deliveries.websocket
                + deliveries.sse
                + deliveries.long_poll
                + deliveries.socketio,
        }
    }

    fn since(&self, before: &Self) -> Rates {
        let secs = self.at.duration_since(before.at).as_secs_f64();
        Rates {
            log_events: rate(self.position, before.position, secs),
            appended_events: rate(self.appended, before.appended, secs),
            deliveries: rate(self.deliveries, before.deliveries, secs),
        }
    }
}

/// How many a second, to a thousandth. Nothing, where the number has become less: the log is then another
/// one.
#[expect(
    clippy::cast_precision_loss,
    reason = "for people to read; exact up to 2^53"
)]
fn rate(now: u64, before: u64, secs: f64) -> f64 {
    let rate = now.saturating_sub(before) as f64 / secs.max(0.001);
    (rate * 1_000.0).round() / 1_000.0
}

impl Sample {
    pub(super) fn new(
        number: u64,
        now: &Totals,
        before: &Totals,
        push: &Push,
        delivery: &Counts,
        append: &Counts,
    ) -> Self {
        let pool = push.log.db().pool_use();
        Self {
            number,
            at: Utc::now(),
            connections: connections(push),
            per_second: now.since(before),
            delivery: Took::of(delivery),
            append: Took::of(append),
            append_queue: push.log.append_queue(),
            database_in_use: pool.open - pool.idle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_of_a_second_and_never_below_nothing() {
        let near = |rate: f64, right: f64| assert!((rate - right).abs() < 1e-9, "{rate}");
        near(rate(25, 20, 2.0), 2.5);
        near(rate(20, 20, 2.0), 0.0);
        near(rate(3, 20, 2.0), 0.0);
        near(rate(1, 0, 3.0), 0.333);
    }
}
