//! Making read models anew from a long log, while a node serves and commands come in.
//!
//! A node (`waybill serve`) keeps the live copies up; this process does what `waybill rebuild` does, gives
//! commands at an even rate, and asks every 50 ms how long the oldest event that a live copy lacks has been
//! waiting. A rebuild counts from its beginning until its copy is live: folding, copying, indexes, what came
//! in meanwhile, the comparison of both copies, and the switch.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use tokio_util::sync::CancellationToken;
use waybill_infra::db::{Db, DbOptions};
use waybill_infra::log::{EventLog, LogOptions};
use waybill_infra::private_postgres::{Provisioned, provision};
use waybill_projections::ReadModels;
use waybill_projections::rebuild::{Phase, RebuildOptions, Rebuilt};
use waybill_tests::node::Node;
use waybill_tests::process::memory_kib;

use crate::fill;
use crate::measured::{Results, Verdict, WAYBILL};
use crate::server::{self, float};

mod traffic;

const WORK: &str = "rebuild";
const WHOLE: &str = "list, from start to switched";
const WHOLE_QUIET: &str = "list without commands, from start to switched";
const LAG: &str = "list, longest lag of the live copies";
/// Turns without commands, at most.
const QUIET: u32 = 2;
/// How often it is asked how far behind the live copies are.
const SAMPLE: Duration = Duration::from_millis(50);
/// For how long the live copies are watched while they catch up from nothing.
const WATCHED: Duration = Duration::from_secs(8);

/// How long the live copies may take to be up with the log before a turn.
const SETTLING: Duration = Duration::from_secs(10);

/// How much is made anew.
#[derive(Debug, Args)]
pub struct Options {
    /// Events in the log.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Commands a second while the list is made anew, half of them new orders.
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// Turns of the list, beside a node and commands; two without. Histories and figures have one, without.
    #[arg(long, default_value_t = 3)]
    turns: u32,
    /// The binary; `cargo build --release -p waybill-api` makes it.
    #[arg(long)]
    waybill: Option<PathBuf>,
    /// A short log, and one turn.
    #[arg(long)]
    quick: bool,
}

/// Fills a log, makes every read model anew, and the list again under traffic.
pub async fn run(mut options: Options) -> anyhow::Result<Results> {
    if options.quick {
        (options.events, options.turns) = (50_000, 1);
    }
    let postgres = server::postgres(&server::folder("rebuild")).await?;
    let database = provision(&postgres).await?;
    let filled = fill::fill(&database.owner_url, options.events, |_| {}).await?;
    println!("{} events of {} orders", filled.events, filled.orders);

    let db = Db::new(&DbOptions::new(&database.service_url))?;
    let log = EventLog::open(db, LogOptions::default()).await?;
    let models = ReadModels::new(log.clone());
    let mut results = Results::default();
    catching_up(&options, &database, &models, &mut results).await?;
    for (projection, name) in [
        ("order_timeline", "histories"),
        ("order_analytics", "figures"),
    ] {
        let made = rebuild(&models, projection).await?;
        tell(&mut results, name, &made);
    }
    // The live copy of the list has nothing yet to compare with, so this is no turn.
    rebuild(&models, "order_list").await?;
    for _ in 0..options.turns.min(QUIET) {
        let made = rebuild(&models, "order_list").await?;
        tell(&mut results, "list without commands", &made);
    }
    for _ in 0..options.turns {
        under_traffic(&options, &database, &log, &models, &mut results).await?;
    }
    log.close().await;
    log.db().close().await;
    tokio::task::spawn_blocking(move || postgres.stop()).await??;

    for (what, target) in [
        (
            WHOLE,
            "at least 60,000 events/s from start to switched, while commands come in",
        ),
        (
            WHOLE_QUIET,
            "at least 60,000 events/s from start to switched, without commands",
        ),
    ] {
        let whole = results.median(WORK, WAYBILL, what);
        results.judge(Verdict::at_least(WORK, target, whole, "/s", 60_000.0));
    }
    let lag = results.greatest(WORK, WAYBILL, LAG);
    let target = "the live copies' lag stays under 1 s";
    results.judge(Verdict::below(WORK, target, lag, "s", 1.0));
    Ok(results)
}

/// How many events a second all live copies together take in, from the beginning of the log.
async fn catching_up(
    options: &Options,
    database: &Provisioned,
    models: &ReadModels,
    results: &mut Results,
) -> anyhow::Result<()> {
    let node = start(options, database).await?;
    let began = Instant::now();
    let watched = if options.quick { WATCHED / 4 } else { WATCHED };
    tokio::time::sleep(watched).await;
    let seconds = began.elapsed().as_secs_f64();
    let slowest = models.status().await?.iter().map(|s| s.position.0).min();
    let what = "all three live copies, catching up with a log";
    results.turn(
        WORK,
        WAYBILL,
        what,
        "/s",
        float(slowest.unwrap_or(0)) / seconds,
    );
    node.stop().await
}

/// One turn of the list.
async fn under_traffic(
    options: &Options,
    database: &Provisioned,
    log: &EventLog,
    models: &ReadModels,
    results: &mut Results,
) -> anyhow::Result<()> {
    let node = start(options, database).await?;
    // What was under way when the last node was stopped.
    let until = Instant::now() + SETTLING;
    while models.status().await?.iter().any(|s| s.lag_events > 0) {
        anyhow::ensure!(Instant::now() < until, "the live copies stay behind");
        tokio::time::sleep(SAMPLE).await;
    }
    let over = CancellationToken::new();
    let traffic = tokio::spawn(traffic::give(log.clone(), options.rate, over.clone()));
    let lag = tokio::spawn(longest_lag(log.db().clone(), over.clone()));
    let made = rebuild(models, "order_list").await;
    over.cancel();
    let (commands, lag) = (traffic.await??, lag.await??);
    let made = made?;
    let compared = made
        .made
        .compared
        .as_ref()
        .context("nothing was compared")?;
    anyhow::ensure!(
        compared.differing == 0,
        "{} rows differ from the live copy",
        compared.differing
    );
    anyhow::ensure!(commands > 0, "no command came in meanwhile");
    tell(results, "list", &made);
    results.turn(WORK, WAYBILL, LAG, "s", lag);
    let memory = float(memory_kib(std::process::id(), "VmHWM:")?) / 1024.0;
    let what = "list, memory of the process that makes it, at most";
    results.turn(WORK, WAYBILL, what, "MiB", memory);
    node.stop().await
}

/// What was made, and how long each part of it took.
struct Made {
    made: Rebuilt,
    phases: Vec<(Phase, f64)>,
}

async fn rebuild(models: &ReadModels, projection: &str) -> anyhow::Result<Made> {
    let begun: Arc<Mutex<Vec<(Phase, Instant)>>> = Arc::default();
    // Nobody reads the lists here, so what is live no more need not be kept for its readers.
    let options = RebuildOptions {
        grace: Duration::from_millis(100),
        ..RebuildOptions::default()
    };
    let watch = |now: waybill_projections::rebuild::Progress| {
        let mut begun = begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.last().is_none_or(|(phase, _)| *phase != now.phase) {
            begun.push((now.phase, Instant::now()));
        }
    };
    let made = models.rebuild(projection, options, &watch).await?;
    let begun = begun.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let phases = begun.windows(2).filter_map(|pair| match pair {
        [(phase, from), (_, to)] => Some((*phase, (*to - *from).as_secs_f64())),
        _ => None,
    });
    Ok(Made {
        phases: phases.collect(),
        made,
    })
}

fn tell(results: &mut Results, name: &str, made: &Made) {
    let events = float(made.made.events);
    for (what, figure) in [
        ("folding and copying alone", made.made.events_per_second),
        ("from start to switched", events / made.made.seconds),
    ] {
        results.turn(WORK, WAYBILL, &format!("{name}, {what}"), "/s", figure);
    }
    // Others are of no length, or told above. One may come again, where more has come in.
    for (told, what) in [
        (Phase::Indexing, "indexes"),
        (Phase::CatchingUp, "what came in meanwhile"),
        (Phase::Comparing, "comparing both copies"),
    ] {
        let took = made.phases.iter().filter(|(phase, _)| *phase == told);
        let seconds = took.map(|(_, seconds)| seconds).sum();
        results.turn(WORK, WAYBILL, &format!("{name}, {what}"), "s", seconds);
    }
}

/// The longest time, in seconds, that an event waited for one of the live copies. One small statement a
/// sample, as what it takes is taken from the rebuild.
async fn longest_lag(db: Db, over: CancellationToken) -> anyhow::Result<f64> {
    let mut longest: f64 = 0.0;
    while !over.is_cancelled() {
        let lag: f64 = sqlx::query_scalar(include_str!("rebuild/lag.sql"))
            .fetch_one(db.pool())
            .await?;
        longest = longest.max(lag);
        tokio::time::sleep(SAMPLE).await;
    }
    Ok(longest)
}

async fn start(options: &Options, database: &Provisioned) -> anyhow::Result<Node> {
    let waybill = server::binary(options.waybill.as_deref())?;
    Node::start(&waybill, &server::variables(&database.service_url)).await
}
