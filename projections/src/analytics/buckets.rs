//! Durations in buckets: few enough to keep a histogram a day, fine enough to tell a median.
//!
//! Each doubling of the duration is cut into 32 buckets of equal width, so a bucket is at most 1/32 as wide
//! as what is in it, and its middle at most 1/64 (1.6 %) away. Durations are whole milliseconds; below 64 of
//! them a bucket holds one value only. Nothing but integers: every node puts a duration into the same one.

/// Buckets of one doubling, as a power of two.
const FINE: u32 = 5;
/// The longest duration that is told apart from longer ones: 2⁴¹ ms, about 69 years.
const LONGEST: u64 = (1 << 41) - 1;

/// The bucket of a duration in microseconds. What is negative counts as nothing.
pub(super) fn bucket(micros: i64) -> i16 {
    let millis = (micros.max(0).cast_unsigned() / 1000).min(LONGEST);
    let octave = millis.checked_ilog2().unwrap_or(0).saturating_sub(FINE);
    let within = millis >> octave;
    // At most 35 · 32 + 63.
    i16::try_from((u64::from(octave) << FINE) + within).unwrap_or(i16::MAX)
}

/// The middle of a bucket, in milliseconds.
pub(super) fn middle(bucket: i16) -> u64 {
    let bucket = u64::from(bucket.max(0).cast_unsigned());
    let octave = (bucket >> FINE).saturating_sub(1).min(35);
    let within = bucket - (octave << FINE);
    let width = 1_u64 << octave;
    (within << octave) + width / 2
}

/// The least duration, in milliseconds, that at least this share of all durations do not exceed, to within
/// a bucket. `counts` are the buckets, shortest first, with how many are in each; `None` if there are none.
pub(super) fn quantile(counts: &[(i16, u64)], percent: u64) -> Option<u64> {
    let all: u64 = counts.iter().map(|(_, count)| count).sum();
    let rank = (u128::from(all) * u128::from(percent)).div_ceil(100).max(1);
    let mut seen = 0_u128;
    counts.iter().find_map(|(bucket, count)| {
        seen += u128::from(*count);
        (seen >= rank).then(|| middle(*bucket))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LONGEST, bucket, middle, quantile};

    #[test]
    fn short_durations_are_exact_and_the_longest_has_a_bucket() {
        for millis in 0..64 {
            assert_eq!(middle(bucket(millis * 1000 + 999)), millis.cast_unsigned());
        }
        assert_eq!(bucket(-5), 0);
        let longest = LONGEST.cast_signed() * 1000;
        assert_eq!(bucket(longest), bucket(i64::MAX));
        assert_eq!(bucket(longest), 35 * 32 + 63);
    }

    #[test]
    fn a_quantile_of_nothing_is_nothing_and_of_one_is_that_one() {
        assert_eq!(quantile(&[], 50), None);
        assert_eq!(quantile(&[(7, 1)], 50), Some(7));
        assert_eq!(quantile(&[(7, 1)], 95), Some(7));
        assert_eq!(quantile(&[(1, 95), (9, 5)], 95), Some(1));
        assert_eq!(quantile(&[(1, 94), (9, 6)], 95), Some(9));
    }

    proptest! {
        #[test]
        fn no_middle_is_further_off_than_a_64th(micros in 0..LONGEST.cast_signed() * 1000) {
            let millis = micros.cast_unsigned() / 1000;
            let off = middle(bucket(micros)).abs_diff(millis);
            prop_assert!(off * 64 <= millis, "{millis} ms is told as {}", middle(bucket(micros)));
        }

        #[test]
        fn longer_durations_never_have_earlier_buckets(a in 0..i64::MAX, b in 0..i64::MAX) {
            prop_assert_eq!(bucket(a.min(b)).min(bucket(a.max(b))), bucket(a.min(b)));
        }

        #[test]
        fn a_quantile_is_that_of_the_durations_themselves(
            mut all in prop::collection::vec(0..100_000_000_000_i64, 1..200),
            percent in 1..=100_u64,
        ) {
            all.sort_unstable();
            let mut counts = std::collections::BTreeMap::<i16, u64>::new();
            for micros in &all {
                *counts.entry(bucket(*micros)).or_default() += 1;
            }
            let counts: Vec<_> = counts.into_iter().collect();
            let rank = (all.len() as u64 * percent).div_ceil(100).max(1);
            let exact = all[usize::try_from(rank - 1).unwrap()].cast_unsigned() / 1000;
            let told = quantile(&counts, percent).unwrap();
            prop_assert!(told.abs_diff(exact) * 64 <= exact, "{told} for {exact}");
        }
    }
}
