//! How far a work is: a bar on a terminal, else a line now and then.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Between two lines where there is no terminal.
const PAUSE: Duration = Duration::from_secs(10);
const BAR: &str = "  {prefix} {bar:32.cyan/dim} {pos}/{len}  {msg}";

/// A bar, gone when this is dropped.
pub struct Progress {
    what: &'static str,
    total: u64,
    bar: Option<ProgressBar>,
    said: Instant,
}

impl Progress {
    /// Of `total` times doing `what`.
    pub fn new(what: &'static str, total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            // A mistake in the template, which a test would find, costs only the looks.
            let style =
                ProgressStyle::with_template(BAR).unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total).with_style(style).with_prefix(what)
        });
        Self {
            what,
            total,
            bar,
            said: Instant::now(),
        }
    }

    /// Shows that it was done `done` times, and something beside that.
    pub fn show(&mut self, done: u64, beside: &str) {
        match &self.bar {
            Some(bar) => {
                bar.set_message(beside.to_owned());
                bar.set_position(done);
            }
            None if self.said.elapsed() >= PAUSE => {
                self.said = Instant::now();
                println!("  {} {done}/{}  {beside}", self.what, self.total);
            }
            None => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_sound() {
        ProgressStyle::with_template(BAR).unwrap();
    }
}
