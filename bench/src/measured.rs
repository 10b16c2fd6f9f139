//! What a work of the bench has measured, and how it is judged.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use owo_colors::OwoColorize as _;
use serde::{Deserialize, Serialize};

/// The name under which our own figures stand.
pub const WAYBILL: &str = "waybill";

/// One line of the report: one figure of one subject, as each turn showed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Which row of the targets it belongs to; see [`targets`](crate::targets).
    pub work: String,
    /// Who was measured: [`WAYBILL`], or a peer with its version.
    pub subject: String,
    /// What was counted: "commands a second", "p99".
    pub what: String,
    /// Its unit: "/s", "ms", "µs", "B", "s", "×".
    pub unit: String,
    /// Every turn's figure, in the order of the turns; the median is what is quoted.
    pub runs: Vec<f64>,
    /// Anything that a reader must know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Measured {
    /// A line without turns so far.
    pub fn new(work: &str, subject: &str, what: &str, unit: &str) -> Self {
        Self {
            work: work.to_owned(),
            subject: subject.to_owned(),
            what: what.to_owned(),
            unit: unit.to_owned(),
            runs: Vec::new(),
            note: None,
        }
    }

    /// The same with the turns' figures.
    #[must_use]
    pub fn of(mut self, runs: impl IntoIterator<Item = f64>) -> Self {
        self.runs.extend(runs);
        self
    }

    /// What is quoted; not a number where there were no turns.
    pub fn median(&self) -> f64 {
        median(&self.runs)
    }
}

/// A target of the bench, judged from medians.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which row of the targets it judges.
    pub work: String,
    /// What is wanted, in words: "at least 5 × postgres-es".
    pub target: String,
    /// The ratio or figure that the target speaks of.
    pub value: f64,
    /// Its unit; "×" for a ratio.
    pub unit: String,
    /// Whether the target is met.
    pub met: bool,
    /// Where it is missed, what limits it; or whatever else a reader must know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Verdict {
    /// `value` must be no less than `bound`.
    pub fn at_least(work: &str, target: &str, value: f64, unit: &str, bound: f64) -> Self {
        Self::judged(work, target, value, unit, value >= bound)
    }

    /// `value` must be no more than `bound`.
    pub fn at_most(work: &str, target: &str, value: f64, unit: &str, bound: f64) -> Self {
        Self::judged(work, target, value, unit, value <= bound)
    }

    /// `value` must be less than `bound`.
    pub fn below(work: &str, target: &str, value: f64, unit: &str, bound: f64) -> Self {
        Self::judged(work, target, value, unit, value < bound)
    }

    /// A verdict that was come to otherwise. What is not a number has not met anything.
    pub fn judged(work: &str, target: &str, value: f64, unit: &str, met: bool) -> Self {
        Self {
            work: work.to_owned(),
            target: target.to_owned(),
            value,
            unit: unit.to_owned(),
            met: met && value.is_finite(),
            note: None,
        }
    }

    /// The same with a note.
    #[must_use]
    pub fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// Everything that a work has found out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The figures.
    pub measured: Vec<Measured>,
    /// What they say of the targets.
    pub verdicts: Vec<Verdict>,
}

impl Results {
    /// Adds the figure of one more turn, to the line that has the same work, subject and name or to a new one.
    pub fn turn(&mut self, work: &str, subject: &str, what: &str, unit: &str, figure: f64) {
        let known = self.measured.iter_mut().find(|line| {
            (
                line.work.as_str(),
                line.subject.as_str(),
                line.what.as_str(),
            ) == (work, subject, what)
        });
        if let Some(line) = known {
            line.runs.push(figure);
        } else {
            self.measured
                .push(Measured::new(work, subject, what, unit).of([figure]));
        }
    }

    /// Adds a note to the lines of a subject, to those that they have from earlier turns.
    pub fn note(&mut self, work: &str, subject: &str, what: &str, note: &str) {
        for line in &mut self.measured {
            if line.work == work && line.subject == subject && line.what == what {
                let before = line.note.take().unwrap_or_default();
                line.note = Some(match &*before {
                    "" => note.to_owned(),
                    told if told.contains(note) => before,
                    _ => format!("{before}; {note}"),
                });
            }
        }
    }

    /// The median of the line of that name; not a number where there is none, which no target is met by.
    pub fn median(&self, work: &str, subject: &str, what: &str) -> f64 {
        let line = self.line(work, subject, what);
        line.map_or(f64::NAN, Measured::median)
    }

    /// The greatest figure of the line of that name; likewise.
    pub fn greatest(&self, work: &str, subject: &str, what: &str) -> f64 {
        let line = self.line(work, subject, what);
        line.map_or(f64::NAN, |line| {
            line.runs.iter().copied().fold(f64::NAN, f64::max)
        })
    }

    fn line(&self, work: &str, subject: &str, what: &str) -> Option<&Measured> {
        self.measured
            .iter()
            .find(|line| line.work == work && line.subject == subject && line.what == what)
    }

    /// How many times the median of `peer` that of `subject` is.
    pub fn ratio(&self, work: &str, what: &str, subject: &str, peer: &str) -> f64 {
        self.median(work, subject, what) / self.median(work, peer, what)
    }

    /// Adds a verdict.
    pub fn judge(&mut self, verdict: Verdict) {
        self.verdicts.push(verdict);
    }

    /// Writes them for [`read`](Self::read).
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(path, text + "\n").with_context(|| format!("{}", path.display()))
    }

    /// Reads what was written.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{}", path.display()))
    }

    /// Prints the table: a line a figure, then what was to be shown and whether it was.
    pub fn print(&self) -> std::io::Result<()> {
        let mut out = anstream::stdout().lock();
        let wide = |text: fn(&Measured) -> &str| {
            let widths = self.measured.iter().map(|line| text(line).chars().count());
            widths.max().unwrap_or(0)
        };
        let (work, subject, what) = (
            wide(|line| &line.work),
            wide(|line| &line.subject),
            wide(|line| &line.what),
        );
        for line in &self.measured {
            let runs: Vec<String> = line.runs.iter().map(|run| figure(*run)).collect();
            write!(
                out,
                "  {:work$}  {:subject$}  {:what$}  {:>10} {:<3}",
                line.work,
                line.subject,
                line.what,
                figure(line.median()),
                line.unit,
            )?;
            if runs.len() > 1 {
                write!(out, " {}", format!("({})", runs.join(", ")).dimmed())?;
            }
            if let Some(note) = &line.note {
                write!(out, " {}", note.dimmed())?;
            }
            writeln!(out)?;
        }
        for verdict in &self.verdicts {
            verdict.print(&mut out)?;
        }
        Ok(())
    }
}

impl Verdict {
    /// Prints it as one line.
    pub fn print(&self, out: &mut impl std::io::Write) -> std::io::Result<()> {
        let value = format!("{} {}", figure(self.value), self.unit);
        write!(out, "  ")?;
        if self.met {
            write!(out, "{}", "    met".green().bold())?;
        } else {
            write!(out, "{}", "not met".red().bold())?;
        }
        write!(out, "  {}: {}: {}", self.work, self.target, value.bold())?;
        match &self.note {
            Some(note) => writeln!(out, " {}", format!("({note})").dimmed()),
            None => writeln!(out),
        }
    }
}

/// The middle one, or the mean of the two in the middle; not a number of none.
pub fn median(runs: &[f64]) -> f64 {
    let mut sorted = runs.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// Three significant digits, and thousands told apart.
pub fn figure(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let digits = match value.abs() {
        size if size >= 99.95 || size == 0.0 => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.9995 => 2,
        size if size >= 0.09995 => 3,
        _ => 4,
    };
    let plain = format!("{value:.digits$}");
    let (whole, rest) = plain.split_once('.').unwrap_or((&plain, ""));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |w| ("−", w));
    let mut text = String::from(sign);
    for (nth, digit) in whole.chars().enumerate() {
        if nth > 0 && (whole.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !rest.is_empty() {
        text.push('.');
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "exact in binary")]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn figures_have_three_digits_and_thousands_told_apart() {
        for (value, text) in [
            (1_234_567.8, "1,234,568"),
            (100.0, "100"),
            (99.96, "100"),
            (12.345, "12.3"),
            (1.005, "1.00"),
            (0.1234, "0.123"),
            (0.0, "0"),
            (-1_500.0, "−1,500"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(figure(value), text);
        }
    }

    #[test]
    fn turns_of_one_line_come_together_and_make_ratios() {
        let mut results = Results::default();
        for (ours, theirs) in [(10.0, 2.0), (30.0, 4.0), (20.0, 3.0)] {
            results.turn("w", WAYBILL, "a second", "/s", ours);
            results.turn("w", "peer", "a second", "/s", theirs);
        }
        assert_eq!(results.measured.len(), 2);
        let ratio = results.ratio("w", "a second", WAYBILL, "peer");
        assert!((ratio - 20.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn what_was_not_measured_meets_nothing() {
        let missing = Results::default().ratio("w", "a second", WAYBILL, "peer");
        assert!(!Verdict::at_least("w", "t", missing, "×", 1.0).met);
        assert!(!Verdict::judged("w", "t", missing, "×", true).met);
        assert!(Verdict::at_most("w", "t", 1.0, "×", 1.0).met);
        assert!(!Verdict::below("w", "t", 1.0, "×", 1.0).met);
    }
}
