//! The report: `results.json`, and the page that is made of it and of nothing else but the works' own words.

mod markdown;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::tried::Tried;
use crate::works::WORKS;

/// The page, in the folder of the report.
pub const PAGE: &str = "reliability.md";
/// What it is made of, there.
const RESULTS: &str = "reliability/results.json";

/// What was tried, by one run or by several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Whether the works were the small ones.
    pub quick: bool,
    /// The works, in their order.
    pub works: Vec<Tried>,
}

impl Report {
    /// Reads what runs have left in the folder of the report.
    pub fn read(docs: &Path) -> anyhow::Result<Self> {
        let path = docs.join(RESULTS);
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        serde_json::from_str(&text).with_context(|| path.display().to_string())
    }

    /// With what earlier runs have left there of works that are not in this one, or were skipped.
    #[must_use]
    pub fn with_the_rest_of(mut self, docs: &Path) -> Self {
        let before = Self::read(docs).ok();
        let before = before.filter(|before| before.quick == self.quick);
        for old in before.into_iter().flat_map(|before| before.works) {
            self.works
                .retain(|new| new.work != old.work || new.skipped.is_none());
            if self.works.iter().all(|new| new.work != old.work) {
                self.works.push(old);
            }
        }
        let place = |tried: &Tried| WORKS.iter().position(|work| work.name == tried.work);
        self.works.retain(|tried| place(tried).is_some());
        self.works.sort_by_key(place);
        self
    }

    /// Writes the results and the page.
    pub fn write(&self, docs: &Path) -> anyhow::Result<()> {
        let results = docs.join(RESULTS);
        if let Some(folder) = results.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(results, serde_json::to_string_pretty(self)? + "\n")?;
        std::fs::write(docs.join(PAGE), markdown::page(self))?;
        Ok(())
    }
}

/// Where the results are.
#[derive(Debug, Args)]
pub struct Options {
    /// The folder of the report, in which runs have left their results.
    #[arg(long, value_name = "FOLDER", default_value = "docs")]
    out: PathBuf,
}

/// Makes the page anew from the results of the last runs.
pub fn run(options: &Options) -> anyhow::Result<()> {
    Report::read(&options.out)?.write(&options.out)
}

#[cfg(test)]
mod tests;
