//! How this node is doing: what it counts, sampled, with the last ten minutes of it in memory.
//!
//! Made for people who watch: a page that is opened finds its charts full, and asks again for what has
//! come since. Everything here is one node's own. Whoever asks through a balancer may be answered by
//! another node the next time, so every answer says whose it is ([`Node`]), and a node is named by an id
//! that nobody else has and that changes when it is started anew.
//!
//! Asking costs a copy of the samples. Sampling reads a few dozen numbers, [every two seconds](EVERY);
//! nothing is read from the database for it.

mod sample;
mod window;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use uuid::Uuid;

pub use sample::{ByChannel, Rates, Sample, Took};
use window::Window;

use crate::push::Push;
use crate::push::meters::Channel;

/// How often a sample is taken.
pub const EVERY: Duration = Duration::from_secs(2);
/// Samples that are kept: those of ten minutes.
pub const KEPT: usize = 300;
/// Samples over which durations are summed up: those of a minute.
pub const SUMMED_UP: usize = 30;

/// Which node this is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Node {
    /// Its own, and new with every start.
    pub id: Uuid,
    /// What people call it: `WAYBILL_NODE_NAME`, or its machine and port.
    pub name: String,
    /// The build that it runs.
    pub version: &'static str,
    /// When it was started, by its own clock.
    pub started_at: DateTime<Utc>,
}

/// See the module's documentation. Cheap to clone.
#[derive(Clone)]
pub struct Pulse {
    shared: Arc<Shared>,
}

struct Shared {
    node: Node,
    began: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    samples: VecDeque<Sample>,
    delivery: Window,
    append: Window,
}

/// What was sampled.
#[derive(Debug)]
pub struct Sampled {
    /// What happened in a second, by the last sample.
    pub per_second: Rates,
    /// How long live events took to be sent, over the last minute.
    pub delivery: Took,
    /// How long batches took to be appended, over the last minute.
    pub append: Took,
    /// Oldest first.
    pub samples: Vec<Sample>,
}

impl Pulse {
    /// Of a node that people call `name` and that has just been started.
    #[must_use]
    pub fn new(name: String) -> Self {
        Self {
            shared: Arc::new(Shared {
                node: Node {
                    id: Uuid::now_v7(),
                    name,
                    version: env!("CARGO_PKG_VERSION"),
                    started_at: Utc::now(),
                },
                began: Instant::now(),
                state: Mutex::default(),
            }),
        }
    }

    /// Which node this is.
    #[must_use]
    pub fn node(&self) -> &Node {
        &self.shared.node
    }

    /// For how long it has been running.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.shared.began.elapsed()
    }

    /// What was sampled; of the samples those after number `after` only, if there is one.
    #[must_use]
    pub fn sampled(&self, after: Option<u64>) -> Sampled {
        let state = self.state();
        let after = after.unwrap_or(0);
        let new = state.samples.iter().filter(|sample| sample.number > after);
        let last = state.samples.back();
        Sampled {
            per_second: last.map_or_else(Rates::default, |last| last.per_second),
            delivery: state.delivery.took(),
            append: state.append.took(),
            samples: new.cloned().collect(),
        }
    }

    /// Takes samples until `stop`.
    pub(crate) async fn run(self, push: Arc<Push>, stop: CancellationToken) {
        let mut often = tokio::time::interval(EVERY);
        often.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // The first one is at once, and there is nothing to compare with yet.
        often.tick().await;
        let mut before = sample::Totals::of(&push);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = often.tick() => before = self.take(&push, &before),
            }
        }
    }

    fn take(&self, push: &Push, before: &sample::Totals) -> sample::Totals {
        let now = sample::Totals::of(push);
        let delivery = window::drain_deliveries(&push.meters);
        let append = window::drain_appends(push.log.appending());
        export(push);
        let mut state = self.state();
        let number = state.samples.back().map_or(1, |last| last.number + 1);
        let sample = Sample::new(number, &now, before, push, &delivery, &append);
        if state.samples.len() == KEPT {
            state.samples.pop_front();
        }
        state.samples.push_back(sample);
        state.delivery.add(delivery);
        state.append.add(append);
        now
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.shared.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands the metrics' recorder what nobody counts as it happens.
#[expect(
    clippy::cast_precision_loss,
    reason = "gauges; exact up to 2^53 of anything"
)]
fn export(push: &Push) {
    let log = &push.log;
    let pool = log.db().pool_use();
    metrics::gauge!("waybill_database_connections", "state" => "in_use")
        .set(f64::from(pool.open - pool.idle));
    metrics::gauge!("waybill_database_connections", "state" => "idle").set(f64::from(pool.idle));
    metrics::gauge!("waybill_database_waiting").set(pool.waiting as f64);
    metrics::gauge!("waybill_clock_ahead_seconds").set(log.clock().offset().ahead_secs);
    metrics::gauge!("waybill_append_queue_commands").set(log.append_queue() as f64);
    metrics::gauge!("waybill_log_position").set(log.head().borrow().mark.position.0 as f64);
    let following = log.tail().following();
    metrics::gauge!("waybill_log_lag_events").set(following.lag_events as f64);
    metrics::gauge!("waybill_log_read_age_seconds").set(following.last_read.as_secs_f64());
    metrics::gauge!("waybill_push_subscriptions").set(push.hub.follows() as f64);
}

/// A number for each channel.
fn each<T>(number: impl Fn(Channel) -> T) -> ByChannel<T> {
    ByChannel {
        websocket: number(Channel::WebSocket),
        sse: number(Channel::Sse),
        long_poll: number(Channel::LongPoll),
        socketio: number(Channel::SocketIo),
    }
}

/// Connections that are open now.
#[must_use]
pub fn connections(push: &Push) -> ByChannel<u64> {
    each(|channel| push.meters.connections(channel))
}

#[cfg(test)]
mod tests;
