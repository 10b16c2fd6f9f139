//! Everything, one after the other.
//!
//! Each work is a process of its own, so that one that fails is told as failed and takes nothing along, and so
//! that none measures in a process that another has filled.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use owo_colors::OwoColorize as _;
use tokio::process::Command;
use waybill_tests::run::{clock, commit};
use waybill_tests::supervised::{self, Interrupt};

use crate::machine::Machine;
use crate::measured::Results;
use crate::report::{Ran, Report};
use crate::works::{WORKS, Work};

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
    let mut interrupt = Interrupt::catch()?;
    let folder = tempfile::tempdir()?;
    let machine = Machine::this();
    let commit = commit().await;
    let began = Instant::now();
    let mut works = Vec::new();
    for (nth, work) in chosen.iter().enumerate() {
        let place = format!("[{}/{}]", nth + 1, chosen.len());
        let passed = clock(began.elapsed());
        anstream::println!(
            "\n{} {}  {}",
            place.cyan().bold(),
            work.title.bold(),
            format!("{}, {passed} so far", work.name).dimmed()
        );
        let json = folder.path().join(work.name);
        let ran = run_one(&options, work, &json, &commit, &mut interrupt).await?;
        let took = clock(Duration::from_secs(ran.seconds));
        anstream::println!("  {}", format!("took {took}").dimmed());
        if let Some(why) = &ran.failed {
            anstream::eprintln!("  {} {why}", "failed:".red().bold());
        }
        works.push(ran);
    }
    let report = Report {
        quick: options.quick,
        machine,
        works,
    };
    let failed = tell(&report, began.elapsed())?;
    if let Some(out) = &options.out {
        let report = with_the_rest(report, out, options.only.is_empty());
        report.write(out)?;
        println!("Written: {}", out.join("benchmarks.md").display());
    }
    anyhow::ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

/// Prints what was wanted and what was found, and returns which works failed.
fn tell(report: &Report, took: Duration) -> std::io::Result<Vec<String>> {
    let mut out = anstream::stdout().lock();
    writeln!(
        out,
        "\n{} {}",
        "All of it".bold(),
        format!("in {}", clock(took)).dimmed()
    )?;
    let verdicts = report.works.iter().flat_map(|work| &work.results.verdicts);
    for verdict in verdicts.clone() {
        verdict.print(&mut out)?;
    }
    let (met, all) = (
        verdicts.clone().filter(|verdict| verdict.met).count(),
        verdicts.count(),
    );
    let failed = report.works.iter().filter(|work| work.failed.is_some());
    let failed: Vec<_> = failed.map(|work| work.name.clone()).collect();
    writeln!(
        out,
        "{met} of {all} targets met, {} works failed",
        failed.len()
    )?;
    Ok(failed)
}

/// Where only some works were run, the others stay in the report as they were, if they were measured on this machine.
fn with_the_rest(mut report: Report, out: &Path, all: bool) -> Report {
    let before = Report::read(out)
        .ok()
        .filter(|before| !all && before.quick == report.quick && before.machine == report.machine);
    for old in before.into_iter().flat_map(|before| before.works) {
        if report.works.iter().all(|new| new.name != old.name) {
            report.works.push(old);
        }
    }
    let place = |ran: &Ran| WORKS.iter().position(|work| work.name == ran.name);
    report.works.retain(|ran| place(ran).is_some());
    report.works.sort_by_key(place);
    report
}

fn names() -> String {
    let names: Vec<_> = WORKS.iter().map(|work| work.name).collect();
    names.join(", ")
}

/// Runs a work in a process of its own. That it failed is a result, too.
async fn run_one(
    options: &Options,
    work: &Work,
    json: &Path,
    commit: &str,
    interrupt: &mut Interrupt,
) -> anyhow::Result<Ran> {
    let mut arguments = vec![work.name];
    if options.quick {
        arguments.push("--quick");
    }
    let mut command = Command::new(std::env::current_exe()?);
    command.args(&arguments).arg("--json").arg(json);
    let date = chrono::Utc::now().format("%Y-%m-%d %H:%M").to_string();
    let began = Instant::now();
    let bound = if options.quick {
        work.quick_bound
    } else {
        work.bound
    };
    let done = supervised::run(command, bound, None, interrupt).await;
    anyhow::ensure!(!interrupt.came, "interrupted");
    let results = done.and_then(|()| Results::read(json));
    let (results, failed) = match results {
        Ok(results) => (results, None),
        Err(error) => (Results::default(), Some(format!("{error:#}"))),
    };
    Ok(Ran {
        name: work.name.to_owned(),
        command: format!("waybill-bench {}", arguments.join(" ")),
        date,
        commit: commit.to_owned(),
        seconds: began.elapsed().as_secs(),
        failed,
        results,
    })
}
