//! The database's clock, as this node can tell it.
//!
//! `recorded_at` is the database's time. To know how old an event is, a node must not look at its own
//! clock, which may differ by more than an event takes. So whenever it looks at the log, once a second,
//! it also asks for the time there; and of the last answers the one that came fastest is believed,
//! because it cannot be off by more than half of its round trip. Between answers the time goes on as
//! this machine's monotonic clock does, which nobody sets.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use waybill_domain::Timestamp;

/// Answers that are remembered: of about so many seconds, within which clocks drift apart by less than
/// a millisecond.
const ANSWERS: usize = 16;

/// See the module's documentation.
pub struct DatabaseClock {
    anchor: Instant,
    /// The database's time at `anchor`, in microseconds since 1970.
    at_anchor: AtomicI64,
    /// By how many microseconds that may be wrong.
    uncertainty: AtomicU64,
    answers: Mutex<VecDeque<Answer>>,
}

struct Answer {
    round_trip: Duration,
    at_anchor: i64,
}

/// A moment at the database, in microseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Moment(i64);

impl Moment {
    /// How long before it `time` was; nothing, if it was later.
    #[must_use]
    pub fn since(self, time: Timestamp) -> Duration {
        let micros = self.0 - time.to_datetime().timestamp_micros();
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }
}

/// How this node's clock compares with the database's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockOffset {
    /// By how much this node's clock is ahead of the database's, in seconds.
    pub ahead_secs: f64,
    /// By how much that may be wrong, either way, in seconds.
    pub uncertainty_secs: f64,
}

impl DatabaseClock {
    /// One that believes this node's clock until it is [told](Self::hear) better.
    pub(super) fn new() -> Self {
        Self {
            anchor: Instant::now(),
            at_anchor: AtomicI64::new(Utc::now().timestamp_micros()),
            uncertainty: AtomicU64::new(u64::MAX),
            answers: Mutex::default(),
        }
    }

    /// Takes in that between `asked` and `answered` it was `time` at the database.
    pub(super) fn hear(&self, asked: Instant, answered: Instant, time: DateTime<Utc>) {
        let round_trip = answered.saturating_duration_since(asked);
        let between = asked + round_trip / 2;
        let answer = Answer {
            round_trip,
            at_anchor: time.timestamp_micros() - self.since_anchor(between),
        };
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() == ANSWERS {
            answers.pop_front();
        }
        answers.push_back(answer);
        if let Some(best) = answers.iter().min_by_key(|answer| answer.round_trip) {
            let uncertainty = u64::try_from(best.round_trip.as_micros() / 2).unwrap_or(u64::MAX);
            self.at_anchor.store(best.at_anchor, Ordering::Relaxed);
            self.uncertainty.store(uncertainty, Ordering::Relaxed);
        }
    }

    /// How long ago `time` was at the database; nothing, if it has yet to come.
    #[must_use]
    pub fn since(&self, time: Timestamp) -> Duration {
        self.moment().since(time)
    }

    /// The present, for whoever asks how long ago several things were.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment(self.now())
    }

    /// How this node's own clock compares.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "for people to read; exact up to 2^53 microseconds"
    )]
    pub fn offset(&self) -> ClockOffset {
        let ahead = Utc::now().timestamp_micros() - self.now();
        ClockOffset {
            ahead_secs: ahead as f64 / 1e6,
            uncertainty_secs: self.uncertainty.load(Ordering::Relaxed) as f64 / 1e6,
        }
    }

    /// In microseconds since 1970.
    fn now(&self) -> i64 {
        self.at_anchor.load(Ordering::Relaxed) + self.since_anchor(Instant::now())
    }

    fn since_anchor(&self, at: Instant) -> i64 {
        let after = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        match at.checked_duration_since(self.anchor) {
            Some(since) => after(since),
            None => -after(self.anchor.duration_since(at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    /// Tells the clock that the database's is an hour behind this one, with an answer that spent `there`
    /// on its way and `back` on the way back.
    fn hear(clock: &DatabaseClock, there: Duration, back: Duration) {
        let answered = Instant::now();
        let asked = answered.checked_sub(there + back).unwrap();
        clock.hear(asked, answered, Utc::now() - back - HOUR);
    }

    fn age(clock: &DatabaseClock, true_age: Duration) -> Duration {
        clock.since(Timestamp::from(Utc::now() - HOUR - true_age))
    }

    fn about(found: Duration, right: Duration, off_by: Duration) -> bool {
        found.abs_diff(right) <= off_by
    }

    #[test]
    fn an_event_is_as_old_as_the_databases_clock_says() {
        let clock = DatabaseClock::new();
        let ms = Duration::from_millis;
        hear(&clock, ms(2), ms(2));
        let found = age(&clock, ms(500));
        assert!(about(found, ms(500), ms(50)), "{found:?}");
        let offset = clock.offset();
        assert!((offset.ahead_secs - 3_600.0).abs() < 0.05, "{offset:?}");
        assert!((offset.uncertainty_secs - 0.002).abs() < 1e-9, "{offset:?}");
    }

    #[test]
    fn of_several_answers_the_fastest_is_believed_until_it_is_old() {
        let clock = DatabaseClock::new();
        let ms = Duration::from_millis;
        hear(&clock, ms(1), ms(1));
        for _ in 1..ANSWERS {
            hear(&clock, ms(4_000), Duration::ZERO);
            let found = age(&clock, ms(100));
            assert!(about(found, ms(100), ms(50)), "{found:?}");
        }
        // Now only slow answers are left, which are wrong by half of their round trip at most.
        hear(&clock, ms(4_000), Duration::ZERO);
        let found = age(&clock, ms(100));
        assert!(about(found, ms(2_100), ms(50)), "{found:?}");
        assert!((clock.offset().uncertainty_secs - 2.0).abs() < 1e-9);
    }

    #[test]
    fn what_has_yet_to_come_is_not_old() {
        let clock = DatabaseClock::new();
        hear(&clock, Duration::ZERO, Duration::ZERO);
        let later = Timestamp::from(Utc::now());
        assert_eq!(clock.since(later), Duration::ZERO);
    }
}
