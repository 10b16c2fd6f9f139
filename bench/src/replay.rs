//! A replay of the whole log by one member of staff: from Postgres, and from a ring that holds all of it.
//!
//! Every turn from Postgres has a node of its own, which has read nothing yet. The ring's turns share one,
//! because what they are about is what is in memory already; the first makes each event's JSON, the others
//! find it made, as every client but the first does. Projections are off: they would read the same log
//! at the same time.

mod client;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use waybill_api::auth::{Minter, Role, TokenRequest};
use waybill_api::config::{Config, Sources};
use waybill_tests::node::Node;
use waybill_tests::process::cpu;

use crate::fill::fill;
use crate::measured::{Results, Verdict, WAYBILL};
use crate::server::{self, Database};

use client::Replayed;

const WORK: &str = "replay";
const FROM_POSTGRES: &str = "from Postgres";
const FROM_RING: &str = "from the ring";
const FIRST_FROM_RING: &str = "from the ring, its JSON not made yet";

/// How much is replayed.
#[derive(Debug, Args)]
pub struct Options {
    /// Events in the log.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Turns of each kind.
    #[arg(long, default_value_t = 3)]
    turns: u32,
    /// Only those from Postgres.
    #[arg(long)]
    postgres_only: bool,
    /// Our binary, built with the same profile; beside this one unless named.
    #[arg(long, value_name = "PATH")]
    waybill: Option<PathBuf>,
    /// A small log, one turn.
    #[arg(long)]
    quick: bool,
}

/// Fills a log and has it replayed.
pub async fn run(mut options: Options) -> anyhow::Result<Results> {
    if options.quick {
        (options.events, options.turns) = (60_000, 1);
    }
    let waybill = server::binary(options.waybill.as_deref())?;
    let database = Database::start("replay").await?;
    fill(&database.provisioned.owner_url, options.events, |_| ()).await?;
    let mut variables = server::variables(&database.provisioned.service_url);
    variables.push(("WAYBILL_PROJECTIONS".to_owned(), "false".to_owned()));
    let config = Config::load(&Sources::from_variables(variables.clone()))
        .map_err(|errors| anyhow::anyhow!("{errors}"))?;
    let request = TokenRequest {
        subject: "staff-1".parse()?,
        roles: vec![Role::Staff],
        lifetime: Duration::from_hours(1),
        session_id: None,
    };
    let token = Minter::new(&config.auth)?.mint(&request, chrono::Utc::now())?;

    let mut results = Results::default();
    for _ in 0..options.turns {
        let node = Node::start(&waybill, &variables).await?;
        turn(&node, &token, options.events, FROM_POSTGRES, &mut results).await?;
        node.stop().await?;
    }
    if !options.postgres_only {
        // All of it, whatever its size.
        for (name, value) in [
            ("WAYBILL_PUSH_RING_EVENTS", options.events.max(64)),
            ("WAYBILL_PUSH_RING_PRELOAD", options.events),
            ("WAYBILL_PUSH_RING_MIB", 8_192),
        ] {
            variables.push((name.to_owned(), value.to_string()));
        }
        let node = Node::start(&waybill, &variables).await?;
        turn(&node, &token, options.events, FIRST_FROM_RING, &mut results).await?;
        for _ in 0..options.turns {
            turn(&node, &token, options.events, FROM_RING, &mut results).await?;
        }
        node.stop().await?;
        let ring = format!(
            "WAYBILL_PUSH_RING_EVENTS and _PRELOAD {}, WAYBILL_PUSH_RING_MIB 8192",
            options.events
        );
        results.note(WORK, WAYBILL, &events_of(FROM_RING), &ring);
    }
    database.stop().await?;
    judge(&options, &mut results);
    Ok(results)
}

fn events_of(source: &str) -> String {
    format!("events a second, {source}")
}

async fn turn(
    node: &Node,
    token: &str,
    events: u64,
    source: &str,
    results: &mut Results,
) -> anyhow::Result<()> {
    let before = cpu(&[node.id()])?;
    let (address, process, token) = (node.address(), node.id(), token.to_owned());
    let replayed =
        tokio::task::spawn_blocking(move || client::replay(address, process, &token, events))
            .await??;
    let used = cpu(&[node.id()])?.saturating_sub(before);
    let Replayed {
        took,
        bytes,
        resident,
    } = replayed;
    let mut add =
        |what: String, unit: &str, figure| results.turn(WORK, WAYBILL, &what, unit, figure);
    add(
        events_of(source),
        "/s",
        server::float(events) / took.as_secs_f64(),
    );
    let each = used.as_secs_f64() * 1e6 / server::float(events);
    add(format!("the node's CPU an event, {source}"), "µs", each);
    add(
        format!("bytes an event, {source}"),
        "B",
        server::float(bytes) / server::float(events),
    );
    let mib = |kib: u64| server::float(kib) / 1024.0;
    let (half, end) = resident;
    add(
        format!("resident at half of it, {source}"),
        "MiB",
        mib(half),
    );
    add(format!("resident at its end, {source}"), "MiB", mib(end));
    Ok(())
}

fn judge(options: &Options, results: &mut Results) {
    let mut judge = |source: &str, bound: f64, target: &str| {
        let value = results.median(WORK, WAYBILL, &events_of(source));
        results.judge(Verdict::at_least(WORK, target, value, "/s", bound));
    };
    judge(
        FROM_POSTGRES,
        150_000.0,
        "at least 150,000 events/s from Postgres",
    );
    if !options.postgres_only {
        judge(
            FROM_RING,
            500_000.0,
            "at least 500,000 events/s from the ring",
        );
    }
    let at = |when: &str| {
        let what = format!("resident at {when}, {FROM_POSTGRES}");
        results.median(WORK, WAYBILL, &what)
    };
    let growth = at("its end") / at("half of it");
    let target = "memory flat: at the end at most 1.1 × that at half of it";
    results.judge(Verdict::at_most(WORK, target, growth, "×", 1.1));
}
