//! `docs/reliability.md`.

use super::{RESULTS, Report};
use crate::tried::{Figure, Tried};
use crate::works::{WORKS, Work};

const HEAD: &str = "\
<!-- Made by `make torture` of docs/reliability/results.json, torture/src/works.rs and the texts in torture/src/report/.
     Change those, and say `cargo run -p waybill-torture -- report`. -->
# Reliability

";
const INTRODUCTION: &str = include_str!("introduction.md");
const AGAIN: &str = include_str!("again.md");

/// The page.
pub fn page(report: &Report) -> String {
    let mut page = Page(String::from(HEAD));
    page.line(INTRODUCTION);
    page.summary(report);
    page.line("## What was done\n");
    for tried in &report.works {
        if let Some(work) = WORKS.iter().find(|work| work.name == tried.work) {
            page.work(work, tried, report.quick);
        }
    }
    page.line(AGAIN);
    page.line(format!(
        "What was found, as it was written down: [results.json]({RESULTS})."
    ));
    page.0
}

struct Page(String);

impl Page {
    fn line(&mut self, line: impl AsRef<str>) {
        self.0.push_str(line.as_ref());
        self.0.push('\n');
    }

    fn summary(&mut self, report: &Report) {
        self.line("## In short\n");
        if report.quick {
            self.line(
                "**This was a quick run.** It shows that everything works, and little else.\n",
            );
        }
        self.line("| tried | times | found |\n|---|---:|---|");
        for tried in &report.works {
            let title = WORKS.iter().find(|work| work.name == tried.work);
            let title = title.map_or(tried.work.as_str(), |work| work.title);
            self.line(format!(
                "| [{title}](#{}) | {} | {} |",
                tried.work,
                grouped(tried.times),
                verdict(tried)
            ));
        }
        self.line("");
    }

    fn work(&mut self, work: &Work, tried: &Tried, quick: bool) {
        let name = work.name;
        self.line(format!("### <a id=\"{name}\"></a>{}\n", work.title));
        self.line(format!("{}\n", work.about.trim()));
        let quick = if quick { " --quick" } else { "" };
        let times = tried.asked.map(|times| format!(" --times {times}"));
        let times = times.unwrap_or_default();
        let (seed, date, commit) = (tried.seed, &tried.date, &tried.commit);
        self.line(format!(
            "```sh\nwaybill-torture {name}{quick} --seed {seed}{times}   # {date}, {:.0} s, commit {commit}\n```\n",
            tried.secs
        ));
        self.line(format!("{}\n", tried.what.trim()));
        if let Some(why) = &tried.skipped {
            self.line(format!("Not tried: {why}.\n"));
        }
        for finding in tried.findings.iter().chain(&tried.failed) {
            self.line(format!("- **found:** {finding}"));
        }
        if !tried.passed() {
            self.line("");
        }
        if !tried.counts.is_empty() || !tried.figures.is_empty() {
            self.line("| | |\n|---|---:|");
            for (what, count) in &tried.counts {
                self.line(format!("| {} | {} |", cell(what), grouped(*count)));
            }
            for figure in &tried.figures {
                self.line(format!("| {} | {} |", cell(&label(figure)), value(figure)));
            }
            self.line("");
        }
        if let Some(note) = &tried.note {
            self.line(format!("{}\n", note.trim()));
        }
    }
}

fn verdict(tried: &Tried) -> String {
    match (&tried.failed, &tried.skipped, tried.findings.len()) {
        (Some(_), ..) => "**could not be tried**".to_owned(),
        (None, Some(_), _) => "not tried".to_owned(),
        (None, None, 0) => "nothing".to_owned(),
        (None, None, found) => format!("**{found}**"),
    }
}

fn label(figure: &Figure) -> String {
    let note = figure.note.as_deref().map(|note| format!(" ({note})"));
    format!("{}{}", figure.what, note.unwrap_or_default())
}

fn value(figure: &Figure) -> String {
    let Figure { value, unit, .. } = figure;
    let bound = figure
        .bound
        .map(|bound| format!(", at most {}", short(bound)));
    format!("{} {unit}{}", short(*value), bound.unwrap_or_default())
}

fn short(value: f64) -> String {
    if value.fract() == 0.0 || value.abs() >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    }
}

/// With a comma after each thousand.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(short(12.34), "12.3");
        assert_eq!(short(1_234.5), "1234");
        assert_eq!(short(8.0), "8");
    }
}
