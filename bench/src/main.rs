//! Measurements of Waybill beside its peers, in the same run on the same machine.
//!
//! These machines are small and noisy, so what counts is the ratio. `cargo run --release -p waybill-bench
//! -- commands` starts a private Postgres on disk with fsync on and takes turns between the two; `storm`
//! has thousands of clients come back to a node at once.

mod commands;
mod storm;

use clap::{Parser, Subcommand};

/// Measures Waybill beside its peers.
#[derive(Debug, Parser)]
#[command(name = "waybill-bench", arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Commands a second in process: a new order, then a status change, by many writers at once; beside
    /// stock cqrs-es with postgres-es.
    Commands(commands::Options),
    /// Clients come back at once to a node that has just been started, each from a place of its own. Needs
    /// `cargo build --release -p waybill-api` before.
    Storm(storm::Options),
    /// Plays the clients of a storm, for `storm`.
    #[command(hide = true)]
    StormClients,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().bench {
        Bench::Commands(options) => commands::run(options).await,
        Bench::Storm(options) => storm::run(options).await,
        Bench::StormClients => storm::run_clients().await,
    }
}
