//! What the log's growth costs: the same work on logs of ten thousand, a million and ten million events.
//!
//! Each size has a Postgres of its own. Everything is asked for with other orders, customers and times each
//! time, a few hundred times before it is measured and a few hundred times after, and the median is what
//! counts. The list is made by the rebuild that `waybill rebuild` runs; of the other read models only the
//! checkpoints are moved to the end of the log, because nothing here reads their rows.

mod asked;
mod startup;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};
use tokio::task::JoinSet;
use uuid::Uuid;
use waybill_domain::{
    ActorKind, Audience, ChangeStatus, OrderCommand, OrderId, Policy, Position, Status, fixtures,
};
use waybill_infra::commands::{CommandHandler, Request};
use waybill_infra::db::{Db, DbOptions};
use waybill_infra::log::{EventLog, LogOptions, Topic};
use waybill_infra::orders::Orders;
use waybill_projections::ReadModels;
use waybill_projections::rebuild::RebuildOptions;

use crate::fill::{Filled, customer, fill};
use crate::measured::{Results, Verdict, WAYBILL, median};
use crate::server::{self, Database};

use asked::Asked;

const WORK: &str = "growth";
/// Writers that append at once.
const WRITERS: usize = 64;
/// Events of a page.
const PAGE: usize = 256;

/// How far it grows.
#[derive(Debug, Args)]
pub struct Options {
    /// Events in the log, each size in turn; all are compared with the first.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 1_000_000, 10_000_000])]
    events: Vec<u64>,
    /// How often each thing is asked for and measured.
    #[arg(long, default_value_t = 400)]
    times: usize,
    /// Seconds of appending.
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// Starts of a node on the largest log.
    #[arg(long, default_value_t = 5)]
    starts: u32,
    /// Our binary, built with the same profile; beside this one unless named.
    #[arg(long, value_name = "PATH")]
    waybill: Option<PathBuf>,
    /// Up to a hundred thousand events only.
    #[arg(long)]
    quick: bool,
}

/// Measures at each size, and starts nodes at the largest.
pub async fn run(mut options: Options) -> anyhow::Result<Results> {
    if options.quick {
        options.events = vec![10_000, 100_000];
        (options.times, options.seconds, options.starts) = (100, 1, 2);
        println!("left out: 1,000,000 and 10,000,000 events; the start is on 100,000");
    }
    let waybill = server::binary(options.waybill.as_deref())?;
    let mut results = Results::default();
    let mut sizes: Vec<Vec<(String, f64)>> = Vec::new();
    for events in &options.events {
        let database = Database::start("growth").await?;
        sizes.push(measure(&options, &database, *events, &mut results).await?);
        if Some(events) == options.events.last() {
            startup::run(&waybill, &database, *events, options.starts, &mut results).await?;
        }
        database.stop().await?;
    }
    judge(&sizes, &mut results);
    Ok(results)
}

/// Fills a log and measures everything on it, in microseconds.
async fn measure(
    options: &Options,
    database: &Database,
    events: u64,
    results: &mut Results,
) -> anyhow::Result<Vec<(String, f64)>> {
    let began = Instant::now();
    let urls = &database.provisioned;
    let filled = fill(&urls.owner_url, events, |_| ()).await?;
    println!("{events} events filled in {:.1?}", began.elapsed());
    let began = Instant::now();
    let options_of_log = LogOptions {
        // Pages are to be read from Postgres.
        ring_events: 64,
        ring_preload: 64,
        ..LogOptions::default()
    };
    let log = EventLog::open(Db::new(&DbOptions::new(&urls.service_url))?, options_of_log).await?;
    let models = ReadModels::new(log.clone());
    let rebuild = RebuildOptions {
        grace: Duration::ZERO,
        ..RebuildOptions::default()
    };
    models.rebuild("order_list", rebuild, &|_| ()).await?;
    let mut owner = PgConnection::connect(&urls.owner_url).await?;
    owner.execute(include_str!("growth/caught_up.sql")).await?;
    println!("{events} events: the list made in {:.1?}", began.elapsed());

    let mut asked = Asked::of(&mut owner, &filled, StdRng::seed_from_u64(events)).await?;
    owner.close().await?;
    let mut found: Vec<(String, f64)> = Vec::new();
    asked.loads(&log, options.times, &mut found).await?;
    asked.pages(&log, options.times, &mut found).await?;
    asked.lists(&models, options.times, &mut found).await?;
    // Last, because the list stays behind it.
    let each = append(&log, Duration::from_secs(options.seconds)).await?;
    found.push((format!("append, {WRITERS} writers, one command"), each));
    for (what, micros) in &found {
        let what = format!("{what}, {events} events");
        results.turn(WORK, WAYBILL, &what, "µs", *micros);
    }
    models.close().await;
    log.close().await;
    log.db().close().await;
    Ok(found)
}

fn judge(sizes: &[Vec<(String, f64)>], results: &mut Results) {
    let Some((first, later)) = sizes.split_first() else {
        return;
    };
    let (mut worst, mut of) = (0.0, String::new());
    for (what, least) in first {
        let figures = later.iter().flatten().filter(|(other, _)| other == what);
        let times: Vec<f64> = figures.map(|(_, figure)| figure / least).collect();
        // What was not asked of every log is not known to be flat.
        let all = !times.is_empty() && times.len() == later.len();
        let most = if all && times.iter().all(|times| times.is_finite()) {
            times.into_iter().fold(0.0, f64::max)
        } else {
            f64::NAN
        };
        results.turn(
            WORK,
            WAYBILL,
            &format!("{what}, greatest to smallest log"),
            "×",
            most,
        );
        if most > worst || most.is_nan() {
            (worst, of) = (most, what.clone());
        }
    }
    let verdict = Verdict::at_most(WORK, "flat within 1.3 ×", worst, "×", 1.3);
    results.judge(verdict.noting(format!("the worst: {of}")));
}

/// New orders and then a change of their status, by many at once; microseconds a command.
async fn append(log: &EventLog, lasting: Duration) -> anyhow::Result<f64> {
    let cache = NonZeroUsize::new(10_000).unwrap_or(NonZeroUsize::MIN);
    let orders = Orders::new(log.clone(), cache);
    let handler = CommandHandler::new(log.clone(), orders, Policy::default());
    let began = Instant::now();
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let handler = handler.clone();
        writers.spawn(async move {
            let mut done = 0_u64;
            while began.elapsed() < lasting {
                let order_id = OrderId::from(Uuid::now_v7());
                let mut order = fixtures::new_order();
                order.reference = None;
                order.placed_at = None;
                // Behind the numbers of the orders that are there.
                let number = fixtures::order_number(rand::random_range(1 << 40..1 << 60));
                let commands: [OrderCommand; 2] = [
                    order.numbered(number).into(),
                    ChangeStatus::to(Status::Processing).into(),
                ];
                for command in commands {
                    handler
                        .execute(Request {
                            order_id,
                            command,
                            actor: fixtures::actor(ActorKind::Service),
                            expected_version: None,
                            key: None,
                            correlation_id: "bench".into(),
                            causation_id: None,
                        })
                        .await?;
                    done += 1;
                }
            }
            anyhow::Ok(done)
        });
    }
    let mut done = 0;
    while let Some(writer) = writers.join_next().await {
        done += writer??;
    }
    Ok(began.elapsed().as_secs_f64() * 1e6 / server::float(done))
}
