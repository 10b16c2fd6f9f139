//! Everything, one after the other.
//!
//! Each work is a process of its own, so that one that fails is told as failed and takes nothing along, and so
//! that none measures in a process that another has filled.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::process::{Child, Command};

use crate::measured::Results;
use crate::works::{WORKS, Work};

/// How long a work that was told to end may take to tidy up.
const TIDYING: Duration = Duration::from_secs(20);

/// What is run, and where the report goes.
#[derive(Debug, Args)]
pub struct Options {
    /// A small version of each work, under three minutes in all. The figures say that everything works, and
    /// little else.
    #[arg(long)]
    quick: bool,
    /// Only these works.
    #[arg(long, value_name = "WORK,WORK", value_delimiter = ',')]
    only: Vec<String>,
    /// The folder for the report.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Runs the works and says how they went; fails if one of them did.
pub async fn run(options: Options) -> anyhow::Result<()> {
    for name in &options.only {
        let known = WORKS.iter().any(|work| work.name == name);
        anyhow::ensure!(known, "{name} is no work; there are {}", names());
    }
    let chosen: Vec<&Work> = WORKS
        .iter()
        .filter(|work| options.only.is_empty() || options.only.iter().any(|n| n == work.name))
        .collect();
    let folder = tempfile::tempdir()?;
    let began = Instant::now();
    let mut failed = Vec::new();
    let mut results = Results::default();
    for (nth, work) in chosen.iter().enumerate() {
        println!(
            "== {} of {}: {} ({}); {} s so far",
            nth + 1,
            chosen.len(),
            work.name,
            work.title,
            began.elapsed().as_secs()
        );
        let json = folder.path().join(format!("{}.json", work.name));
        match run_one(&options, work, &json).await {
            Ok(found) => results.extend(found),
            Err(error) => {
                eprintln!("{} failed: {error:#}", work.name);
                failed.push(work.name);
            }
        }
    }
    println!("== all, {} s", began.elapsed().as_secs());
    results.print()?;
    if let Some(out) = &options.out {
        std::fs::create_dir_all(out)?;
        results.write(&out.join("results.json"))?;
    }
    anyhow::ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

fn names() -> String {
    let names: Vec<_> = WORKS.iter().map(|work| work.name).collect();
    names.join(", ")
}

async fn run_one(options: &Options, work: &Work, json: &Path) -> anyhow::Result<Results> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(work.name).arg("--json").arg(json);
    if options.quick {
        command.arg("--quick");
    }
    // A group of its own: what it has started and not ended can be ended with it.
    let mut child = command
        .stdin(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let group = Group::of(&child)?;
    let bound = if options.quick {
        work.quick_bound
    } else {
        work.bound
    };
    let status = tokio::time::timeout(bound, child.wait()).await;
    let Ok(status) = status else {
        end(&mut child, &group).await?;
        anyhow::bail!("it was not done within {} s", bound.as_secs());
    };
    let status: ExitStatus = status?;
    anyhow::ensure!(status.success(), "{status}");
    Results::read(json)
}

/// Asks it to end, and insists after a while.
async fn end(child: &mut Child, group: &Group) -> anyhow::Result<()> {
    kill_process(group.0, Signal::TERM)?;
    if tokio::time::timeout(TIDYING, child.wait()).await.is_err() {
        child.kill().await?;
    }
    Ok(())
}

/// A work and what it has started. Whatever is left of it ends when this is dropped.
struct Group(Pid);

impl Group {
    fn of(child: &Child) -> anyhow::Result<Self> {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        let id = id.and_then(Pid::from_raw);
        Ok(Self(id.context("the work has ended at once")?))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Fails where nothing is left, which is how it should be.
        let _ = kill_process_group(self.0, Signal::KILL);
    }
}
