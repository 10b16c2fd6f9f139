//! How many connections there may be, and which of them have to go.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use rustix::process::{Resource, getrlimit, setrlimit};
use tokio_util::sync::CancellationToken;

/// Connections that have brought no request yet. When there is one more, the one that has been silent for
/// longest goes: who means to ask something does so at once, and who does not cannot fill the node.
const SILENT: usize = 4_096;
/// Files that a node has open besides its clients' connections: the database's, the log's.
const SPARE_FILES: usize = 256;

/// Counts connections, where they are taken.
pub(super) struct Door {
    most: usize,
    open: Arc<AtomicUsize>,
    silent: VecDeque<Weak<Newcomer>>,
}

/// A connection that was taken, until it has brought a request.
pub(super) struct Newcomer {
    asked: AtomicBool,
    cut: CancellationToken,
}

/// A connection's place among those that are open, for as long as one of its clones is kept. In the
/// extensions of every request; what goes on with the connection after an upgrade has to keep it.
#[derive(Clone, Debug)]
pub struct Place {
    _counted: Arc<Counted>,
}

#[derive(Debug)]
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("waybill_http_connections").decrement(1.0);
    }
}

impl Newcomer {
    /// It is none any more.
    pub(super) fn has_asked(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Whether it has asked something.
    pub(super) fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Door {
    /// For `most` connections, or as many as this process may have files open.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: allowed(most),
            open: Arc::default(),
            silent: VecDeque::new(),
        }
    }

    /// Takes one more in, which ends with `cut`, if there is room.
    pub(super) fn take(&mut self, cut: &CancellationToken) -> Option<(Place, Arc<Newcomer>)> {
        if self.open.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.open.fetch_sub(1, Ordering::Relaxed);
            closed("full");
            return None;
        }
        metrics::gauge!("waybill_http_connections").increment(1.0);
        let counted = Counted(Arc::clone(&self.open));
        let place = Place {
            _counted: Arc::new(counted),
        };
        let newcomer = Arc::new(Newcomer {
            asked: AtomicBool::new(false),
            cut: cut.clone(),
        });
        self.make_room_for_newcomers();
        self.silent.push_back(Arc::downgrade(&newcomer));
        Some((place, newcomer))
    }

    fn make_room_for_newcomers(&mut self) {
        if self.silent.len() < SILENT {
            return;
        }
        let is_silent = |one: &Weak<Newcomer>| one.upgrade().is_some_and(|one| !one.asked());
        self.silent.retain(is_silent);
        while self.silent.len() >= SILENT {
            if let Some(oldest) = self.silent.pop_front().and_then(|one| one.upgrade()) {
                closed("crowded_out");
                oldest.cut.cancel();
            }
        }
    }
}

/// Counts a connection that the node has ended before it brought anything.
pub(super) fn closed(reason: &'static str) {
    metrics::counter!("waybill_http_connections_closed_total", "reason" => reason).increment(1);
}

/// As many connections as there can be files for, of those wanted. Raises this process's own limit as far
/// as it may: what shells and supervisors set is meant for programs that serve nobody.
fn allowed(wanted: usize) -> usize {
    let needed = (wanted + SPARE_FILES) as u64;
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|files| files < needed) {
        let before = limit.current;
        limit.current = Some(limit.maximum.map_or(needed, |most| most.min(needed)));
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "the limit of open files cannot be raised");
            limit.current = before;
        }
    }
    let files = limit.current.unwrap_or(needed);
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    let allowed = files.saturating_sub(SPARE_FILES).clamp(1, wanted.max(1));
    if allowed < wanted {
        tracing::warn!(
            allowed,
            wanted,
            "fewer connections than WAYBILL_HTTP_CONNECTIONS_MAX, because of the limit of open files (ulimit -Hn)"
        );
    }
    allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_when_it_is_full_is_not_taken_until_somebody_has_gone() {
        let mut door = Door::new(2);
        let cut = CancellationToken::new();
        let first = door.take(&cut).unwrap();
        let second = door.take(&cut).unwrap();
        assert!(door.take(&cut).is_none());
        let upgraded = first.0.clone();
        drop(first);
        assert!(door.take(&cut).is_none(), "its socket is still open");
        drop(upgraded);
        assert!(door.take(&cut).is_some());
        drop(second);
    }

    #[test]
    fn of_too_many_that_are_silent_the_oldest_goes_and_none_that_has_asked() {
        let mut door = Door::new(3 * SILENT);
        let mut taken = Vec::new();
        for _ in 0..SILENT {
            let cut = CancellationToken::new();
            taken.push((door.take(&cut).unwrap(), cut));
        }
        taken[0].0.1.has_asked();
        drop(taken.remove(1));
        for _ in 0..2 {
            let cut = CancellationToken::new();
            taken.push((door.take(&cut).unwrap(), cut));
        }
        let is_cut = |nth: usize| taken[nth].1.is_cancelled();
        assert!(!is_cut(0), "it has asked");
        assert!(!is_cut(1), "there was room: one has asked, one has gone");
        let cut = CancellationToken::new();
        let _another = door.take(&cut).unwrap();
        assert!(is_cut(1) && !is_cut(2));
    }
}
