//! `waybill verify`: whether the log is whole, and whether the read models say what it says.

use std::io::Write as _;
use std::process::ExitCode;

use owo_colors::OwoColorize;
use waybill_projections::ReadModels;
use waybill_projections::verify::{Finding, Verified, VerifyOptions, Walk};

use super::output::{harmless, is_closed_pipe, out};
use super::progress::Progress;
use super::reading::{Reading, log_quietly};
use crate::config::{ConfigErrors, Sources};

/// Told apart from findings: nothing is known about the log.
const COULD_NOT: u8 = 3;

const EXAMPLES: &str = "\
Examples:
  waybill verify
  waybill verify --json | jq .findings

Looks at: positions without gaps, times that never go back, versions of each order without gaps, events that load,
and read models that equal a fresh replay. May run beside a working system.

Needs DATABASE_URL. Exit codes: 0 all is well, 1 something was found, 3 it could not look, 78 wrong settings.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Print at most so many findings; further ones are counted
    #[arg(long, value_name = "N", default_value_t = 100)]
    findings: usize,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Verifies, with a progress bar, and prints what was found.
pub(super) async fn run(args: &Args, sources: Sources) -> anyhow::Result<ExitCode> {
    match verify(args, sources).await {
        Ok(code) => Ok(code),
        Err(error) if error.is::<ConfigErrors>() || is_closed_pipe(&error) => Err(error),
        Err(error) => {
            super::complain(&error);
            Ok(ExitCode::from(COULD_NOT))
        }
    }
}

async fn verify(args: &Args, mut sources: Sources) -> anyhow::Result<ExitCode> {
    log_quietly(&mut sources)?;
    let reading = Reading::open(&sources).await?;
    let options = VerifyOptions {
        findings: args.findings,
        ..VerifyOptions::default()
    };
    let progress = Progress::default();
    let verified = ReadModels::new(reading.log.clone())
        .verify(options, &|now| {
            progress.show(name(now.walk), now.done, now.total, now.per_second);
        })
        .await;
    progress.end();
    let verified = verified?;
    let mut out = out();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&verified)?)?;
    } else {
        tell(&mut out, &verified)?;
    }
    drop(out);
    reading.close().await;
    Ok(if verified.found == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn name(walk: Walk) -> &'static str {
    match walk {
        Walk::Positions => "positions",
        Walk::Orders => "orders",
        Walk::Rows => "rows",
    }
}

fn tell(out: &mut impl std::io::Write, verified: &Verified) -> std::io::Result<()> {
    for finding in &verified.findings {
        writeln!(out, "{} {}", "found:".red().bold(), sentence(finding))?;
    }
    let shown = verified.findings.len() as u64;
    if verified.found > shown {
        writeln!(out, "and {} more", verified.found - shown)?;
    }
    let (events, orders) = (verified.events, verified.orders);
    let verdict = match verified.found {
        0 => "all is well".green().to_string(),
        found => format!("{found} found").red().to_string(),
    };
    writeln!(out, "{events} events of {orders} orders: {verdict}")
}

fn sentence(finding: &Finding) -> String {
    let mut words = Vec::new();
    words.extend(
        finding
            .position
            .map(|position| format!("position {position}")),
    );
    words.extend(finding.order_id.map(|order| format!("order {order}")));
    words.push(harmless(&finding.problem));
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use waybill_domain::Position;

    use super::*;

    #[test]
    fn findings_are_told_one_a_line_and_those_that_are_not_shown_are_counted() {
        let finding = Finding {
            position: Some(Position(7)),
            order_id: None,
            problem: "has version 3, expected 2".to_owned(),
        };
        let verified = Verified {
            events: 10,
            orders: 2,
            findings: vec![finding],
            found: 3,
        };
        let mut out = anstream::StripStream::new(Vec::new());
        tell(&mut out, &verified).unwrap();
        assert_eq!(
            String::from_utf8(out.into_inner()).unwrap(),
            "found: position 7, has version 3, expected 2\nand 2 more\n10 events of 2 orders: 3 found\n"
        );
    }
}
