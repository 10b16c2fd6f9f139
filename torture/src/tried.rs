//! What a work did and found: a line of the report.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use owo_colors::OwoColorize as _;
use serde::{Deserialize, Serialize};

/// What was tried, how often, and what came of it. A work fills in `what`, `times`, `counts`, `figures`, `findings`
/// and `note`; the rest is filled in for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// The work's name, see [`WORKS`](crate::works::WORKS).
    #[serde(default)]
    pub work: String,
    /// What was done to what, in a sentence.
    pub what: String,
    /// Repeats the run's choices.
    pub seed: u64,
    /// How often the fault struck.
    pub times: u64,
    /// What was asked for with `--times`, if the work heeds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<u64>,
    /// How long it took.
    pub secs: f64,
    /// What happened meanwhile: "commands acknowledged", "reconnects" …
    pub counts: Vec<(String, u64)>,
    /// What it cost those who did nothing wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figure>,
    /// What is not as it must be. Empty if all is well.
    pub findings: Vec<String>,
    /// Why it could not be tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// Why nothing was tried, where that is no fault: something that it needs is not on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// What a reader must know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it began, UTC.
    pub date: String,
    /// The commit that was tried; with "+" where something was changed since.
    #[serde(default)]
    pub commit: String,
}

/// A figure, and what it may be at most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Of what: "latency of the good ones, p99".
    pub what: String,
    /// "ms", "MiB" …
    pub unit: String,
    /// What was measured.
    pub value: f64,
    /// What it may be at most. One above it should be among the findings, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<f64>,
    /// How it is to be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Tried {
    /// What was done, and how often; nothing found yet.
    pub fn new(what: impl Into<String>, times: u64) -> Self {
        Self {
            what: what.into(),
            times,
            ..Self::default()
        }
    }

    /// Adds to what happened meanwhile.
    pub fn count(&mut self, what: &str, how_many: u64) {
        match self.counts.iter_mut().find(|(known, _)| known == what) {
            Some((_, count)) => *count += how_many,
            None => self.counts.push((what.to_owned(), how_many)),
        }
    }

    /// Adds a figure. If it is above its bound, that is a finding.
    pub fn figure(&mut self, figure: Figure) {
        if let Some(bound) = figure.bound.filter(|bound| figure.value > *bound) {
            let Figure {
                what, unit, value, ..
            } = &figure;
            self.findings
                .push(format!("{what}: {value:.1} {unit}, at most {bound:.1}"));
        }
        self.figures.push(figure);
    }

    /// Whether all was well with what was tried.
    pub fn passed(&self) -> bool {
        self.findings.is_empty() && self.failed.is_none()
    }

    /// What it found, in a few lines.
    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}: {}", self.work.bold(), self.what)?;
        for (what, count) in &self.counts {
            writeln!(out, "  {count:>9} {what}")?;
        }
        for figure in &self.figures {
            let Figure {
                what, unit, value, ..
            } = figure;
            let bound = figure.bound.map(|bound| format!(" of {bound:.1}"));
            let bound = bound.unwrap_or_default();
            writeln!(out, "  {value:>9.1}{bound} {unit} {what}")?;
        }
        for finding in self.findings.iter().chain(&self.failed) {
            writeln!(out, "  {} {finding}", "found:".red().bold())?;
        }
        match &self.skipped {
            Some(why) => writeln!(out, "  {} {why}", "not tried:".yellow().bold())?,
            None if self.passed() => {
                writeln!(out, "  {}", "nothing lost, nothing twice".green())?;
            }
            None => {}
        }
        Ok(())
    }

    /// Writes it to a file, for [`Tried::read`].
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(path, text).with_context(|| path.display().to_string())
    }

    /// Reads what [`Tried::write`] has written.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        serde_json::from_str(&text).with_context(|| path.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_above_its_bound_is_a_finding() {
        let mut tried = Tried::new("something", 1);
        for (value, findings) in [(9.0, 0), (10.0, 0), (11.0, 1)] {
            tried.figure(Figure {
                what: "latency".into(),
                unit: "ms".into(),
                value,
                bound: Some(10.0),
                note: None,
            });
            assert_eq!(tried.findings.len(), findings, "{value}");
        }
        assert!(!tried.passed());
    }

    #[test]
    fn counts_of_one_name_come_together() {
        let mut tried = Tried::default();
        tried.count("reconnects", 2);
        tried.count("reconnects", 3);
        assert_eq!(tried.counts, [("reconnects".to_owned(), 5)]);
    }
}
