//! What happens, counted.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Commands that were answered with success.
pub(super) const ACKNOWLEDGED: &str = "commands acknowledged";
/// Commands that were refused, for a reason of the shop's.
pub(super) const REFUSED: &str = "commands refused";
/// Commands that were answered with 500 at once.
pub(super) const FAILED: &str = "commands answered with 500";
/// Requests without an answer, or with one that says to try again.
pub(super) const AGAIN: &str = "requests to be sent again";
/// Commands whose outcome stayed unknown to the end.
pub(super) const UNKNOWN: &str = "commands without an outcome";
/// Events that followers have handled.
pub(super) const EVENTS: &str = "events delivered";
/// Connections that followers have begun.
pub(super) const CONNECTIONS: &str = "connections of followers";
/// Cursors that were not accepted any more.
pub const RESETS: &str = "resets";
/// Reads that were answered.
pub(super) const READS: &str = "reads";

/// Counts by name, and what should not have happened at all.
#[derive(Debug, Default)]
pub struct Counts(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    counts: BTreeMap<&'static str, u64>,
    unexpected: BTreeMap<String, u64>,
}

impl Counts {
    /// One more.
    pub fn add(&self, what: &'static str) {
        *self.inner().counts.entry(what).or_default() += 1;
    }

    /// What no client should ever get, each kind once.
    pub fn unexpected(&self) -> Vec<String> {
        let inner = self.inner();
        let all = inner.unexpected.iter();
        all.map(|(what, count)| format!("{what} ({count} times)"))
            .collect()
    }

    /// One more of what should not be.
    pub fn wonder(&self, what: String) {
        *self.inner().unexpected.entry(what).or_default() += 1;
    }

    /// How many so far.
    pub fn get(&self, what: &'static str) -> u64 {
        self.inner().counts.get(what).copied().unwrap_or_default()
    }

    /// All of them.
    pub fn all(&self) -> BTreeMap<&'static str, u64> {
        self.inner().counts.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
