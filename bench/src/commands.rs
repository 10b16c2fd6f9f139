//! Commands a second, in process and durable.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use cqrs_es::CqrsFramework;
use cqrs_es::persist::PersistedEventStore;
use postgres_es::PostgresEventRepository;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{Connection, Executor, PgPool};
use tokio::task::JoinSet;
use uuid::Uuid;
use waybill_domain::{
    ActorKind, ChangeStatus, DecisionContext, Order, OrderCommand, OrderId, Policy, Status,
    fixtures,
};
use waybill_infra::commands::{CommandHandler, Request};
use waybill_infra::db::{Db, DbOptions};
use waybill_infra::log::{EventLog, LogOptions};
use waybill_infra::migrate;
use waybill_infra::orders::Orders;
use waybill_infra::private_postgres::{PrivatePostgres, SUPERUSER};

use crate::measured::{Results, Verdict, WAYBILL};
use crate::pgbench;
use crate::server;

/// How much is measured.
#[derive(Debug, Args)]
pub struct Options {
    /// Writers at once.
    #[arg(long, default_value_t = 64)]
    writers: usize,
    /// Seconds of each turn.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Turns of each side.
    #[arg(long, default_value_t = 3)]
    turns: u32,
    /// One short turn of each side.
    #[arg(long)]
    quick: bool,
}

const WORK: &str = "commands-in-process";
const STOCK: &str = "cqrs-es + postgres-es";
const CEILING: &str = "the append's SQL, by pgbench";
const EVENTS: &str = "events a second";
const RATE: &str = "commands a second";

/// What one turn showed.
pub struct Turn {
    per_second: f64,
    p50: Duration,
    p99: Duration,
}

impl Turn {
    /// Of commands that took so long each, and all together.
    pub fn of(mut times: Vec<Duration>, took: Duration) -> Self {
        times.sort();
        let at = |share: usize| {
            let nth = times.len() * share / 100;
            times.get(nth).copied().unwrap_or_default()
        };
        #[expect(clippy::cast_precision_loss, reason = "counts of a few millions")]
        let per_second = times.len() as f64 / took.as_secs_f64();
        Self {
            per_second,
            p50: at(50),
            p99: at(99),
        }
    }
}

/// Our own side in this process: the log, the orders and the commands, and no read models.
#[derive(Clone)]
pub struct InProcess(Arc<CommandHandler>);

impl InProcess {
    /// In a database of its own.
    pub async fn open(postgres: &PrivatePostgres) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(ours(postgres).await?)))
    }

    /// So many writers for so many seconds.
    pub async fn turn(&self, writers: usize, seconds: u64) -> anyhow::Result<Turn> {
        let handler = Arc::clone(&self.0);
        let execute = move |id, command| {
            let handler = Arc::clone(&handler);
            async move {
                let request = Request {
                    order_id: id,
                    command,
                    actor: fixtures::actor(ActorKind::Service),
                    expected_version: None,
                    key: None,
                    correlation_id: "bench".into(),
                    causation_id: None,
                };
                let done = handler.execute(request).await;
                done.map(drop).map_err(anyhow::Error::from)
            }
        };
        measure(writers, seconds, execute).await
    }
}

/// Takes turns between the two and prints the table.
pub async fn run(mut options: Options) -> anyhow::Result<Results> {
    if options.quick {
        (options.seconds, options.turns) = (3, 1);
    }
    let folder = server::folder("commands");
    let postgres = server::postgres(&folder).await?;
    let handler = InProcess::open(&postgres).await?;
    let stock = Arc::new(stock(&postgres).await?);
    println!(
        "{} writers, {} s a turn, fsync on, Postgres {}",
        options.writers,
        options.seconds,
        postgres.major_version()
    );
    println!(
        "{:<34} {:>12} {:>10} {:>10}",
        "", "commands/s", "p50", "p99"
    );
    let mut results = Results::default();
    let ceiling = Ceiling::prepare(&postgres, &folder).await?;
    for _ in 0..options.turns {
        let events = ceiling.turn(options.seconds).await?;
        println!("{CEILING:<34} {events:>12.0}");
        results.turn(WORK, CEILING, EVENTS, "/s", events);
        let turn = handler.turn(options.writers, options.seconds).await?;
        record(&mut results, WORK, WAYBILL, &turn);
        let stock = Arc::clone(&stock);
        let turn = measure(options.writers, options.seconds, move |id, command| {
            let stock = Arc::clone(&stock);
            async move {
                stock
                    .execute(&id.to_string(), command)
                    .await
                    .map_err(|e| anyhow::anyhow!("{e}"))
            }
        });
        record(&mut results, WORK, STOCK, &turn.await?);
    }
    postgres.stop()?;
    let times = results.ratio(WORK, RATE, WAYBILL, STOCK);
    results.judge(Verdict::at_least(
        WORK,
        "at least 5 × postgres-es",
        times,
        "×",
        5.0,
    ));
    // An event a command.
    let share = results.median(WORK, WAYBILL, RATE) / results.median(WORK, CEILING, EVENTS);
    results.judge(Verdict::at_least(
        WORK,
        "at least half of the SQL ceiling",
        share,
        "×",
        0.5,
    ));
    let share = results.ratio(WORK, "p99", WAYBILL, STOCK);
    results.judge(Verdict::below(
        WORK,
        "p99 below postgres-es's",
        share,
        "×",
        1.0,
    ));
    Ok(results)
}

async fn ours(postgres: &PrivatePostgres) -> anyhow::Result<CommandHandler> {
    let mut owner = create(postgres, "ours").await?;
    migrate::run(&mut owner).await?;
    let log = EventLog::open(
        Db::new(&DbOptions::new(postgres.url("ours", SUPERUSER)))?,
        LogOptions::default(),
    )
    .await?;
    let orders = Orders::new(
        log.clone(),
        NonZeroUsize::new(10_000).unwrap_or(NonZeroUsize::MIN),
    );
    Ok(CommandHandler::new(log, orders, Policy::default()))
}

/// The SQL of the append alone: `pgbench` with two clients, a hundred new orders a call, in a database of its own.
struct Ceiling {
    url: String,
    script: PathBuf,
}

impl Ceiling {
    async fn prepare(postgres: &PrivatePostgres, folder: &Path) -> anyhow::Result<Self> {
        let mut owner = create(postgres, "ceiling").await?;
        migrate::run(&mut owner).await?;
        owner.execute(include_str!("ceiling.sql")).await?;
        let script = folder.join("ceiling.pgbench");
        std::fs::write(&script, include_str!("ceiling.pgbench"))?;
        let url = postgres.url("ceiling", SUPERUSER);
        Ok(Self { url, script })
    }

    /// Events a second.
    async fn turn(&self, seconds: u64) -> anyhow::Result<f64> {
        let time = Duration::from_secs(seconds);
        let calls = pgbench::run(&self.url, &self.script, 2, time).await?;
        Ok(calls * 100.0)
    }
}

type Stock = CqrsFramework<Order, PersistedEventStore<PostgresEventRepository, Order>>;

async fn stock(postgres: &PrivatePostgres) -> anyhow::Result<Stock> {
    let mut owner = create(postgres, "stock").await?;
    owner.execute(include_str!("stock.sql")).await?;
    let options: PgConnectOptions = postgres.url("stock", SUPERUSER).parse()?;
    let pool: PgPool = PgPoolOptions::new()
        .max_connections(32)
        .connect_with(options)
        .await?;
    let context = DecisionContext {
        actor: fixtures::actor(ActorKind::Service),
        now: chrono::Utc::now().into(),
        policy: Policy::default(),
    };
    Ok(postgres_es::postgres_cqrs(pool, Vec::new(), context))
}

async fn create(postgres: &PrivatePostgres, name: &str) -> anyhow::Result<PgConnection> {
    let options: PgConnectOptions = postgres.url("postgres", SUPERUSER).parse()?;
    let mut connection = PgConnection::connect_with(&options).await?;
    connection
        .execute(format!("CREATE DATABASE {name}").as_str())
        .await?;
    let options: PgConnectOptions = postgres.url(name, SUPERUSER).parse()?;
    Ok(PgConnection::connect_with(&options).await?)
}

async fn measure<F, W>(writers: usize, seconds: u64, execute: F) -> anyhow::Result<Turn>
where
    F: Fn(OrderId, OrderCommand) -> W + Clone + Send + 'static,
    W: Future<Output = anyhow::Result<()>> + Send,
{
    let started = Instant::now();
    let until = started + Duration::from_secs(seconds);
    let mut running = JoinSet::new();
    // Read once: neither side's work is to read JSON.
    let mut order = fixtures::new_order();
    order.reference = None;
    for _ in 0..writers {
        let execute = execute.clone();
        let order = order.clone();
        running.spawn(async move {
            let mut times = Vec::new();
            while Instant::now() < until {
                let id = OrderId::from(Uuid::now_v7());
                let number = fixtures::order_number(u64::try_from(
                    Uuid::now_v7().as_u128() % 1_000_000_000_000,
                )?);
                let create = OrderCommand::from(order.clone().numbered(number));
                for command in [create, ChangeStatus::to(Status::Processing).into()] {
                    let began = Instant::now();
                    execute(id, command).await?;
                    times.push(began.elapsed());
                }
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(writer) = running.join_next().await {
        times.extend(writer??);
    }
    Ok(Turn::of(times, started.elapsed()))
}

/// Prints a turn as it comes, and keeps it.
pub fn record(results: &mut Results, work: &str, who: &str, turn: &Turn) {
    println!(
        "{who:<34} {:>12.0} {:>10.1?} {:>10.1?}",
        turn.per_second, turn.p50, turn.p99
    );
    results.turn(work, who, RATE, "/s", turn.per_second);
    results.turn(work, who, "p50", "ms", turn.p50.as_secs_f64() * 1e3);
    results.turn(work, who, "p99", "ms", turn.p99.as_secs_f64() * 1e3);
}
