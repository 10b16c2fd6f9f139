//! By how much the clock that stamps events and ours differ.
//!
//! A command's `recorded_at` lies between the moments at which it was sent and answered, whatever both clocks
//! say. Each answer so bounds the difference from both sides, and all of them together bound it closely.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// What is known of the difference so far.
#[derive(Debug, Default)]
pub(super) struct Clock {
    bounds: Mutex<Option<(i64, i64)>>,
}

/// How the clocks differ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Difference {
    /// By how much the database's clock is ahead of this machine's; 0 where nothing speaks against it. Latencies
    /// were corrected by as much.
    pub(super) offset_ms: f64,
    /// How far off that may be.
    pub(super) within_ms: f64,
    /// False if one of the clocks was set while it was watched.
    pub(super) steady: bool,
}

impl Clock {
    /// An event was stamped `recorded` for a command that was sent at `sent` and answered at `answered`; all in
    /// microseconds since 1970, the latter two by our clock.
    pub(super) fn see(&self, sent: i64, answered: i64, recorded: i64) {
        let (low, high) = (recorded - answered, recorded - sent);
        let mut bounds = self.bounds.lock().unwrap_or_else(PoisonError::into_inner);
        *bounds = Some(bounds.map_or((low, high), |(l, h)| (l.max(low), h.min(high))));
    }

    /// By how many microseconds the other clock is ahead, as far as is known.
    pub(super) fn offset_micros(&self) -> i64 {
        let bounds = self.bounds.lock().unwrap_or_else(PoisonError::into_inner);
        bounds.map_or(0, offset)
    }

    /// What to tell of it, where latencies were corrected by `used_micros`.
    pub(super) fn difference(&self, used_micros: i64) -> Difference {
        let bounds = *self.bounds.lock().unwrap_or_else(PoisonError::into_inner);
        let (low, high) = bounds.unwrap_or_default();
        let off = (high - used_micros).abs().max((low - used_micros).abs());
        Difference {
            offset_ms: millis(used_micros),
            within_ms: millis(off),
            steady: low <= high,
        }
    }
}

/// Nothing, if that is possible: then it is most likely one clock.
fn offset((low, high): (i64, i64)) -> i64 {
    if low <= 0 && high >= 0 {
        0
    } else {
        i64::midpoint(low, high)
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 285 years")]
pub(super) fn millis(micros: i64) -> f64 {
    micros as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "exact in binary")]
    fn one_clock_is_taken_for_one() {
        let clock = Clock::default();
        clock.see(1_000, 5_000, 3_000);
        clock.see(10_000, 12_000, 11_500);
        assert_eq!(clock.offset_micros(), 0);
        let difference = clock.difference(0);
        assert_eq!(difference.offset_ms, 0.0);
        assert_eq!(difference.within_ms, 1.5);
        assert!(difference.steady);
    }

    #[test]
    fn another_clock_is_found_out_to_within_the_fastest_answers() {
        let clock = Clock::default();
        // Five seconds ahead.
        clock.see(0, 8_000, 5_001_000);
        clock.see(100_000, 102_000, 5_101_000);
        assert_eq!(clock.offset_micros(), 5_000_000);
        assert!(clock.difference(5_000_000).within_ms <= 1.0);
    }

    #[test]
    fn a_clock_that_was_set_meanwhile_is_told() {
        let clock = Clock::default();
        clock.see(0, 1_000, 500);
        clock.see(10_000, 11_000, 5_010_500);
        assert!(!clock.difference(0).steady);
    }
}
