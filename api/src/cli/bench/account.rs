//! What one client was sent, held against what it was to be sent.
//!
//! What is counted has no gaps: positions for whoever follows all orders, versions for whoever follows some. So
//! one number per count says what came, and nothing has to be remembered but the gaps.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use uuid::Uuid;

/// Numbers that are missing at one client, remembered so that one that comes late is told from one that comes
/// twice. What goes beyond counts as lost, also when it comes late.
const GAPS_MAX: usize = 10_000;

/// How often something went wrong that must never go wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Faults {
    /// Events that never came.
    pub(super) lost: u64,
    /// Events that came again.
    pub(super) doubled: u64,
    /// Events that came after a later one.
    pub(super) out_of_order: u64,
}

impl Faults {
    pub(super) fn none(self) -> bool {
        self == Self::default()
    }

    pub(super) fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.out_of_order += other.out_of_order;
    }
}

/// A count without gaps: of the log, or of one order.
#[derive(Debug, Default)]
struct Count {
    last: u64,
    promised: u64,
    /// Whether nothing more will be promised.
    closed: bool,
}

/// The account of one client.
#[derive(Debug, Default)]
pub(super) struct Account {
    counts: HashMap<Uuid, Count>,
    missing: BTreeSet<(Uuid, u64)>,
    faults: Faults,
}

impl Account {
    /// Up to `number` nothing is to come, since the client was not there yet.
    pub(super) fn begin(&mut self, of: Uuid, number: u64) {
        let count = self.counts.entry(of).or_default();
        count.last = count.last.max(number);
    }

    /// Number `number` has come; true if it is the first time.
    pub(super) fn came(&mut self, of: Uuid, number: u64) -> bool {
        let count = self.counts.entry(of).or_default();
        if number > count.last {
            for skipped in count.last + 1..number {
                if self.missing.len() >= GAPS_MAX {
                    self.faults.lost += number - skipped;
                    break;
                }
                self.missing.insert((of, skipped));
            }
            count.last = number;
            self.forget(of);
            true
        } else if self.missing.remove(&(of, number)) {
            self.faults.out_of_order += 1;
            self.forget(of);
            true
        } else {
            self.faults.doubled += 1;
            false
        }
    }

    /// Everything up to `number` has been acknowledged, so it has to come.
    pub(super) fn promise(&mut self, of: Uuid, number: u64) {
        let count = self.counts.entry(of).or_default();
        count.promised = count.promised.max(number);
    }

    /// Nothing after what was promised will happen, so it need not be remembered once that has come.
    pub(super) fn close(&mut self, of: Uuid) {
        self.counts.entry(of).or_default().closed = true;
        self.forget(of);
    }

    fn forget(&mut self, of: Uuid) {
        let count = self.counts.get(&of);
        let over = count.is_some_and(|count| count.closed && count.last >= count.promised);
        if over
            && self
                .missing
                .range((of, 0)..=(of, u64::MAX))
                .next()
                .is_none()
        {
            self.counts.remove(&of);
        }
    }

    /// Whether everything that was promised has come.
    pub(super) fn settled(&self) -> bool {
        self.missing.is_empty() && self.outstanding() == 0
    }

    /// What is wrong if nothing more comes.
    pub(super) fn faults(&self) -> Faults {
        Faults {
            lost: self.faults.lost + self.missing.len() as u64 + self.outstanding(),
            ..self.faults
        }
    }

    fn outstanding(&self) -> u64 {
        let counts = self.counts.values();
        counts
            .map(|count| count.promised.saturating_sub(count.last))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: Uuid = Uuid::nil();

    fn account(came: &[u64], promised: u64) -> Account {
        let mut account = Account::default();
        account.begin(LOG, 10);
        for number in came {
            account.came(LOG, *number);
        }
        account.promise(LOG, promised);
        account
    }

    fn faults(lost: u64, doubled: u64, out_of_order: u64) -> Faults {
        Faults {
            lost,
            doubled,
            out_of_order,
        }
    }

    #[test]
    fn what_came_once_and_in_order_is_without_fault() {
        let account = account(&[11, 12, 13], 13);
        assert!(account.settled() && account.faults().none());
    }

    #[test]
    fn a_gap_is_a_loss() {
        let account = account(&[11, 13], 13);
        assert!(!account.settled());
        assert_eq!(account.faults(), faults(1, 0, 0));
    }

    #[test]
    fn what_was_promised_and_never_came_is_a_loss() {
        assert_eq!(account(&[11], 14).faults(), faults(3, 0, 0));
        assert_eq!(account(&[], 14).faults(), faults(4, 0, 0));
    }

    #[test]
    fn what_comes_late_is_out_of_order_and_what_comes_again_is_double() {
        let mut account = account(&[11, 13, 12, 13, 12], 13);
        assert!(account.settled());
        assert_eq!(account.faults(), faults(0, 2, 1));
        // Also what came before the client was there.
        assert!(!account.came(LOG, 10));
        assert_eq!(account.faults(), faults(0, 3, 1));
    }

    #[test]
    fn orders_are_counted_each_by_itself() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut account = Account::default();
        account.came(one, 1);
        account.came(other, 1);
        account.came(one, 2);
        account.promise(one, 2);
        account.promise(other, 2);
        assert_eq!(account.faults(), faults(1, 0, 0));
    }

    #[test]
    fn what_is_over_is_forgotten_once_all_of_it_has_come() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut account = Account::default();
        account.came(one, 1);
        account.promise(one, 2);
        account.close(one);
        assert_eq!(account.faults(), faults(1, 0, 0));
        account.came(one, 2);
        // Here the event came before the answer, and one before it comes late.
        account.came(other, 2);
        account.promise(other, 2);
        account.close(other);
        assert!(!account.settled());
        account.came(other, 1);
        assert!(account.settled() && account.counts.is_empty());
        assert_eq!(account.faults(), faults(0, 0, 1));
    }

    #[test]
    fn a_gap_of_any_size_is_counted_in_little_memory() {
        let account = account(&[11, 10_000_000], 10_000_000);
        assert_eq!(account.missing.len(), GAPS_MAX);
        assert_eq!(account.faults().lost, 10_000_000 - 12);
    }
}
