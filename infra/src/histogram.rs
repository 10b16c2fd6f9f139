//! How long something took, counted in buckets of bounded relative width.
//!
//! Recording is one addition to an atomic number: it neither waits nor allocates, so it may stand where
//! thousands of events a second pass. What was counted is [drained](Histogram::drain) now and then by
//! whoever keeps it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Buckets of each octave, as a power of two.
const BITS: u32 = 5;
const PER_OCTAVE: u64 = 1 << BITS;
/// Below this every value has a bucket of its own.
const EXACT: u64 = 2 * PER_OCTAVE;
/// Durations from here on, about 71 minutes, all count as this much, in microseconds.
const MOST: u64 = u32::MAX as u64;
/// The exact ones, and 32 for each octave above.
const BUCKETS: usize = 896;

/// By how much a [quantile](Counts::quantile) may differ from the duration that it stands for, as a
/// share of that; below 64 µs not at all.
pub const RELATIVE_ERROR: f64 = 1.0 / 64.0;

/// See the module's documentation. 7 KiB.
#[derive(Debug)]
pub struct Histogram {
    buckets: Box<[AtomicU64]>,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
        }
    }
}

impl Histogram {
    /// Counts one duration, to the microsecond.
    pub fn record(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(bucket) = self.buckets.get(bucket_of(micros)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes what was counted since it was last taken.
    #[must_use]
    pub fn drain(&self) -> Counts {
        let mut counts = Counts::default();
        for (nth, bucket) in self.buckets.iter().enumerate() {
            // Most are empty, and reading those costs less than writing to them.
            if bucket.load(Ordering::Relaxed) > 0 {
                counts.0.push((nth, bucket.swap(0, Ordering::Relaxed)));
            }
        }
        counts
    }
}

/// What was counted: the buckets that are not empty, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(Vec<(usize, u64)>);

impl Counts {
    /// All of them together.
    #[must_use]
    pub fn sum<'c>(all: impl IntoIterator<Item = &'c Self>) -> Self {
        let mut buckets = vec![0_u64; BUCKETS];
        for (nth, count) in all.into_iter().flat_map(|counts| &counts.0) {
            if let Some(bucket) = buckets.get_mut(*nth) {
                *bucket += count;
            }
        }
        let filled = buckets.into_iter().enumerate();
        Self(filled.filter(|(_, count)| *count > 0).collect())
    }

    /// How many durations were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// The duration that `share` (0 to 1) of all did not exceed, up to [`RELATIVE_ERROR`]; nothing if
    /// nothing was counted.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a count, which is exact up to 2^53"
    )]
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let count = self.count();
        let rank = ((count as f64 * share).ceil() as u64).clamp(1, count.max(1));
        let mut passed = 0;
        self.iter().find_map(|(duration, count)| {
            passed += count;
            (passed >= rank).then_some(duration)
        })
    }

    /// The middle of each bucket that is not empty and how many are in it, shortest first.
    pub fn iter(&self) -> impl Iterator<Item = (Duration, u64)> {
        self.0
            .iter()
            .map(|(nth, count)| (Duration::from_micros(middle_of(*nth)), *count))
    }
}

fn bucket_of(micros: u64) -> usize {
    let micros = micros.min(MOST);
    let bucket = if micros < EXACT {
        micros
    } else {
        let octave = u64::from(micros.ilog2() - BITS);
        EXACT + (octave - 1) * PER_OCTAVE + (micros >> octave) - PER_OCTAVE
    };
    usize::try_from(bucket).unwrap_or(BUCKETS - 1)
}

fn middle_of(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < EXACT {
        return bucket;
    }
    let octave = (bucket - EXACT) / PER_OCTAVE + 1;
    let first = (PER_OCTAVE + (bucket - EXACT) % PER_OCTAVE) << octave;
    first + (1 << octave) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differs_by(found: Duration, right: Duration) -> f64 {
        (found.as_secs_f64() - right.as_secs_f64()).abs() / right.as_secs_f64()
    }

    #[test]
    fn every_duration_is_found_again_within_the_bound() {
        let mut micros = 1;
        while micros < MOST {
            // The last one is at the end of the widest bucket for its length.
            let end = micros + micros / PER_OCTAVE - u64::from(micros > PER_OCTAVE);
            for micros in [micros - 1, micros, micros + 1, micros * 3 / 2, end] {
                let histogram = Histogram::default();
                let took = Duration::from_micros(micros);
                histogram.record(took);
                let found = histogram.drain().quantile(0.5).unwrap();
                if micros < EXACT {
                    assert_eq!(found, took);
                } else {
                    assert!(
                        differs_by(found, took) <= RELATIVE_ERROR,
                        "{took:?}: {found:?}"
                    );
                }
            }
            micros *= 2;
        }
    }

    #[test]
    fn buckets_follow_each_other_without_a_gap() {
        let mut last = 0;
        for micros in 0..1_000_000 {
            let bucket = bucket_of(micros);
            assert!(bucket == last || bucket == last + 1, "{micros}");
            last = bucket;
        }
        assert_eq!(bucket_of(MOST), BUCKETS - 1);
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_those_of_the_durations_within_the_bound() {
        // Of very different lengths, in no order: the powers of a generator.
        let mut durations: Vec<Duration> = (0..10_000_u64)
            .map(|n| n.wrapping_mul(6_364_136_223_846_793_005) >> 33)
            .map(|n| Duration::from_micros(100 + n % (1 << (10 + n % 15))))
            .collect();
        let histogram = Histogram::default();
        for took in &durations {
            histogram.record(*took);
        }
        durations.sort();
        let counts = histogram.drain();
        assert_eq!(counts.count(), 10_000);
        for (share, nth) in [
            (0.5, 4_999),
            (0.95, 9_499),
            (0.99, 9_899),
            (1.0, 9_999),
            (0.0, 0),
        ] {
            let found = counts.quantile(share).unwrap();
            let right = durations[nth];
            assert!(
                differs_by(found, right) <= RELATIVE_ERROR,
                "{share}: {found:?}, not {right:?}"
            );
        }
    }

    #[test]
    fn what_was_drained_is_counted_once_and_adds_up() {
        let histogram = Histogram::default();
        assert_eq!(histogram.drain().quantile(0.5), None);
        histogram.record(Duration::from_micros(3));
        let first = histogram.drain();
        histogram.record(Duration::from_micros(5));
        histogram.record(Duration::from_hours(24));
        let second = histogram.drain();
        assert_eq!(histogram.drain(), Counts::default());
        let sum = Counts::sum([&first, &second]);
        assert_eq!((first.count(), second.count(), sum.count()), (1, 2, 3));
        assert_eq!(sum.quantile(0.3), Some(Duration::from_micros(3)));
        assert_eq!(sum.quantile(0.5), Some(Duration::from_micros(5)));
        assert!(sum.quantile(1.0) > Some(Duration::from_mins(70)));
    }
}
