//! The report: `results.json`, and what is made of it and of nothing else.

mod bars;
mod lines;
mod markdown;
mod readme;
mod svg;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::measured::{Measured, Results, Verdict};
use crate::targets::{self, TARGETS};

/// The file with the figures, in the folder `benchmarks` of the report's.
const RESULTS: &str = "results.json";
/// The folder beside the report with figures and pictures.
const FOLDER: &str = "benchmarks";

/// A run of the bench.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Whether the works were the small ones.
    pub quick: bool,
    /// On what.
    pub machine: Machine,
    /// The works, in their order.
    pub works: Vec<Ran>,
}

/// A work that was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ran {
    /// The subcommand.
    pub name: String,
    /// What was typed, from `waybill-bench` on.
    pub command: String,
    /// When it began, UTC, to the minute.
    pub date: String,
    /// The commit that was built; with "+" where something was changed since.
    pub commit: String,
    /// How long it took.
    pub seconds: u64,
    /// Why there are no results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// What it found.
    pub results: Results,
}

impl Report {
    /// Reads what a run has left in the folder of the report.
    pub fn read(docs: &Path) -> anyhow::Result<Self> {
        let path = docs.join(FOLDER).join(RESULTS);
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        serde_json::from_str(&text).with_context(|| path.display().to_string())
    }

    /// Writes figures, report and pictures; and the README's section, if there is one beside the folder.
    pub fn write(&self, docs: &Path) -> anyhow::Result<()> {
        let folder = docs.join(FOLDER);
        std::fs::create_dir_all(&folder)?;
        let results = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(folder.join(RESULTS), results)?;
        for old in std::fs::read_dir(&folder)? {
            let old = old?.path();
            if old.extension().is_some_and(|kind| kind == "svg") {
                std::fs::remove_file(old)?;
            }
        }
        for (name, text) in self.files() {
            std::fs::write(docs.join(name), text)?;
        }
        let page = docs.join("../README.md");
        let text = std::fs::read_to_string(&page).unwrap_or_default();
        if let Some(text) = readme::with_section(&text, self) {
            std::fs::write(page, text)?;
        }
        Ok(())
    }

    /// Everything that is made of the figures: names below the folder of the report, and contents.
    fn files(&self) -> Vec<(PathBuf, String)> {
        let mut files: Vec<_> = TARGETS
            .iter()
            .filter_map(|target| Some((picture(target.id), self.plot(target)?)))
            .collect();
        files.push((PathBuf::from("benchmarks.md"), markdown::page(self)));
        files
    }

    fn plot(&self, target: &targets::Target) -> Option<String> {
        let lines: Vec<_> = self.measured(target.id).collect();
        match target.id {
            "growth" => lines::draw("What grows with the log", &lines, 1.3),
            "per-topic" => lines::draw("What grows with the clients", &lines, 1.2),
            _ => None,
        }
        .or_else(|| bars::draw(target.title, &lines))
    }

    /// The figures of a row.
    fn measured<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Measured> {
        let all = self.works.iter().flat_map(|work| &work.results.measured);
        all.filter(move |line| line.work == id)
    }

    /// The verdicts of a row.
    fn verdicts<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Verdict> {
        let all = self.works.iter().flat_map(|work| &work.results.verdicts);
        all.filter(move |verdict| verdict.work == id)
    }

    /// The work that found something of a row.
    fn ran(&self, id: &str) -> Option<&Ran> {
        self.works.iter().find(|work| {
            let measured = work.results.measured.iter().any(|line| line.work == id);
            measured
                || work
                    .results
                    .verdicts
                    .iter()
                    .any(|verdict| verdict.work == id)
        })
    }
}

fn picture(id: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{id}.svg"))
}

/// Where the figures are.
#[derive(Debug, Args)]
pub struct Options {
    /// The folder of the report, in which a run has left its figures.
    #[arg(long, value_name = "FOLDER", default_value = "docs")]
    out: PathBuf,
}

/// Makes the report anew from the figures of the last run.
pub fn run(options: &Options) -> anyhow::Result<()> {
    Report::read(&options.out)?.write(&options.out)
}

#[cfg(test)]
mod tests;
