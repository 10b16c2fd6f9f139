//! Something that may be done so often an hour.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::{Quota, RateLimiter};

use super::store::LruStore;

/// So often an hour, for each of those seen last.
pub struct HourlyLimit<K: Hash + Eq + Clone, C: Clock = DefaultClock>(
    RateLimiter<K, LruStore<K>, C, NoOpMiddleware<C::Instant>>,
);

impl<K: Hash + Eq + Clone> HourlyLimit<K> {
    /// `per_hour` at once, and again one after each such part of an hour. Beyond `remembered` the one seen
    /// longest ago is forgotten.
    #[must_use]
    pub fn new(per_hour: NonZeroU32, remembered: usize) -> Self {
        Self::with_clock(per_hour, remembered, DefaultClock::default())
    }
}

impl<K: Hash + Eq + Clone, C: Clock> HourlyLimit<K, C> {
    fn with_clock(per_hour: NonZeroU32, remembered: usize, clock: C) -> Self {
        let quota = Quota::per_hour(per_hour);
        Self(RateLimiter::new(quota, LruStore::new(remembered), clock))
    }

    /// Counts one, or says how long to wait before the next one.
    ///
    /// # Errors
    /// That time.
    pub fn check(&self, key: &K) -> Result<(), Duration> {
        self.0
            .check_key(key)
            .map_err(|until| until.wait_time_from(self.0.clock().now()))
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    #[test]
    fn each_has_its_own_and_gets_it_back_over_the_hour() {
        let clock = FakeRelativeClock::default();
        let limit = HourlyLimit::with_clock(NonZeroU32::new(2).unwrap(), 100, clock.clone());
        assert!(limit.check(&"a").is_ok() && limit.check(&"a").is_ok());
        let wait = limit.check(&"a").unwrap_err();
        assert!(wait <= Duration::from_mins(30) && wait > Duration::from_mins(29));
        assert!(limit.check(&"b").is_ok());
        clock.advance(Duration::from_mins(30));
        assert!(limit.check(&"a").is_ok() && limit.check(&"a").is_err());
    }
}
