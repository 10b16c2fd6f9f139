//! A rate of commands, kept up whether or not the server keeps up.
//!
//! Every command has a moment at which it is due, and its latency counts from there. So a server that stops for
//! a second is charged with every command that it has kept waiting, and not only with the one that was on its way.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use waybill_infra::histogram::Histogram;

use super::account::Account;
use super::client::{LOG, lock};
use super::shop::{Placed, Refused, Shop};

/// The way of an order after it was placed.
const WAY: [&str; 3] = ["processing", "shipped", "delivered"];
/// Different reasons that are told; what comes beyond is counted together.
const REASONS_MAX: usize = 20;
/// The timer's grain: a worker that waited for its moment and wakes up within it was not late by the server's fault.
const GRAIN: Duration = Duration::from_millis(3);

/// When commands are due.
#[derive(Debug)]
pub(super) struct Schedule {
    began: Instant,
    per_second: f64,
    /// Commands in all.
    pub(super) slots: u64,
    /// The first one that is measured.
    first: u64,
    end: Instant,
    next: AtomicU64,
}

impl Schedule {
    /// `per_second` commands a second from now on, for `warm_up` and then for `measured`.
    pub(super) fn new(per_second: u32, warm_up: Duration, measured: Duration) -> Self {
        let began = Instant::now();
        let per_second = f64::from(per_second);
        let slots = |time: Duration| whole(time.as_secs_f64() * per_second);
        Self {
            began,
            per_second,
            slots: slots(warm_up + measured),
            first: slots(warm_up),
            end: began + warm_up + measured,
            next: AtomicU64::new(0),
        }
    }

    /// The next command that nobody has taken: its number and when it is due. Nothing once the time is over.
    fn take(&self) -> Option<(u64, Instant)> {
        let nth = self.next.fetch_add(1, Ordering::Relaxed);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let due = self.began + Duration::from_secs_f64(nth as f64 / self.per_second);
        (nth < self.slots && Instant::now() < self.end).then_some((nth, due))
    }

    /// How many commands are to be measured.
    pub(super) fn measured(&self) -> u64 {
        self.slots - self.first
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of commands, not negative and far below 2^53"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

/// What became of the commands.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Everything that was applied.
    pub(super) applied: AtomicU64,
    /// Of the measured ones: what was sent, and what was applied.
    pub(super) measured_sent: AtomicU64,
    pub(super) measured_applied: AtomicU64,
    /// Of those, from when they were due until they were answered.
    pub(super) latency: Histogram,
    refused: Mutex<BTreeMap<String, u64>>,
}

impl Tally {
    pub(super) fn refused(&self) -> BTreeMap<String, u64> {
        lock(&self.refused).clone()
    }

    fn refuse(&self, why: Refused) {
        let mut refused = lock(&self.refused);
        let known = refused.len() < REASONS_MAX || refused.contains_key(&why.0);
        let why = if known { why.0 } else { "other".to_owned() };
        *refused.entry(why).or_default() += 1;
    }
}

/// What clients are to be sent because a command was applied.
#[derive(Debug)]
pub(super) struct Ledger {
    /// The account of each client.
    pub(super) accounts: Vec<Arc<Mutex<Account>>>,
    /// Whether each follows the whole log.
    pub(super) whole_log: bool,
    head: AtomicU64,
}

impl Ledger {
    pub(super) fn new(clients: usize, whole_log: bool, head: u64) -> Self {
        let accounts = (0..clients).map(|_| {
            let mut account = Account::default();
            if whole_log {
                account.begin(LOG, head);
            }
            Arc::new(Mutex::new(account))
        });
        Self {
            accounts: accounts.collect(),
            whole_log,
            head: AtomicU64::new(head),
        }
    }

    /// `last` if nothing more happens to the order.
    fn promise(&self, client: usize, order: &Placed, last: bool) {
        if self.whole_log {
            self.head.fetch_max(order.position, Ordering::Relaxed);
        } else if let Some(account) = self.accounts.get(client) {
            let mut account = lock(account);
            account.promise(order.id, order.version);
            if last {
                account.close(order.id);
            }
        }
    }

    /// After the last command: all that follow the log are to be sent all of it.
    pub(super) fn close(&self) {
        if self.whole_log {
            let head = self.head.load(Ordering::Relaxed);
            for account in &self.accounts {
                lock(account).promise(LOG, head);
            }
        }
    }
}

/// One worker: what it does, and for whom.
pub(super) struct Worker {
    pub(super) shop: Shop,
    pub(super) schedule: Arc<Schedule>,
    pub(super) tally: Arc<Tally>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) stop: CancellationToken,
    /// Orders that are changed over and over, with the clients that follow them; none if new ones are to be placed.
    pub(super) orders: Vec<(usize, Placed)>,
}

impl Worker {
    /// Works until the time is over or it is stopped.
    pub(super) async fn run(mut self) {
        let mut current: Option<(usize, Placed, usize)> = None;
        while let Some((nth, due)) = self.schedule.take() {
            let waited = due > Instant::now();
            tokio::select! {
                () = tokio::time::sleep_until(due.into()) => {}
                () = self.stop.cancelled() => return,
            }
            let from = if waited && due.elapsed() < GRAIN {
                Instant::now()
            } else {
                due
            };
            let measured = nth >= self.schedule.first;
            if measured {
                self.tally.measured_sent.fetch_add(1, Ordering::Relaxed);
            }
            let done = if self.orders.is_empty() {
                self.on_its_way(nth, &mut current).await
            } else {
                self.change(nth).await
            };
            match done {
                Ok(()) => {
                    self.tally.applied.fetch_add(1, Ordering::Relaxed);
                    if measured {
                        self.tally.latency.record(from.elapsed());
                        self.tally.measured_applied.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Err(why) => self.tally.refuse(why),
            }
        }
    }

    /// Places an order, or moves the one that was placed before to its next status.
    async fn on_its_way(
        &self,
        nth: u64,
        current: &mut Option<(usize, Placed, usize)>,
    ) -> Result<(), Refused> {
        let (client, placed, step) = if let Some((client, order, step)) = current.take() {
            let moved = self.shop.advance(&order, WAY[step]).await?;
            (client, moved, step + 1)
        } else {
            let clients = self.ledger.accounts.len().max(1) as u64;
            let client = usize::try_from(nth % clients).unwrap_or(0);
            let customer = self.shop.names.customer(client);
            (client, self.shop.create(nth, &customer).await?, 0)
        };
        self.ledger.promise(client, &placed, step == WAY.len());
        *current = (step < WAY.len()).then_some((client, placed, step));
        Ok(())
    }

    /// Changes the next of the orders that are followed.
    async fn change(&mut self, nth: u64) -> Result<(), Refused> {
        let count = self.orders.len() as u64;
        let place = usize::try_from(nth % count).unwrap_or(0);
        let Some((client, order)) = self.orders.get_mut(place) else {
            return Err(Refused("no order".into()));
        };
        match self.shop.note(order, nth).await {
            Ok(changed) => {
                self.ledger.promise(*client, &changed, false);
                *order = changed;
                Ok(())
            }
            Err(why) => {
                // Perhaps it was applied all the same; the next change has to name the right version.
                if let Ok(now) = self.shop.read(order).await {
                    *order = now;
                }
                Err(why)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_due_at_the_rate_that_was_asked_for_and_the_first_ones_are_not_measured() {
        let schedule = Schedule::new(200, Duration::from_secs(1), Duration::from_secs(3));
        assert_eq!((schedule.slots, schedule.measured()), (800, 600));
        let dues: Vec<_> = std::iter::from_fn(|| schedule.take()).collect();
        assert_eq!(dues.len(), 800);
        assert_eq!(dues[200].1 - dues[0].1, Duration::from_secs(1));
    }

    #[test]
    fn reasons_are_bounded() {
        let tally = Tally::default();
        for nth in 0..100 {
            tally.refuse(Refused(format!("reason {nth}")));
        }
        let refused = tally.refused();
        assert_eq!(refused.len(), REASONS_MAX + 1);
        assert_eq!(refused.values().sum::<u64>(), 100);
    }
}
