//! Everything, one after the other.
//!
//! Each work is a process of its own, so that one that fails is told as failed and takes nothing along, and so that
//! whatever it has started ends with it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use owo_colors::OwoColorize as _;
use tokio::process::Command;
use waybill_tests::run::{clock, commit};
use waybill_tests::supervised::{self, Interrupt};

use crate::FOUND;
use crate::report::{self, Report};
use crate::tried::Tried;
use crate::works::{WORKS, Work};

/// What is tried, and where the report goes.
#[derive(Debug, Args)]
pub struct Options {
    /// A small version of each work, under ten minutes in all. It shows that everything works, and little else.
    #[arg(long)]
    quick: bool,
    /// The seed of every work; chosen at random for each if left out.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u32>,
    /// How often the fault strikes, in place of each work's own number.
    #[arg(long, value_name = "NUMBER")]
    times: Option<u64>,
    /// The server that is tried; the one beside this program if left out.
    #[arg(long, value_name = "PATH")]
    waybill: Option<PathBuf>,
    /// Only these works; in the report the others stay as they were.
    #[arg(long, value_name = "WORK,WORK", value_delimiter = ',')]
    only: Vec<String>,
    /// The folder for the report.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Runs the works and says how they went; not a success if something was found.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    for name in &options.only {
        let known = WORKS.iter().any(|work| work.name == name);
        anyhow::ensure!(known, "{name} is no work; there are {}", names());
    }
    let chosen: Vec<&Work> = WORKS
        .iter()
        .filter(|work| options.only.is_empty() || options.only.iter().any(|n| n == work.name))
        .collect();
    let mut interrupt = Interrupt::catch()?;
    let folder = tempfile::tempdir()?;
    let commit = commit().await;
    let began = Instant::now();
    let mut all = Vec::new();
    for (nth, work) in chosen.iter().enumerate() {
        let place = format!("[{}/{}]", nth + 1, chosen.len());
        let passed = format!("{}, {} so far", work.name, clock(began.elapsed()));
        anstream::println!(
            "\n{} {}  {}",
            place.cyan().bold(),
            work.title.bold(),
            passed.dimmed()
        );
        let json = folder.path().join(work.name);
        let mut tried = run_one(&options, work, &json, &mut interrupt).await?;
        tried.commit.clone_from(&commit);
        all.push(tried);
    }
    let bad: Vec<_> = all.iter().filter(|tried| !tried.passed()).collect();
    table(&all, began.elapsed());
    let code = if bad.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FOUND)
    };
    if let Some(out) = &options.out {
        let report = Report {
            quick: options.quick,
            works: all,
        };
        report.with_the_rest_of(out).write(out)?;
        println!("Written: {}", out.join(report::PAGE).display());
    }
    Ok(code)
}

/// A line a work.
fn table(all: &[Tried], took: Duration) {
    let took = format!("in {}", clock(took));
    anstream::println!("\n{} {}", "All of it".bold(), took.dimmed());
    for tried in all {
        let verdict = match (&tried.failed, &tried.skipped, tried.findings.len()) {
            (Some(why), ..) => format!("failed: {why}").red().to_string(),
            (None, Some(why), _) => format!("not tried: {why}").yellow().to_string(),
            (None, None, 0) => "nothing lost".green().to_string(),
            (None, None, found) => format!("{found} found").red().bold().to_string(),
        };
        anstream::println!(
            "  {:<20} {:>7} times {:>7.0} s  {verdict}",
            tried.work,
            tried.times,
            tried.secs
        );
    }
}

/// Runs a work in a process of its own. That it could not be tried is a result, too.
async fn run_one(
    options: &Options,
    work: &Work,
    json: &Path,
    interrupt: &mut Interrupt,
) -> anyhow::Result<Tried> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(work.name).arg("--json").arg(json);
    if options.quick {
        command.arg("--quick");
    }
    if let Some(seed) = options.seed {
        command.args(["--seed", &seed.to_string()]);
    }
    if let Some(times) = options.times {
        command.args(["--times", &times.to_string()]);
    }
    if let Some(waybill) = &options.waybill {
        command.arg("--waybill").arg(waybill);
    }
    let bound = if options.quick {
        work.quick_bound
    } else {
        work.bound
    };
    let began = Instant::now();
    let done = supervised::run(command, bound, Some(FOUND.into()), interrupt).await;
    anyhow::ensure!(!interrupt.came, "interrupted");
    Ok(done
        .and_then(|()| Tried::read(json))
        .unwrap_or_else(|error| Tried {
            work: work.name.to_owned(),
            what: work.title.to_owned(),
            secs: began.elapsed().as_secs_f64(),
            failed: Some(format!("{error:#}")),
            date: chrono::Utc::now().format("%Y-%m-%d").to_string(),
            ..Tried::default()
        }))
}

fn names() -> String {
    let names: Vec<_> = WORKS.iter().map(|work| work.name).collect();
    names.join(", ")
}
