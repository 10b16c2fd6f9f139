//! How far an import is: a bar on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use crate::cli::progress::Progress;

/// Between two lines where there is no terminal.
const EVERY: Duration = Duration::from_secs(5);
const PHASE: &str = "importing";

/// Shows how far the import is.
pub(super) struct Pace {
    started: Instant,
    /// Bytes of the file, if that is known.
    size: Option<u64>,
    bar: Option<Progress>,
    told: Instant,
}

impl Pace {
    pub(super) fn start(size: Option<u64>) -> Self {
        let now = Instant::now();
        Self {
            started: now,
            size,
            bar: std::io::stderr().is_terminal().then(Progress::default),
            told: now,
        }
    }

    pub(super) fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Shows that `orders` are done, and with them `through` bytes of the file.
    pub(super) fn show(&mut self, orders: u64, through: u64) {
        let now = At {
            orders,
            through,
            size: self.size,
            seconds: self.seconds(),
        };
        if let Some(bar) = &self.bar {
            let said = format!("{orders} orders, {:.0}/s", now.per_second());
            bar.show_bytes(PHASE, through, self.size, said);
        } else if self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            // Whoever does not read it does not miss it.
            let _ = writeln!(std::io::stderr(), "{PHASE}: {}", now.sentence());
        }
    }

    /// Leaves the bar as it is.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.end();
        }
    }
}

struct At {
    orders: u64,
    through: u64,
    size: Option<u64>,
    seconds: f64,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rates and shares are shown to a few digits"
)]
impl At {
    fn per_second(&self) -> f64 {
        self.orders as f64 / self.seconds.max(0.001)
    }

    fn sentence(&self) -> String {
        let (orders, rate) = (self.orders, self.per_second());
        let Some(size) = self.size.filter(|size| *size > 0 && self.through > 0) else {
            return format!("{orders} orders, {rate:.0}/s");
        };
        let share = (self.through as f64 / size as f64).min(1.0);
        let left = self.seconds * (1.0 / share - 1.0);
        format!(
            "{orders} orders, {rate:.0}/s, {:.0} %, {left:.0} s left",
            share * 100.0
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_where_the_size_is_known() {
        let at = |through, size| At {
            orders: 500,
            through,
            size,
            seconds: 2.0,
        };
        assert_eq!(
            at(250, Some(1_000)).sentence(),
            "500 orders, 250/s, 25 %, 6 s left"
        );
        assert_eq!(
            at(1_000, Some(1_000)).sentence(),
            "500 orders, 250/s, 100 %, 0 s left"
        );
        for (through, size) in [(250, None), (0, Some(1_000)), (0, Some(0))] {
            assert_eq!(at(through, size).sentence(), "500 orders, 250/s");
        }
    }
}
