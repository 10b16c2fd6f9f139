//! Measurements of Waybill beside its peers, in the same run on the same machine.
//!
//! These machines are small and noisy, so what counts is the ratio. Each work is a subcommand of its own that
//! starts what it needs, takes turns between the sides, and prints what it found; `all` runs one after the
//! other and writes the report. Begin reading at [`works`], [`targets`] and [`measured`].

mod all;
mod commands;
mod fanout;
mod fill;
mod growth;
mod http;
mod locks;
mod machine;
mod measured;
mod pgbench;
mod rebuild;
mod replay;
mod report;
mod server;
mod storm;
mod targets;
mod works;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use waybill_tests::supervised::interruptible;

use measured::Results;

/// The one of `waybill`, for what is measured in this process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Waybill beside its peers.
#[derive(Debug, Parser)]
#[command(name = "waybill-bench", arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Run everything, one after the other, and write the report.
    All(all::Options),
    /// Commands a second in process: a new order, then a status change, by many writers at once; beside
    /// stock cqrs-es with postgres-es.
    Commands(Measuring<commands::Options>),
    /// Events to many clients, beside Socket.IO, Nchan and a bare loop of write(2): in a burst, at an even rate,
    /// and to clients that follow a topic each; and the memory of idle connections.
    Fanout(Measuring<fanout::Options>),
    /// Plays the clients of a fan-out, for `fanout`.
    #[command(hide = true)]
    FanoutClients,
    /// The bare loop of write(2), for `fanout`.
    #[command(hide = true)]
    FanoutBare,
    /// Writes a log of as many events as are wanted into a database whose schema is up to date.
    Fill(fill::Options),
    /// Commands a second over HTTP by clients that keep their connections, a token checked for each; beside
    /// Express with Emmett's event store. Needs `npm ci` in bench/peers/emmett, and `waybill` beside this program.
    Http(Measuring<http::Options>),
    /// The two candidates for the append's lock side by side, plain and behind a snapshot that is held open.
    Locks(Measuring<locks::Options>),
    /// Read models made anew from a long log while a node serves and commands come in: events a second, and how far
    /// the live copies fall behind meanwhile. Needs `cargo build --release -p waybill-api` before.
    Rebuild(Measuring<rebuild::Options>),
    /// Appends, loads, lists, replays' pages and a node's start on logs of ten thousand to ten million events.
    Growth(Measuring<growth::Options>),
    /// One client replays the whole log: from Postgres, and from a ring that holds all of it.
    Replay(Measuring<replay::Options>),
    /// Clients come back at once to a node that has just been started, each from a place of its own. Needs
    /// `cargo build --release -p waybill-api` before.
    Storm(Measuring<storm::Options>),
    /// Make the report anew from the figures of the last run.
    Report(report::Options),
    /// Plays the clients of a storm, for `storm`.
    #[command(hide = true)]
    StormClients,
}

/// What all works understand, beside what is their own.
#[derive(Debug, Args)]
struct Measuring<O: Args> {
    #[command(flatten)]
    options: O,
    /// Write what was found to this file, too, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().bench {
        Bench::All(options) => all::run(options).await,
        Bench::Commands(work) => measure(Box::pin(commands::run(work.options)), work.json).await,
        Bench::Fanout(work) => measure(Box::pin(fanout::run(work.options)), work.json).await,
        Bench::FanoutClients => fanout::run_clients(),
        Bench::FanoutBare => fanout::run_bare(),
        Bench::Fill(options) => interruptible(fill::run(options)).await,
        Bench::Locks(work) => measure(Box::pin(locks::run(work.options)), work.json).await,
        Bench::Http(work) => measure(Box::pin(http::run(work.options)), work.json).await,
        Bench::Rebuild(work) => measure(Box::pin(rebuild::run(work.options)), work.json).await,
        Bench::Growth(work) => measure(Box::pin(growth::run(work.options)), work.json).await,
        Bench::Replay(work) => measure(Box::pin(replay::run(work.options)), work.json).await,
        Bench::Storm(work) => measure(Box::pin(storm::run(work.options)), work.json).await,
        Bench::Report(options) => report::run(&options),
        Bench::StormClients => storm::run_clients().await,
    }
}

/// Does a work, prints what it found and keeps it where it was asked for.
async fn measure(
    work: impl Future<Output = anyhow::Result<Results>>,
    json: Option<PathBuf>,
) -> anyhow::Result<()> {
    let results = interruptible(work).await?;
    results.print()?;
    json.map_or(Ok(()), |path| results.write(&path))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{Cli, works::WORKS};

    #[test]
    fn every_work_is_a_subcommand_that_can_be_quick_and_write_what_it_found() {
        let cli = Cli::command();
        cli.clone().debug_assert();
        for work in WORKS {
            let command = cli.find_subcommand(work.name);
            let command = command.unwrap_or_else(|| panic!("{} is none", work.name));
            for flag in ["quick", "json"] {
                let known = command
                    .get_arguments()
                    .any(|arg| arg.get_long() == Some(flag));
                assert!(known, "{} has no --{flag}", work.name);
            }
        }
    }
}
