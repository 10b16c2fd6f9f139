//! A storm: thousands of clients come back at once to a node that has just been started, each from a
//! place of its own in the log.
//!
//! Three processes, because one may hold only so many open files: `waybill serve`, the clients, and this
//! one, which fills the log, tells the clients where each of them stands, and counts. What the clients got
//! is compared with the log, so that a fast run that loses something is none.

mod clients;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::io::AsyncWriteExt as _;
use tokio::task::JoinSet;
use uuid::Uuid;
use waybill_api::auth::{Minter, Role, TokenRequest};
use waybill_api::config::{Config, Sources};
use waybill_domain::{ActorKind, OrderCommand, OrderId, Policy, Position, fixtures};
use waybill_infra::commands::{CommandHandler, Request};
use waybill_infra::db::{Db, DbOptions};
use waybill_infra::log::{EventLog, LogEvent, LogOptions, Topic};
use waybill_infra::orders::Orders;
use waybill_infra::private_postgres::provision;
use waybill_tests::node::Node;

pub use clients::run as run_clients;
use clients::{Client, Report, Start};

use crate::measured::{Results, Verdict, WAYBILL};
use crate::server;

/// Writers that fill the log at once.
const WRITERS: usize = 64;

/// How large it is.
#[derive(Debug, Args)]
pub struct Options {
    /// Clients that come back at once; each a customer of its own, who follows his own orders.
    #[arg(long, default_value_t = 9_000)]
    clients: usize,
    /// Staff among them, who follow all orders and so replay everything since their places.
    #[arg(long, default_value_t = 20)]
    staff: usize,
    /// Events in the log.
    #[arg(long, default_value_t = 40_000)]
    events: usize,
    /// The clients' places are spread evenly over so many of the newest events.
    #[arg(long, default_value_t = 12_000)]
    away: usize,
    /// Storms, each against a node that was started for it.
    #[arg(long, default_value_t = 1)]
    turns: u32,
    /// The binary; `cargo build --release -p waybill-api` makes it.
    #[arg(long)]
    waybill: Option<PathBuf>,
    /// A setting of the node, as `NAME=value`; may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// A small storm.
    #[arg(long)]
    quick: bool,
}

const WORK: &str = "storm";
const PAGES: &str = "log pages read";
/// Events of a page.
const PAGE: usize = 512;

/// How many pages of the log the node has read from Postgres; not a number where it does not say.
fn pages(metrics: &str, reader: &str) -> f64 {
    let name = format!(r#"waybill_log_pages_read_total{{reader="{reader}"}}"#);
    let line = metrics.lines().find(|line| line.starts_with(&name));
    let count = line.and_then(|line| line.rsplit(' ').next());
    count.map_or(f64::NAN, |count| count.parse().unwrap_or(f64::NAN))
}

/// Fills a log, has the storms come, and prints what they showed.
pub async fn run(mut options: Options) -> anyhow::Result<Results> {
    if options.quick {
        (options.clients, options.events, options.away) = (1_000, 8_000, 4_000);
    }
    let waybill = server::binary(options.waybill.as_deref())?;
    let postgres = server::postgres(&server::folder("storm")).await?;
    let provisioned = provision(&postgres).await?;
    let mut variables = server::variables(&provisioned.service_url);
    variables.extend(server::settings(&options.settings)?);
    let config = Config::load(&Sources::from_variables(variables.clone()))
        .map_err(|errors| anyhow::anyhow!("{errors}"))?;

    let began = std::time::Instant::now();
    let log = EventLog::open(
        Db::new(&DbOptions::new(&provisioned.service_url))?,
        LogOptions::default(),
    )
    .await?;
    fill(&log, &options).await?;
    println!(
        "{} events of {} customers, written in {:.1?}",
        options.events,
        options.clients,
        began.elapsed()
    );
    let clients = spec(&log, &options, &Minter::new(&config.auth)?).await?;
    log.close().await;
    log.db().close().await;

    let mut results = Results::default();
    for turn in 1..=options.turns {
        let node = Node::start(&waybill, &variables).await?;
        let before = node.resident_kib()?;
        let report = storm(&node, &clients).await?;
        print(turn, &options, &node, before, &report).await?;
        anyhow::ensure!(
            report.missing == 0 && report.doubled == 0,
            "{} events were missing and {} came twice",
            report.missing,
            report.doubled
        );
        let live = Duration::from_millis(report.live_ms.all).as_secs_f64();
        results.turn(WORK, WAYBILL, "until all are live", "s", live);
        let shared = pages(&node.metrics().await?, "shared");
        // Which a node does not speak of that has read none so.
        let alone = pages(&node.metrics().await?, "alone").max(0.0);
        results.turn(WORK, WAYBILL, PAGES, "", shared + alone);
        node.stop().await?;
    }
    tokio::task::spawn_blocking(move || postgres.stop()).await??;
    let live = results.median(WORK, WAYBILL, "until all are live");
    results.judge(Verdict::at_most(
        WORK,
        "all live within 10 s",
        live,
        "s",
        10.0,
    ));
    let there_are = server::float((options.away / PAGE + 2) as u64);
    let read = results.median(WORK, WAYBILL, PAGES) / there_are;
    results.judge(Verdict::at_most(
        WORK,
        "pages read, to those that hold what the clients missed",
        read,
        "×",
        1.0,
    ));
    Ok(results)
}

fn customer(nth: usize) -> String {
    format!("customer-{nth}")
}

/// Orders of all customers in turn, until there are events enough.
async fn fill(log: &EventLog, options: &Options) -> anyhow::Result<()> {
    let cache = NonZeroUsize::new(10_000).unwrap_or(NonZeroUsize::MIN);
    let orders = Orders::new(log.clone(), cache);
    let handler = CommandHandler::new(log.clone(), orders, Policy::default());
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let handler = handler.clone();
        let (events, customers) = (options.events, options.clients);
        writers.spawn(async move {
            for nth in (writer..events).step_by(WRITERS) {
                let mut order = fixtures::new_order();
                order.reference = None;
                order.customer_id = customer(nth % customers).parse()?;
                let number = fixtures::order_number(u64::try_from(nth)?);
                handler
                    .execute(Request {
                        order_id: OrderId::from(Uuid::now_v7()),
                        command: OrderCommand::from(order.numbered(number)),
                        actor: fixtures::actor(ActorKind::Service),
                        expected_version: None,
                        key: None,
                        correlation_id: "bench".into(),
                        causation_id: None,
                    })
                    .await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer??;
    }
    Ok(())
}

/// Where each client stands, and what it therefore has to be sent.
async fn spec(log: &EventLog, options: &Options, minter: &Minter) -> anyhow::Result<Vec<Client>> {
    let head = log.head().borrow().mark.position.0;
    let mut newest: Vec<Arc<LogEvent>> = Vec::new();
    let mut after = Position(head.saturating_sub(u64::try_from(options.away)? + 1));
    while after.0 < head {
        let page = log.walk(&Topic::Orders, after, 1_000).await?;
        after = page.through;
        newest.extend(page.events);
    }
    let mut of_customer: HashMap<&str, Vec<u64>> = HashMap::new();
    for event in &newest {
        let customer = event.envelope.customer_id.as_str();
        of_customer
            .entry(customer)
            .or_default()
            .push(event.position().0);
    }
    let total = options.clients + options.staff;
    (0..total)
        .map(|nth| {
            // Neighbours in the storm have places far from each other.
            let place = (nth * 7_919 % total) * (newest.len() - 1) / total;
            let event = newest.get(place).context("the log is too short")?;
            let position = event.position().0;
            let staff = nth >= options.clients;
            let subject = if staff {
                format!("staff-{nth}")
            } else {
                customer(nth)
            };
            let missed = if staff {
                head - position
            } else {
                let positions = of_customer.get(subject.as_str());
                let later = positions.into_iter().flatten().filter(|p| **p > position);
                later.count() as u64
            };
            let request = TokenRequest {
                subject: subject.parse()?,
                roles: if staff { vec![Role::Staff] } else { Vec::new() },
                lifetime: Duration::from_hours(1),
                session_id: None,
            };
            Ok(Client {
                token: minter.mint(&request, chrono::Utc::now())?,
                topic: if staff { "orders" } else { "customer:me" }.to_owned(),
                after: event.cursor.clone(),
                missed,
            })
        })
        .collect()
}

/// Has a process of their own play the clients.
async fn storm(node: &Node, clients: &[Client]) -> anyhow::Result<Report> {
    let mut process = tokio::process::Command::new(std::env::current_exe()?)
        .arg("storm-clients")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut input = process.stdin.take().context("a pipe")?;
    let start = Start {
        address: node.address(),
        process: node.id(),
    };
    let mut lines = serde_json::to_vec(&start)?;
    lines.push(b'\n');
    for client in clients {
        serde_json::to_writer(&mut lines, client)?;
        lines.push(b'\n');
    }
    input.write_all(&lines).await?;
    drop(input);
    let output = process.wait_with_output().await?;
    anyhow::ensure!(output.status.success(), "the clients failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}

async fn print(
    turn: u32,
    options: &Options,
    node: &Node,
    before: u64,
    report: &Report,
) -> anyhow::Result<()> {
    let metrics = node.metrics().await?;
    let metric = |name: &str| {
        let line = metrics.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.rsplit(' ').next()).unwrap_or("0")
    };
    let pages = |reader| pages(&metrics, reader);
    println!(
        "turn {turn}: {} clients and {} staff",
        options.clients, options.staff
    );
    println!(
        "  all connected     {:>8} ms after the first began",
        report.connected_ms
    );
    println!(
        "  all live          {:>8} ms; half {} ms, 99 % {} ms",
        report.live_ms.all, report.live_ms.half, report.live_ms.most
    );
    println!(
        "  events            {:>8} got, {} missing, {} doubled",
        report.events, report.missing, report.doubled
    );
    println!(
        "  refused           {:>8} with a hint, {} otherwise; {} connections failed",
        report.hinted, report.unhinted, report.failed
    );
    println!(
        "  pages read        {:>8} shared, {} alone",
        pages("shared"),
        pages("alone").max(0.0)
    );
    println!(
        "  waited to be let in, 0.99 quantile {} s",
        metric(r#"waybill_push_admission_seconds{quantile="0.99"}"#)
    );
    let resident = report.resident_kib;
    let clients = u64::try_from(options.clients + options.staff)?;
    println!(
        "  node's memory     {:>8} MiB before, {} with all live, {} at most: {:.1} KiB a client",
        before >> 10,
        resident >> 10,
        node.resident_at_most_kib()? >> 10,
        per_client(resident.saturating_sub(before), clients),
    );
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a few millions")]
fn per_client(kib: u64, clients: u64) -> f64 {
    kib as f64 / clients.max(1) as f64
}
