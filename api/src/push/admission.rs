//! Who is let in, and when.
//!
//! After a restart everybody comes back at once, and each of them costs a token to check, a place in the
//! log to find and a replay. So a node lets clients in at a bounded pace. Who is too early waits, in order
//! of arrival, and before any of that work is done for him; only when the wait would be longer than
//! clients are patient is he sent away, with the time within which to come back.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::problem::{Code, Problem};

/// What is let in without a wait after a pause; also what makes up for timers that are late.
const AT_ONCE: Duration = Duration::from_millis(50);
/// The shortest time after which somebody who was sent away is to come back.
const SOONEST: Duration = Duration::from_secs(1);
/// Likewise, where it is not the pace but the number of open connections: those do not end on schedule.
const FULL: Duration = Duration::from_secs(10);
/// How often a client that cannot be sent away looks for room.
const AGAIN: Duration = Duration::from_millis(100);
/// The longest.
const LATEST: Duration = Duration::from_mins(2);

/// A node's door. Cheap to clone.
#[derive(Clone)]
pub struct Admission {
    shared: Arc<Shared>,
}

struct Shared {
    /// Between two that are let in.
    interval: Duration,
    waiting_max: usize,
    connections_max: usize,
    /// Those who have been let in and have not left, and those who wait.
    open: AtomicUsize,
    waiting: AtomicUsize,
    /// When the next may go in. Whoever is next holds it until then; the others wait for it in the order
    /// in which they came, which is what this lock promises.
    next: tokio::sync::Mutex<Instant>,
    /// By when those who were sent away are expected back, each at a time of his own.
    expected: Mutex<Instant>,
}

/// Too many are here or on their way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many are connecting at once")]
pub struct Overloaded {
    /// The time within which to come back, at a random moment: as long as those who wait will take, and
    /// those who were sent away before.
    pub retry_within: Duration,
}

/// A place among the open connections; given back when dropped.
pub struct Permit(Arc<Shared>);

/// A place among those who wait.
struct Waiting<'a>(&'a Shared);

impl Admission {
    /// Lets in `per_sec` a second, has as many wait as can be let in within `wait_max`, and holds
    /// `connections_max` at a time, those who wait among them.
    #[must_use]
    pub fn new(per_sec: u32, wait_max: Duration, connections_max: usize) -> Self {
        let interval = Duration::from_secs(1) / per_sec.max(1);
        let waiting_max = wait_max.as_nanos() / interval.as_nanos().max(1);
        let now = Instant::now();
        Self {
            shared: Arc::new(Shared {
                interval,
                waiting_max: usize::try_from(waiting_max).unwrap_or(usize::MAX).max(1),
                connections_max,
                open: AtomicUsize::new(0),
                waiting: AtomicUsize::new(0),
                next: tokio::sync::Mutex::new(now),
                expected: Mutex::new(now),
            }),
        }
    }

    /// Waits for its turn to come in, in order of arrival.
    ///
    /// Every channel calls this once for each client, as early as it can: before a token is checked or
    /// anything is read, and outside of every time limit on the client. The permit is kept for as long as
    /// the connection is. Give up by dropping the future: the place in the queue is then free. Who is
    /// refused is told when to come back: over a socket by [`Close`](super::close::Close), in an HTTP
    /// answer by a [`Problem`]; [`Overloaded`] turns into both.
    ///
    /// # Errors
    /// [`Overloaded`], at once, if the wait would be too long or there is no place.
    pub async fn enter(&self) -> Result<Permit, Overloaded> {
        let entered = self.try_enter().await;
        entered.map_err(|at_least| self.shared.turn_away(at_least))
    }

    /// Like [`enter`](Self::enter), for clients that give up when they are refused: where there is no
    /// room, waits for some for as long as `patience`.
    ///
    /// # Errors
    /// [`Overloaded`], when the time is up.
    pub async fn enter_patiently(&self, patience: Duration) -> Result<Permit, Overloaded> {
        let until = Instant::now() + patience;
        loop {
            match self.try_enter().await {
                Ok(permit) => return Ok(permit),
                Err(at_least) if Instant::now() >= until => {
                    return Err(self.shared.turn_away(at_least));
                }
                Err(_) => tokio::time::sleep(AGAIN).await,
            }
        }
    }

    /// Waits for its turn, or says, if there is no room, after how long at least to come back.
    async fn try_enter(&self) -> Result<Permit, Duration> {
        let shared = &self.shared;
        // Made before it is known whether there is room: dropping it takes it back.
        let permit = Permit::take(shared);
        if shared.open.load(Ordering::Relaxed) > shared.connections_max {
            return Err(FULL);
        }
        let waiting = Waiting::take(shared);
        if shared.waiting.load(Ordering::Relaxed) > shared.waiting_max {
            return Err(SOONEST);
        }
        let began = Instant::now();
        let mut next = shared.next.lock().await;
        let now = Instant::now();
        let due = (*next).max(now.checked_sub(AT_ONCE).unwrap_or(now));
        // Even a timer that is due already takes its time.
        if due > now {
            tokio::time::sleep_until(due).await;
        }
        *next = due + shared.interval;
        drop((next, waiting));
        metrics::histogram!("waybill_push_admission_seconds").record(began.elapsed());
        Ok(permit)
    }

    /// How many are waiting to be let in.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.waiting.load(Ordering::Relaxed)
    }
}

impl Shared {
    /// When somebody for whom there is no room is to come back: as long as those who wait now will take,
    /// and after them those who were sent away before. So those who are sent away spread over the time
    /// in which they can be let in, however many they are.
    fn turn_away(&self, at_least: Duration) -> Overloaded {
        metrics::counter!("waybill_push_turned_away_total").increment(1);
        let waiting = u32::try_from(self.waiting.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        let now = Instant::now();
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        let after = (*expected).max(now + self.interval.saturating_mul(waiting));
        *expected = (after + self.interval).min(now + LATEST);
        Overloaded {
            retry_within: (*expected - now).max(at_least),
        }
    }
}

impl Permit {
    fn take(shared: &Arc<Shared>) -> Self {
        shared.open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(shared))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<'a> Waiting<'a> {
    fn take(shared: &'a Shared) -> Self {
        shared.waiting.fetch_add(1, Ordering::Relaxed);
        metrics::gauge!("waybill_push_waiting").increment(1.0);
        Self(shared)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("waybill_push_waiting").decrement(1.0);
    }
}

impl From<Overloaded> for Problem {
    fn from(overloaded: Overloaded) -> Self {
        let detail =
            "Too many are connecting at once. Come back at a random moment within the time given.";
        Self::new(Code::Overloaded, detail).retry_after(overloaded.retry_within)
    }
}

#[cfg(test)]
mod tests;
