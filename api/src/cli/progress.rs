//! Progress bars, on standard error and on a terminal only: how far, how fast, how long still.

use std::sync::Mutex;
use std::sync::PoisonError;

use indicatif::{ProgressBar, ProgressStyle};

const COUNTED: &str = "{prefix:14} {bar:32.cyan/dim} {human_pos}/{human_len}  {msg}, {eta} left";
const BYTES: &str = "{prefix:14} {bar:32.cyan/dim} {bytes}/{total_bytes}  {msg}, {eta} left";
const SAID: &str = "{prefix:14} {bar:32.cyan/dim} {human_pos}/{human_len} {msg}";
const COUNTED_WITHOUT_END: &str = "{prefix:14} {spinner} {human_pos}  {msg}";
const BYTES_WITHOUT_END: &str = "{prefix:14} {spinner} {bytes}  {msg}";

/// A bar a phase, one below the other.
#[derive(Default)]
pub(super) struct Progress {
    bar: Mutex<Option<(&'static str, ProgressBar)>>,
}

impl Progress {
    /// Shows how far `phase` is; a phase that was not there before ends the one before it. `total` is 0 where it is
    /// not known.
    pub(super) fn show(&self, phase: &'static str, done: u64, total: u64, per_second: f64) {
        let template = if total == 0 {
            COUNTED_WITHOUT_END
        } else {
            COUNTED
        };
        let message = format!("{per_second:.0}/s");
        self.draw(phase, template, done, total, message);
    }

    /// Likewise, saying `message` in place of how fast.
    pub(super) fn show_saying(&self, phase: &'static str, done: u64, total: u64, message: String) {
        self.draw(phase, SAID, done, total, message);
    }

    /// Likewise for work that is measured in bytes, saying `message` beside them.
    pub(super) fn show_bytes(
        &self,
        phase: &'static str,
        done: u64,
        total: Option<u64>,
        message: String,
    ) {
        let template = if total.is_some() {
            BYTES
        } else {
            BYTES_WITHOUT_END
        };
        self.draw(phase, template, done, total.unwrap_or(0), message);
    }

    fn draw(&self, phase: &'static str, template: &str, done: u64, total: u64, message: String) {
        let mut current = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_none_or(|(name, _)| *name != phase) {
            if let Some((_, bar)) = current.take() {
                bar.abandon();
            }
            *current = Some((phase, bar(phase, template, total)));
        }
        if let Some((_, bar)) = current.as_ref() {
            bar.set_length(total);
            bar.set_message(message);
            bar.set_position(done);
        }
    }

    /// Leaves the last bar as it is.
    pub(super) fn end(&self) {
        let mut current = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, bar)) = current.take() {
            bar.abandon();
        }
    }
}

fn bar(phase: &'static str, template: &str, total: u64) -> ProgressBar {
    // A mistake in the template, which a test would find, costs only the looks.
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style).with_prefix(phase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_sound() {
        for template in [COUNTED, SAID, BYTES, COUNTED_WITHOUT_END, BYTES_WITHOUT_END] {
            ProgressStyle::with_template(template).unwrap();
        }
    }
}
