//! The references that the file has had so far, to tell one that comes twice.
//!
//! That no order is doubled is not settled here but by the log, for which references are unique. This only
//! tells the second line which one was the first, so it may forget: a file can have any number of lines.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use waybill_domain::Reference;

/// References remembered in each of two generations; together they take about 40 MB.
const GENERATION: usize = 500_000;

/// Remembers at least the last [`GENERATION`] references with their lines.
pub(super) struct Seen {
    hashes: RandomState,
    generation: usize,
    // 64 bits stand for a reference: that two of a million share them happens once in some thirty million files.
    young: HashMap<u64, u64>,
    old: HashMap<u64, u64>,
}

impl Default for Seen {
    fn default() -> Self {
        Self::remembering(GENERATION)
    }
}

impl Seen {
    fn remembering(generation: usize) -> Self {
        Self {
            hashes: RandomState::new(),
            generation,
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }

    /// The earlier line that has this reference; else `line` is from now on that line.
    pub(super) fn earlier(&mut self, reference: &Reference, line: u64) -> Option<u64> {
        let hash = self.hashes.hash_one(reference);
        let known = self.young.get(&hash).or_else(|| self.old.get(&hash));
        if let Some(&first) = known {
            return Some(first);
        }
        if self.young.len() == self.generation {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(hash, line);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(n: u64) -> Reference {
        format!("web-{n}").parse().unwrap()
    }

    #[test]
    fn a_reference_that_comes_again_is_told_by_its_first_line() {
        let mut seen = Seen::default();
        assert_eq!(seen.earlier(&reference(1), 1), None);
        assert_eq!(seen.earlier(&reference(2), 2), None);
        assert_eq!(seen.earlier(&reference(1), 3), Some(1));
        assert_eq!(seen.earlier(&reference(1), 4), Some(1));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_newest_is_kept() {
        let mut seen = Seen::remembering(100);
        for n in 1..=1_000 {
            assert_eq!(seen.earlier(&reference(n), n), None);
            assert!(seen.young.len() + seen.old.len() <= 200);
        }
        for n in 901..=1_000 {
            assert_eq!(seen.earlier(&reference(n), 2_000), Some(n));
        }
        assert_eq!(seen.earlier(&reference(1), 2_000), None);
    }
}
