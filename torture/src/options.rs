//! What every work understands.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

/// How a work is done.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// A small version of the work, ten to twenty seconds. It shows that everything works, and little else.
    #[arg(long)]
    pub quick: bool,
    /// Repeats the choices of an earlier run: when what is done to whom. Chosen at random, and said, if left out.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u32>,
    /// How often the fault strikes, in place of the work's own number.
    #[arg(long, value_name = "NUMBER")]
    pub times: Option<u64>,
    /// The server that is tried; the one beside this program if left out.
    #[arg(long, value_name = "PATH")]
    waybill: Option<PathBuf>,
    /// Write what was found to this file, too, as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

impl Options {
    /// The seed, chosen now if none was given.
    pub fn choose_seed(&mut self) -> u64 {
        (*self.seed.get_or_insert_with(rand::random)).into()
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed.unwrap_or_default().into()
    }

    /// How often the fault strikes: as often as was asked for, else `full` times, or `quick` times.
    pub fn times(&self, full: u64, quick: u64) -> u64 {
        self.times.unwrap_or(if self.quick { quick } else { full })
    }

    /// The binary that is tried.
    pub fn waybill(&self) -> anyhow::Result<PathBuf> {
        let beside = std::env::current_exe()?.with_file_name("waybill");
        let path = self.waybill.clone().unwrap_or(beside);
        // What is started may be started from another folder.
        path.canonicalize().with_context(|| {
            let path = path.display();
            format!("{path} is not there: build waybill-api with the same profile, or --waybill")
        })
    }
}
