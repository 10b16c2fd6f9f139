//! `docs/benchmarks.md`.

use std::fmt::Write as _;

use super::{FOLDER, Ran, Report, picture};
use crate::measured::{Measured, Verdict, WAYBILL, figure};
use crate::targets::{TARGETS, Target};

const HEAD: &str = "\
<!-- Made by `make bench` of docs/benchmarks/results.json, bench/src/targets.rs and the texts in bench/src/report/.
     Change those, and say `cargo run -p waybill-bench -- report`. -->
# Benchmarks

";
const INTRODUCTION: &str = include_str!("introduction.md");
const CONCLUSIONS: &str = include_str!("conclusions.md");
const PEERS: &str = include_str!("peers.md");
const AGAIN: &str = include_str!("again.md");

/// The page.
pub fn page(report: &Report) -> String {
    let mut page = Page(String::from(HEAD));
    page.text(INTRODUCTION);
    page.summary(report);
    page.text(CONCLUSIONS);
    page.machine(report);
    page.line("## The figures\n");
    page.line("The median of the turns is what is quoted; each turn's figure stands beside it, in the order of the turns.\n");
    for target in TARGETS {
        page.target(report, target);
    }
    page.text(PEERS);
    page.text(AGAIN);
    page.runs(report);
    page.0
}

struct Page(String);

impl Page {
    fn line(&mut self, line: impl AsRef<str>) {
        self.0.push_str(line.as_ref());
        self.0.push('\n');
    }

    fn text(&mut self, text: &str) {
        self.line(text);
    }

    fn summary(&mut self, report: &Report) {
        self.line("## In short\n");
        if report.quick {
            self.line("**This was a quick run.** It shows that everything works; its figures say little.\n");
        }
        self.line("| work | wanted | found | |\n|---|---|---|---|");
        for target in TARGETS {
            let mut verdicts = report.verdicts(target.id).peekable();
            if verdicts.peek().is_none() {
                let state = if report.ran(target.id).is_some() {
                    "shown below"
                } else {
                    "not measured"
                };
                self.line(format!(
                    "| [{}](#{}) | {} | – | {state} |",
                    target.title, target.id, target.wanted
                ));
            }
            for (nth, verdict) in verdicts.enumerate() {
                let work = if nth == 0 {
                    format!("[{}](#{})", target.title, target.id)
                } else {
                    String::new()
                };
                self.line(format!(
                    "| {work} | {} | {} | {} |",
                    cell(&verdict.target),
                    value(verdict),
                    met(verdict)
                ));
            }
        }
        self.line("");
        self.missed(report);
    }

    /// What is missed is said first, and why, as far as that is known.
    fn missed(&mut self, report: &Report) {
        let failed: Vec<_> = report
            .works
            .iter()
            .filter(|work| work.failed.is_some())
            .collect();
        for work in failed {
            let why = work.failed.as_deref().unwrap_or_default();
            self.line(format!("**`{}` failed:** {why}.\n", work.name));
        }
        let all = report.works.iter().flat_map(|work| &work.results.verdicts);
        let missed: Vec<_> = all.filter(|verdict| !verdict.met).collect();
        if missed.is_empty() {
            return;
        }
        self.line("What is missed:\n");
        for verdict in missed {
            let why = verdict
                .note
                .as_deref()
                .map(|note| format!(" {note}"))
                .unwrap_or_default();
            let (target, found) = (&verdict.target, value(verdict));
            self.line(format!(
                "- **{}:** wanted {target}, found {found}.{why}",
                verdict.work
            ));
        }
        self.line("");
    }

    fn machine(&mut self, report: &Report) {
        let machine = &report.machine;
        self.line("## The machine\n");
        self.line("| | |\n|---|---|");
        self.line(format!(
            "| processor | {}, {} cores |",
            machine.cpu, machine.cores
        ));
        #[expect(clippy::cast_precision_loss, reason = "exact up to 8 PiB")]
        let memory = machine.memory_bytes as f64 / f64::from(1 << 30);
        self.line(format!("| memory | {memory:.1} GiB |"));
        self.line(format!("| kernel | {} |", machine.kernel));
        for (name, version) in &machine.versions {
            self.line(format!("| {name} | {version} |"));
        }
        self.line("");
    }

    fn target(&mut self, report: &Report, target: &Target) {
        let (id, title) = (target.id, target.title);
        self.line(format!("### <a id=\"{id}\"></a>{title}\n"));
        self.line(format!("Wanted, of {}: {}.\n", target.work, target.wanted));
        self.line(format!("{}\n", target.about.trim()));
        let Some(ran) = report.ran(id) else {
            self.line("Not measured in this run.\n");
            return;
        };
        self.line(format!("```sh\n{}\n```\n", ran.command));
        if report.plot(target).is_some() {
            self.line(format!("![{title}]({})\n", picture(id).display()));
        }
        let lines: Vec<_> = report.measured(id).collect();
        self.figures(&lines);
        for verdict in report.verdicts(id) {
            let note = verdict
                .note
                .as_deref()
                .map(|note| format!(" ({note})"))
                .unwrap_or_default();
            let (wanted, found) = (&verdict.target, value(verdict));
            self.line(format!("- {}: {wanted}: **{found}**{note}", met(verdict)));
        }
        self.line("");
    }

    fn figures(&mut self, lines: &[&Measured]) {
        if lines.is_empty() {
            return;
        }
        self.line("| | who | median | | each turn | beside us |\n|---|---|---:|---|---|---|");
        let mut notes: Vec<&str> = Vec::new();
        for line in lines {
            let mark = line.note.as_deref().map(|note| {
                let known = notes.iter().position(|known| *known == note);
                let nth = known.unwrap_or_else(|| {
                    notes.push(note);
                    notes.len() - 1
                });
                format!(" <sup>{}</sup>", nth + 1)
            });
            let runs: Vec<_> = line.runs.iter().map(|run| figure(*run)).collect();
            self.line(format!(
                "| {}{} | {} | {} | {} | {} | {} |",
                cell(&line.what),
                mark.unwrap_or_default(),
                cell(&line.subject),
                figure(line.median()),
                cell(&line.unit),
                runs.join(", "),
                beside(line, lines),
            ));
        }
        self.line("");
        for (nth, note) in notes.iter().enumerate() {
            self.line(format!("<sup>{}</sup> {note}  ", nth + 1));
        }
        if !notes.is_empty() {
            self.line("");
        }
    }

    fn runs(&mut self, report: &Report) {
        self.line("| work | began (UTC) | took | commit | |\n|---|---|---:|---|---|");
        for work in &report.works {
            let Ran {
                name,
                date,
                seconds,
                commit,
                ..
            } = work;
            let state = if work.failed.is_some() { "failed" } else { "" };
            self.line(format!(
                "| `{name}` | {date} | {seconds} s | {commit} | {state} |"
            ));
        }
        let all: u64 = report.works.iter().map(|work| work.seconds).sum();
        let _ = writeln!(self.0, "| all | | {} min | | |", all.div_ceil(60)); // to a String
        let _ = writeln!(
            self.0,
            "\nThe figures as they were written down: [results.json]({FOLDER}/results.json)."
        );
    }
}

/// How many times the peer's figure ours is.
fn beside(line: &Measured, lines: &[&Measured]) -> String {
    if line.subject == WAYBILL {
        return String::new();
    }
    let ours = lines
        .iter()
        .find(|other| other.subject == WAYBILL && other.what == line.what);
    ours.map_or_else(String::new, |ours| {
        format!("waybill: {} ×", figure(ours.median() / line.median()))
    })
}

fn value(verdict: &Verdict) -> String {
    format!("{} {}", figure(verdict.value), verdict.unit)
}

fn met(verdict: &Verdict) -> &'static str {
    if verdict.met { "met" } else { "**not met**" }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
