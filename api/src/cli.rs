//! The command line: one binary, a subcommand per role, a file per subcommand.

mod asyncapi;
mod bench;
mod dev;
mod duration;
mod epoch;
mod health;
mod import;
mod migrate;
mod openapi;
mod output;
mod parked;
mod progress;
mod reading;
mod rebuild;
mod serve;
mod signals;
mod snapshot;
mod tail;
mod token;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand};

use crate::config::{ConfigErrors, Sources};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Yellow.on_default().bold())
    .usage(AnsiColor::Yellow.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Green.on_default());

const AFTER_HELP: &str = "\
Begin with `waybill dev`. Settings are environment variables or keys of a TOML file; `waybill settings` lists them.

Exit codes: 0 done, 1 failed, 2 wrong usage, 78 wrong settings. NO_COLOR is honoured.";

/// Orders as a log of events, from command to browser: durable, ordered, replayable.
#[derive(Debug, Parser)]
#[command(
    name = "waybill",
    version,
    about,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = AFTER_HELP,
    styles = STYLES
)]
struct Cli {
    /// A TOML file with settings; environment variables win over it (or `WAYBILL_CONFIG`)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything on this machine: a private Postgres, demo orders, the page
    Dev(dev::Args),
    /// Serve the API and the page, until SIGTERM or Ctrl-C
    #[command(after_help = serve::EXAMPLES)]
    Serve,
    /// Bring the database's schema up to date, as its owner
    #[command(after_help = migrate::EXAMPLES)]
    Migrate,
    /// Take over orders of another system, in any status, from a file
    Import(import::Args),
    /// Follow the log
    Tail(tail::Args),
    /// Print a stretch of the log, or of its frames, in a form that tests can compare
    Snapshot(snapshot::Args),
    /// Check that the log is whole and that the read models say what it says
    Verify(verify::Args),
    /// Make a read model anew beside the live one, and switch to it
    Rebuild(rebuild::Args),
    /// Orders that a read model could not follow
    #[command(subcommand)]
    Parked(parked::Command),
    /// The epochs of the log
    #[command(subcommand)]
    Epoch(epoch::Command),
    /// Measure a server under load, with clients that keep account of what they get
    Bench(bench::Args),
    /// Make a token from the configured secret
    Token(token::Args),
    /// Ask a node on this machine whether it is ready
    Health(health::Args),
    /// Print the `OpenAPI` document
    #[command(after_help = openapi::EXAMPLES)]
    Openapi,
    /// Print the `AsyncAPI` document: what goes over the push channels
    #[command(after_help = asyncapi::EXAMPLES)]
    Asyncapi,
    /// List every setting, as in docs/configuration.md
    Settings,
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
        Command::Import(args) => import::run(&args, sources).await,
        Command::Tail(args) => tail::run(&args, sources).await,
        Command::Snapshot(args) => snapshot::run(&args, sources).await,
        Command::Verify(args) => verify::run(&args, sources).await,
        Command::Rebuild(args) => rebuild::run(&args, sources).await,
        Command::Parked(command) => parked::run(&command, sources).await,
        Command::Epoch(command) => epoch::run(&command, sources).await,
        Command::Bench(args) => bench::run(&args, sources).await,
        Command::Token(args) => token::run(args, &sources),
        Command::Health(args) => health::run(&args, &sources).await,
        Command::Openapi => openapi::run(),
        Command::Asyncapi => asyncapi::run(),
        Command::Settings => {
            output::print(&crate::config::markdown())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    if output::is_closed_pipe(error) {
        return ExitCode::SUCCESS;
    }
    complain(error);
    // Told apart from failures at work, as `sysexits.h` does: the configuration is at fault.
    if error.is::<ConfigErrors>() {
        ExitCode::from(78)
    } else {
        ExitCode::FAILURE
    }
}

fn complain(error: &anyhow::Error) {
    use owo_colors::OwoColorize;
    anstream::eprintln!("{} {}", "error:".red().bold(), told_once(error));
}

/// The error and its causes in one line, but for causes that the line has told already.
fn told_once(error: &anyhow::Error) -> String {
    let mut line = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !line.contains(&cause) {
            line.push_str(": ");
            line.push_str(&cause);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::{Cli, told_once};

    #[test]
    fn a_cause_that_was_told_is_not_told_again() {
        let cause = anyhow::anyhow!("no such file");
        let error = cause.context("reading x: no such file").context("starting");
        assert_eq!(told_once(&error), "starting: reading x: no such file");
    }

    #[test]
    fn a_cursor_or_a_secret_may_begin_with_a_hyphen() {
        let cursor = "-p3x0qYt7mVb_c1dEfGh2w";
        for line in [
            ["tail", "--after", cursor],
            ["snapshot", "--from", cursor],
            ["snapshot", "--to", cursor],
            ["bench", "--secret", cursor],
            ["token", "--subject", cursor],
            ["token", "--customer", cursor],
        ] {
            let line = ["waybill"].into_iter().chain(line);
            Cli::try_parse_from(line).expect("it is taken for what it is");
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
