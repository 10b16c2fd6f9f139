//! The command line of the torture: a subcommand a work, made of the table of works.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{ArgMatches, Args as _, Command, FromArgMatches as _};
use waybill_tests::supervised::interruptible;
use waybill_torture::options::Options;
use waybill_torture::works::{WORKS, Work};
use waybill_torture::{FOUND, all, openapi, report};

fn cli() -> Command {
    // What is said of them comes last: the arguments bring words of their own along.
    let all = all::Options::augment_args(Command::new("all"))
        .about("Try everything, one after the other, and write the report")
        .long_about(None);
    let report = report::Options::augment_args(Command::new("report"))
        .about("Make the report anew from what the last runs found")
        .long_about(None);
    let works = WORKS.iter().map(|work| {
        Options::augment_args(Command::new(work.name))
            .about(work.title)
            .long_about(work.about)
    });
    Command::new("waybill-torture")
        .about(
            "Tries to make Waybill lose something, repeat something, or show it to the wrong one",
        )
        .arg_required_else_help(true)
        .subcommand_required(true)
        .subcommand(all)
        .subcommand(report)
        .subcommands(works)
}

/// How the program ends if it could not try.
const COULD_NOT: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    run().await.unwrap_or_else(|error| {
        eprintln!("waybill-torture: {error:#}");
        ExitCode::from(COULD_NOT)
    })
}

async fn run() -> anyhow::Result<ExitCode> {
    let matches = cli().get_matches();
    let (name, given) = matches.subcommand().unwrap_or(("all", &matches));
    match name {
        "all" => all::run(all::Options::from_arg_matches(given)?).await,
        "report" => {
            report::run(&report::Options::from_arg_matches(given)?)?;
            Ok(ExitCode::SUCCESS)
        }
        name => match WORKS.iter().find(|work| work.name == name) {
            Some(work) => one(work, given).await,
            None => anyhow::bail!("{name} is no work"),
        },
    }
}

/// Does a work, says what it found, and keeps that where it was asked for.
async fn one(work: &Work, given: &ArgMatches) -> anyhow::Result<ExitCode> {
    let mut options = Options::from_arg_matches(given)?;
    let seed = options.choose_seed();
    println!("seed {seed}");
    let json: Option<PathBuf> = options.json.take();
    let began = Instant::now();
    let mut tried = interruptible((work.run)(&options)).await?;
    work.name.clone_into(&mut tried.work);
    tried.seed = seed;
    // That one asks what the document has, however often that is.
    tried.asked = options.times.filter(|_| work.name != openapi::NAME);
    tried.secs = began.elapsed().as_secs_f64();
    tried.date = chrono::Utc::now().format("%Y-%m-%d").to_string();
    tried.print(&mut anstream::stdout().lock())?;
    if let Some(path) = json {
        tried.write(&path)?;
    }
    Ok(if tried.findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FOUND)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_work_is_a_subcommand_that_says_what_it_does() {
        let cli = cli();
        cli.clone().debug_assert();
        for work in WORKS {
            let command = cli.find_subcommand(work.name);
            let command = command.unwrap_or_else(|| panic!("{} is none", work.name));
            let about = command.get_long_about().map(ToString::to_string);
            assert!(about.is_some_and(|about| about.len() > 80), "{}", work.name);
        }
    }
}
