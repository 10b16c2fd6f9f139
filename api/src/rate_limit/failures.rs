//! Addresses from which too many open connections without being anybody.

use std::time::Duration;

use governor::{clock::Clock, nanos::Nanos, state::StateStore};

use super::{Caller, LruStore};
use crate::config::Rate;

/// The longest time for which an address is shut out after its last failure.
const LONGEST: Duration = Duration::from_secs(10);

/// Counts what went wrong, and only that: many may connect from one address, such as a proxy's or an
/// office's, and be let in each by his own token.
pub(super) struct Failures<C: Clock> {
    /// By when so much will be forgiven that the address counts as if nothing had happened.
    forgiven_at: LruStore<Caller>,
    /// In which one failure is forgiven.
    interval: Nanos,
    /// For so many failures at once nobody is shut out.
    burst: Nanos,
    clock: C,
    start: C::Instant,
}

impl<C: Clock> Failures<C> {
    pub(super) fn new(rate: Rate, callers_max: usize, clock: C) -> Self {
        let interval = Duration::from_secs(1) / rate.per_sec.get();
        let start = clock.now();
        Self {
            forgiven_at: LruStore::new(callers_max),
            interval: interval.into(),
            burst: (interval * rate.burst.get()).into(),
            clock,
            start,
        }
    }

    /// How long `caller` is still shut out; not at all in most cases.
    pub(super) fn shut_out(&self, caller: &Caller) -> Option<Duration> {
        let now = self.now();
        // An error leaves everything as it was.
        let forgiven_at = self
            .forgiven_at
            .measure_and_replace(caller, Err::<((), Nanos), _>)
            .err()??;
        let wait = forgiven_at.saturating_sub(self.burst).saturating_sub(now);
        (wait > Nanos::from(0)).then(|| wait.into())
    }

    /// Counts a failure.
    pub(super) fn count(&self, caller: &Caller) {
        let now = self.now();
        let latest = now + self.burst + LONGEST;
        let counted: Result<(), std::convert::Infallible> =
            self.forgiven_at.measure_and_replace(caller, |forgiven_at| {
                let after = forgiven_at.unwrap_or(now).max(now) + self.interval;
                Ok(((), after.min(latest)))
            });
        match counted {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }

    fn now(&self) -> Nanos {
        use governor::clock::Reference as _;
        self.clock.now().duration_since(self.start)
    }
}
