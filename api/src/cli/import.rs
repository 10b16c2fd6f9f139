//! `waybill import`: orders of another system, in any status, into the log.
//!
//! A thread reads and judges lines (`source`, `entry`) and hands them on in chunks, of which a few at a time are
//! brought into the log (`write`). What is in memory is bounded, whatever the size of the file.

mod entry;
mod lines;
mod pace;
mod report;
mod seen;
mod source;
mod write;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use futures::{StreamExt, stream};
use owo_colors::OwoColorize;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use waybill_domain::{OrderPrefix, Policy};
use waybill_infra::commands::CommandHandler;
use waybill_infra::db::{Db, DbOptions};
use waybill_infra::migrate;
use waybill_infra::order_numbers::OrderNumbers;

use self::entry::Judge;
use self::pace::Pace;
use self::report::Report;
use self::source::{Chunk, Source};
use self::write::{Pen, Settled, Writer};
use super::output::{harmless, is_closed_pipe, out};
use super::reading::{Reading, log_quietly};
use super::signals::Signals;
use crate::config::{ConfigErrors, DatabaseConfig, OrdersConfig, Sources};

/// Told apart from refused lines: the rest of the file was not looked at.
const COULD_NOT: u8 = 3;
/// As shells tell a program that Ctrl-C has ended.
const STOPPED: u8 = 130;
/// Chunks that are brought into the log at once. One is a batch of the appender; the others wait, so that the
/// next batch is full when the one before it is committed.
const AT_ONCE: usize = 3;

const EXAMPLES: &str = "\
Examples:
  waybill import --dry-run orders.ndjson
  waybill import orders.ndjson --report refused.ndjson
  zcat orders.ndjson.gz | waybill import --json

One order a line: the body of POST /v1/orders with `reference` and `placed_at`, and beside it `status`, `tracking`,
`estimated_delivery`, `cancel_reason`. docs/importing.md describes each, and where other systems keep it.

An order is recognised by its reference: what is there already is left as it is, so the same file can be imported
again, after a crash or with its lines mended. May run beside a working system.

Needs DATABASE_URL; takes WAYBILL_ORDER_PREFIX. Exit codes: 0 every order is there, 1 lines were refused, 3 it could
not go on, 78 wrong settings, 130 stopped by Ctrl-C or SIGTERM.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Orders, one as JSON a line; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Check every line, against the database too, but write nothing
    #[arg(long)]
    dry_run: bool,
    /// Write each refused line as JSON with what is wrong into this file, which is made anew
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Imports, showing how far it is, and tells what became of the lines.
pub(super) async fn run(args: &Args, sources: Sources) -> anyhow::Result<ExitCode> {
    match import(args, sources).await {
        Ok(code) => Ok(code),
        Err(error) if error.is::<ConfigErrors>() || is_closed_pipe(&error) => Err(error),
        Err(error) => {
            super::complain(&error);
            Ok(ExitCode::from(COULD_NOT))
        }
    }
}

async fn import(args: &Args, mut sources: Sources) -> anyhow::Result<ExitCode> {
    log_quietly(&mut sources)?;
    let prefix: OrderPrefix = OrdersConfig::load(&sources)?.prefix.parse()?;
    let database = DatabaseConfig::load(&sources)?.options();
    let mut signals = Signals::catch()?;
    let source = Source::open(&args.file)?;
    let mut report = open_report(args)?;
    let target = Target::open(&database, args.dry_run, &prefix).await?;
    if source.size.is_none() && std::io::stdin().is_terminal() {
        anstream::eprintln!("Reading orders from this terminal; Ctrl-D ends them.");
    }

    let mut pace = Pace::start(source.size);
    let chunks = source.chunks(Judge::new(&prefix));
    let stop = CancellationToken::new();
    let settled = settled(chunks, &target.writer, stop.clone());
    let mut summary = Summary::new(args.dry_run);
    let mut failed = None;
    {
        let mut settled = std::pin::pin!(settled);
        loop {
            tokio::select! {
                next = settled.next() => {
                    let Some(next) = next else { break };
                    failed = summary.add(next, &mut report).err().or(failed);
                    if failed.is_some() {
                        stop.cancel();
                    }
                    pace.show(summary.orders(), summary.through);
                }
                () = signals.received() => {
                    if summary.going != Going::On {
                        std::process::exit(STOPPED.into());
                    }
                    summary.going = Going::Stopped;
                    stop.cancel();
                }
            }
        }
    }
    pace.end();
    summary.seconds = pace.seconds();
    target.close().await;
    failed = failed.or(report.flush().err());
    report.show(&mut anstream::stderr())?;
    let code = summary.tell(args, failed.as_ref())?;
    if let Some(error) = failed {
        super::complain(&error);
    }
    Ok(code)
}

/// What becomes of the chunks, in order, until there are no more or it is told to stop. What was begun is finished.
fn settled(
    mut chunks: mpsc::Receiver<Chunk>,
    writer: &Writer,
    stop: CancellationToken,
) -> impl stream::Stream<Item = Settled> {
    stream::poll_fn(move |context| chunks.poll_recv(context))
        .take_until(stop.cancelled_owned())
        .map(|chunk| writer.settle(chunk))
        .buffered(AT_ONCE)
}

/// The database, and how it is written; a dry run has no more than a connection that reads.
struct Target {
    writer: Writer,
    log: Option<Reading>,
    db: Db,
}

impl Target {
    async fn open(
        database: &DbOptions,
        dry_run: bool,
        prefix: &OrderPrefix,
    ) -> anyhow::Result<Self> {
        if dry_run {
            let unreachable = "the database cannot be read (DATABASE_URL)";
            let db = Db::new(database).context(unreachable)?;
            migrate::check(&db).await.context(unreachable)?;
            return Ok(Self {
                writer: Writer::new(db.clone(), None),
                log: None,
                db,
            });
        }
        let log = Reading::at(database).await?;
        let db = log.log.db().clone();
        let pen = Pen {
            commands: CommandHandler::new(log.log.clone(), log.orders.clone(), Policy::default()),
            numbers: OrderNumbers::new(db.clone(), prefix.clone()),
        };
        Ok(Self {
            writer: Writer::new(db.clone(), Some(pen)),
            log: Some(log),
            db,
        })
    }

    async fn close(self) {
        match self.log {
            Some(log) => log.close().await,
            None => self.db.close().await,
        }
    }
}

fn open_report(args: &Args) -> anyhow::Result<Report> {
    let Some(path) = &args.report else {
        return Ok(Report::open(None)?);
    };
    anyhow::ensure!(
        !same_file(path, &args.file),
        "the report (--report) would overwrite the orders"
    );
    let unwritable = || format!("{} cannot be written (--report)", path.display());
    Report::open(Some(path)).with_context(unwritable)
}

fn same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// Whether the import goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Going {
    #[default]
    On,
    /// Somebody has told it to stop.
    Stopped,
    /// It cannot; lines may be missing before the last one that was settled.
    Failed,
}

/// What became of the lines so far.
#[derive(Debug, Default, Serialize)]
struct Summary {
    dry_run: bool,
    /// Whether the file was read to its end.
    complete: bool,
    /// The last line, blank ones counted, before which everything is settled.
    lines: u64,
    /// Now in the log; in a dry run, not yet in the log.
    imported: u64,
    /// Were in the log before.
    already_there: u64,
    /// Their reference is in the log, but as an order of another customer or time.
    differing: u64,
    /// Any other line that was not imported.
    refused: u64,
    seconds: f64,
    #[serde(skip)]
    through: u64,
    #[serde(skip)]
    going: Going,
}

impl Summary {
    fn new(dry_run: bool) -> Self {
        Self {
            dry_run,
            ..Self::default()
        }
    }

    fn orders(&self) -> u64 {
        self.imported + self.already_there + self.differing + self.refused
    }

    /// Takes in a chunk.
    ///
    /// # Errors
    /// Why the run cannot go on.
    fn add(&mut self, settled: Settled, report: &mut Report) -> anyhow::Result<()> {
        self.imported += settled.imported;
        self.already_there += settled.already_there;
        for refusal in settled.refusals {
            if refusal.differs {
                self.differing += 1;
            } else {
                self.refused += 1;
            }
            report.add(refusal)?;
        }
        self.through = settled.through;
        if settled.failed.is_some() {
            self.going = Going::Failed;
        }
        if self.going != Going::Failed {
            self.lines = settled.through_line;
        }
        settled.failed.map_or(Ok(()), Err)
    }

    fn tell(&mut self, args: &Args, failed: Option<&anyhow::Error>) -> anyhow::Result<ExitCode> {
        self.complete = failed.is_none() && self.going == Going::On;
        let mut out = out();
        if args.json {
            writeln!(out, "{}", serde_json::to_string(self)?)?;
        } else {
            self.sentences(&mut out, &args.file)?;
        }
        out.flush()?;
        Ok(match failed {
            Some(_) => ExitCode::from(COULD_NOT),
            None if self.going == Going::Stopped => ExitCode::from(STOPPED),
            None if self.refused + self.differing > 0 => ExitCode::FAILURE,
            None => ExitCode::SUCCESS,
        })
    }

    fn sentences(&self, out: &mut impl std::io::Write, file: &Path) -> std::io::Result<()> {
        let imported = if self.dry_run {
            "would be imported"
        } else {
            "imported"
        };
        let mut parts = vec![
            format!("{} {imported}", self.imported).green().to_string(),
            format!("{} already there", self.already_there),
        ];
        if self.differing > 0 {
            let differing = format!("{} differ from what is there", self.differing);
            parts.push(differing.red().to_string());
        }
        let refused = format!("{} refused", self.refused);
        parts.push(match self.refused {
            0 => refused,
            _ => refused.red().to_string(),
        });
        let name = harmless(&file.to_string_lossy());
        writeln!(out, "{name}: {}", parts.join(", "))?;
        if self.dry_run {
            writeln!(out, "Nothing was written.")?;
        } else if self.imported > 0 {
            #[expect(clippy::cast_precision_loss, reason = "shown without decimals")]
            let rate = self.orders() as f64 / self.seconds.max(0.001);
            writeln!(out, "{:.1} s, {rate:.0} orders/s", self.seconds)?;
        }
        if !self.complete {
            writeln!(
                out,
                "Stopped: lines up to {} are settled, further ones perhaps. The same command again goes on; what is \
                 there is recognised.",
                self.lines
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_before_the_first_failure_count_as_settled() {
        let mut report = Report::open(None).unwrap();
        let mut summary = Summary::default();
        let chunk = |through_line, failed: Option<&'static str>| Settled {
            imported: 1,
            through_line,
            failed: failed.map(anyhow::Error::msg),
            ..Settled::default()
        };
        summary.add(chunk(10, None), &mut report).unwrap();
        let why = summary.add(chunk(20, Some("away")), &mut report);
        assert_eq!(why.unwrap_err().to_string(), "away");
        summary.add(chunk(30, None), &mut report).unwrap();
        assert_eq!((summary.lines, summary.imported), (10, 3));
    }

    #[test]
    fn the_end_is_told_in_words() {
        let told = |summary: Summary| {
            let mut out = anstream::StripStream::new(Vec::new());
            summary.sentences(&mut out, Path::new("a.ndjson")).unwrap();
            String::from_utf8(out.into_inner()).unwrap()
        };
        let summary = || Summary {
            complete: true,
            lines: 12,
            imported: 6,
            already_there: 3,
            refused: 1,
            seconds: 2.0,
            ..Summary::default()
        };
        assert_eq!(
            told(summary()),
            "a.ndjson: 6 imported, 3 already there, 1 refused\n2.0 s, 5 orders/s\n"
        );
        assert_eq!(
            told(Summary {
                dry_run: true,
                differing: 2,
                ..summary()
            }),
            "a.ndjson: 6 would be imported, 3 already there, 2 differ from what is there, 1 refused\n\
             Nothing was written.\n"
        );
        assert_eq!(
            told(Summary {
                complete: false,
                imported: 0,
                ..summary()
            }),
            "a.ndjson: 0 imported, 3 already there, 1 refused\n\
             Stopped: lines up to 12 are settled, further ones perhaps. The same command again goes on; what is \
             there is recognised.\n"
        );
    }
}
