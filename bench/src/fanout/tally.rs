//! What somebody got, or should have got: how many events, and which in which order.

use serde::{Deserialize, Serialize};

/// Two are the same if, and only if, the same events came in the same order, each as often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many came.
    pub count: u64,
    /// Which, in their order.
    digest: u64,
}

impl Tally {
    /// Takes in the next event.
    pub fn push(&mut self, number: u64) {
        self.count += 1;
        // FNV-1a over whole numbers, turned so that high bits reach the low ones.
        self.digest = (self.digest.rotate_left(23) ^ number).wrapping_mul(0x0100_0000_01b3);
    }
}

impl FromIterator<u64> for Tally {
    fn from_iter<I: IntoIterator<Item = u64>>(numbers: I) -> Self {
        let mut tally = Self::default();
        for number in numbers {
            tally.push(number);
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_lost_doubled_or_exchanged_shows() {
        let of = |numbers: &[u64]| numbers.iter().copied().collect::<Tally>();
        let right = of(&[1, 2, 3]);
        assert_eq!(right, of(&[1, 2, 3]));
        for wrong in [
            &[1, 2][..],
            &[1, 2, 2],
            &[1, 2, 3, 3],
            &[1, 3, 2],
            &[2, 1, 3],
            &[],
        ] {
            assert_ne!(right, of(wrong), "{wrong:?}");
        }
    }
}
