//! The command line: one binary, a subcommand per role, a file per subcommand.

mod dev;
mod migrate;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{ConfigErrors, Sources};

/// Orders as a log of events, from command to browser: durable, ordered, replayable.
#[derive(Debug, Parser)]
#[command(
    name = "waybill",
    version,
    about,
    propagate_version = true,
    arg_required_else_help = true
)]
struct Cli {
    /// A TOML file with settings; environment variables win over it.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything on this machine: a private Postgres, demo orders, the page.
    Dev(dev::Args),
    /// Serve the API and the page, until SIGTERM or Ctrl-C.
    Serve,
    /// Bring the database's schema up to date, as its owner.
    Migrate,
}

/// Runs the process: parses the arguments, does the work, prints what went wrong.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::new(error)),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let sources = Sources::from_process(cli.config.as_deref())?;
    match cli.command {
        Command::Dev(args) => dev::run(&args, sources).await,
        Command::Serve => serve::run(&sources).await,
        Command::Migrate => migrate::run(&sources).await,
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    use owo_colors::OwoColorize;
    anstream::eprintln!("{} {error:#}", "error:".red().bold());
    // Told apart from failures at work, as `sysexits.h` does: the configuration is at fault.
    if error.is::<ConfigErrors>() {
        ExitCode::from(78)
    } else {
        ExitCode::FAILURE
    }
}
