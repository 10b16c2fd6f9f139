//! `waybill tail`: follows the log, straight from the database.

mod line;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context;
use waybill_domain::{Audience, wire};
use waybill_infra::log::{Cursor, LogEvent};

use super::output::out;
use super::reading::{Reading, at_fault, log_quietly, place};
use crate::config::Sources;
use crate::push::topic::Wish;

/// Events read at once.
const PAGE: usize = 500;

const EXAMPLES: &str = "\
Examples:
  waybill tail                                    what happens from now on
  waybill tail --topic order:ORD-10012 --after earliest --no-follow
  waybill tail --type order.created --json | jq .data.pricing.total

Needs DATABASE_URL.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What to follow: `orders`, `customer:ID`, or `order:` and an id, a number or a reference
    #[arg(long, default_value = "orders", value_name = "TOPIC")]
    topic: Wish,
    /// Show only events of this type; may be given several times
    #[arg(long = "type", value_name = "TYPE", value_parser = types())]
    types: Vec<String>,
    /// Where to begin: `earliest`, `now`, a position, or a cursor
    #[arg(long, default_value = "now", value_name = "PLACE", value_parser = place, allow_hyphen_values = true)]
    after: Cursor,
    /// End after as many events
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// End where the log ends now
    #[arg(long)]
    no_follow: bool,
    /// Print each event as a line of JSON, as staff see it
    #[arg(long)]
    json: bool,
}

fn types() -> clap::builder::PossibleValuesParser {
    let readable = waybill_domain::EventKind::ALL.map(waybill_domain::EventKind::wire_type);
    readable.into_iter().chain([wire::UNREADABLE]).into()
}

/// Prints events until it is told to stop or has printed enough.
pub(super) async fn run(args: &Args, mut sources: Sources) -> anyhow::Result<ExitCode> {
    log_quietly(&mut sources)?;
    let reading = Reading::open(&sources).await?;
    follow(args, &reading).await?;
    reading.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn follow(args: &Args, reading: &Reading) -> anyhow::Result<()> {
    let log = &reading.log;
    let topic = reading.topic(&args.topic).await?;
    let mut head = log.head();
    let epoch = head.borrow().epoch;
    let end = head.borrow().mark.position;
    let mut after = log
        .resolve(&args.after)
        .await
        .map_err(at_fault("--after"))?;
    let mut left = args.limit.unwrap_or(u64::MAX);
    while left > 0 {
        anyhow::ensure!(
            head.borrow_and_update().epoch == epoch,
            "the log is another one now (a new epoch has begun): start again from a place in it"
        );
        let page = log.walk(&topic, after, PAGE).await?;
        let mut out = out();
        for event in &page.events {
            let past_the_end = args.no_follow && event.position() > end;
            if past_the_end || left == 0 {
                break;
            }
            if wanted(args, event) {
                if args.json {
                    out.write_all(event.wire(Audience::Staff))?;
                    writeln!(out)?;
                } else {
                    line::print(&mut out, event)?;
                }
                left -= 1;
            }
        }
        out.flush()?;
        drop(out);
        after = page.through;
        if args.no_follow && after >= end {
            break;
        }
        if !page.more && left > 0 {
            head.changed()
                .await
                .context("the log is no longer followed")?;
        }
    }
    Ok(())
}

fn wanted(args: &Args, event: &LogEvent) -> bool {
    args.types.is_empty() || args.types.iter().any(|name| name == event.wire_type())
}
