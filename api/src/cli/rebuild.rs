//! `waybill rebuild`: makes a read model anew beside the live one, and switches to it.

use std::io::Write as _;
use std::process::ExitCode;

use waybill_projections::ReadModels;
use waybill_projections::rebuild::{RebuildOptions, Rebuilt};

use super::output::out;
use super::progress::Progress;
use super::reading::{Reading, log_quietly};
use crate::config::Sources;

const EXAMPLES: &str = "\
Examples:
  waybill rebuild order_list
  waybill rebuild order_timeline --compare-only

Needs DATABASE_URL. Nodes go on serving meanwhile; a rebuild that is killed leaves the live copy as it was.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// `order_list`, `order_timeline` or `order_analytics`
    #[arg(value_name = "PROJECTION")]
    projection: String,
    /// Make the second copy and compare it, but don't switch to it
    #[arg(long)]
    compare_only: bool,
    /// Print what was made as JSON
    #[arg(long)]
    json: bool,
}

/// Rebuilds, with a progress bar, and tells how both copies compared.
pub(super) async fn run(args: &Args, mut sources: Sources) -> anyhow::Result<ExitCode> {
    log_quietly(&mut sources)?;
    let reading = Reading::open(&sources).await?;
    let options = RebuildOptions {
        switch: !args.compare_only,
        ..RebuildOptions::default()
    };
    let progress = Progress::default();
    let shown = ReadModels::new(reading.log.clone())
        .rebuild(&args.projection, options, &|now| {
            progress.show(now.phase.as_str(), now.done, now.total, now.per_second);
        })
        .await;
    progress.end();
    let made = shown?;
    let mut out = out();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&made)?)?;
    } else {
        tell(&mut out, &args.projection, &made)?;
    }
    drop(out);
    reading.close().await;
    Ok(ExitCode::SUCCESS)
}

fn tell(out: &mut impl std::io::Write, name: &str, made: &Rebuilt) -> std::io::Result<()> {
    let (orders, events, seconds) = (made.orders, made.events, made.seconds);
    writeln!(
        out,
        "{name}: {orders} orders made of {events} events in {seconds:.1} s ({:.0} events/s), {} parked",
        made.events_per_second, made.parked
    )?;
    match &made.compared {
        None => writeln!(
            out,
            "The live copy was made from another log, so there was nothing to compare."
        )?,
        Some(compared) => {
            writeln!(
                out,
                "Of {} rows {} differ from the live copy.",
                compared.rows, compared.differing
            )?;
            for order in &compared.examples {
                writeln!(out, "  {order}")?;
            }
        }
    }
    if made.switched {
        writeln!(out, "The new copy is live, at position {}.", made.position)
    } else {
        writeln!(out, "The live copy is what it was.")
    }
}
