//! `waybill parked`: orders that a read model could not follow.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context;
use owo_colors::OwoColorize;
use waybill_domain::OrderKey;
use waybill_projections::{Parked, ReadModels, Redriven};

use super::output::{harmless, out};
use super::reading::{Reading, log_quietly};
use crate::config::Sources;

const LIST_EXAMPLES: &str = "\
Example:
  waybill parked list --json | jq -r .order_id

Needs DATABASE_URL.";

const REDRIVE_EXAMPLES: &str = "\
Examples:
  waybill parked redrive ORD-10012
  waybill parked redrive ORD-10012 --projection order_list

Needs DATABASE_URL. Exit codes: 0 nothing is parked any more, 1 it still is, or the command failed.";

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Show them, with the reason of each, which quotes no content
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// At most so many of each projection
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: usize,
        /// Print each as a line of JSON
        #[arg(long)]
        json: bool,
    },
    /// Make the rows of one order anew from all of its events, once the cause is gone
    #[command(after_help = REDRIVE_EXAMPLES)]
    Redrive {
        /// Its id, its number or the shop's reference
        #[arg(value_name = "ORDER")]
        order: OrderKey,
        /// Only in this read model: `order_list`, `order_timeline` or `order_analytics`
        #[arg(long, value_name = "NAME")]
        projection: Option<String>,
    },
}

/// Shows or redrives.
pub(super) async fn run(command: &Command, mut sources: Sources) -> anyhow::Result<ExitCode> {
    log_quietly(&mut sources)?;
    let reading = Reading::open(&sources).await?;
    let models = ReadModels::new(reading.log.clone());
    let code = match command {
        Command::List { limit, json } => list(&models, *limit, *json).await?,
        Command::Redrive { order, projection } => {
            redrive(&reading, &models, order, projection.as_deref()).await?
        }
    };
    reading.close().await;
    Ok(code)
}

async fn list(models: &ReadModels, limit: usize, json: bool) -> anyhow::Result<ExitCode> {
    let parked = models.parked(limit).await?;
    let mut out = out();
    for order in &parked {
        if json {
            writeln!(out, "{}", serde_json::to_string(order)?)?;
        } else {
            show(&mut out, order)?;
        }
    }
    if parked.is_empty() && !json {
        writeln!(out, "No order is parked.")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(out: &mut impl std::io::Write, parked: &Parked) -> std::io::Result<()> {
    let number = parked.order_number.as_deref().unwrap_or("?");
    writeln!(
        out,
        "{}  {}  {}",
        parked.projection.cyan(),
        harmless(number).bold(),
        parked.order_id
    )?;
    writeln!(
        out,
        "  {} (version {}, position {}): {}",
        parked
            .event_type
            .as_deref()
            .map_or("?".to_owned(), harmless),
        parked.version,
        parked.position,
        harmless(&parked.reason).red()
    )?;
    writeln!(
        out,
        "  since {}, {} events waiting",
        parked.parked_at, parked.waiting
    )
}

async fn redrive(
    reading: &Reading,
    models: &ReadModels,
    order: &OrderKey,
    only: Option<&str>,
) -> anyhow::Result<ExitCode> {
    let names: Vec<_> = models.names().collect();
    anyhow::ensure!(
        only.is_none_or(|only| names.contains(&only)),
        "there is no such projection (--projection); there are {}",
        names.join(", ")
    );
    let found = reading.orders.find(order).await?;
    let order = found.context("there is no such order")?.order_id;
    let mut out = out();
    let mut code = ExitCode::SUCCESS;
    for (projection, outcome) in models.redrive(order, only).await? {
        let said = match outcome {
            Redriven::NotParked => "was not parked".to_owned(),
            Redriven::Unparked => "is back".green().to_string(),
            Redriven::StillParked { reason } => {
                code = ExitCode::FAILURE;
                format!("{}: {}", "is still parked".red(), harmless(&reason))
            }
        };
        writeln!(out, "{projection}: {said}")?;
    }
    Ok(code)
}
