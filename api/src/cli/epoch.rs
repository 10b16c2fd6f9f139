//! `waybill epoch new`: to be run after the database was restored from a backup.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use waybill_infra::db::DbOptions;

use super::output::out;
use super::reading::{Reading, log_quietly};
use crate::config::{DatabaseConfig, Sources};

const EXAMPLES: &str = "\
Examples:
  waybill epoch new --reason 'restored the backup of 1 March'
  waybill epoch new --yes --reason 'promoted the standby'

Needs DATABASE_URL or MIGRATE_DATABASE_URL; docs/operations.md says when to do this.";

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Begin a new epoch: every cursor given out before is answered with a reset, so that clients start afresh.
    #[command(after_help = EXAMPLES)]
    New {
        /// Why, for whoever reads the table of epochs later; at most 200 characters
        #[arg(long, value_name = "TEXT", default_value = "by hand")]
        reason: String,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
}

/// Asks, unless told not to, and begins a new epoch.
pub(super) async fn run(command: &Command, mut sources: Sources) -> anyhow::Result<ExitCode> {
    let Command::New { reason, yes } = command;
    log_quietly(&mut sources)?;
    let url = DatabaseConfig::owner_url(&sources)?;
    let reading = Reading::at(&DbOptions::new(url.expose())).await?;
    let head = *reading.log.head().borrow();
    if !yes && !agreed(head.epoch)? {
        anstream::eprintln!("Nothing was changed.");
        return Ok(ExitCode::FAILURE);
    }
    let epoch = reading.log.new_epoch(reason).await?;
    writeln!(
        out(),
        "Epoch {epoch} has begun at position {}.",
        head.mark.position
    )?;
    reading.close().await;
    Ok(ExitCode::SUCCESS)
}

fn agreed(epoch: u32) -> anyhow::Result<bool> {
    anyhow::ensure!(
        io::stdin().is_terminal(),
        "this asks before it does anything, and there is no terminal to ask on: give --yes"
    );
    let mut screen = anstream::stderr();
    write!(
        screen,
        "The log is in epoch {epoch}. A new one makes every client drop its state and start afresh. Begin it? [y/N] "
    )?;
    screen.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
