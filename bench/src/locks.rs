//! The two candidates for the append's lock: an advisory lock, and a row of a table that each batch updates.
//!
//! Each appends batches of ten small events, by `pgbench` with two clients, in turns; then again while a
//! transaction holds a snapshot open, behind which nothing that the row leaves can be cleared away.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};
use waybill_infra::private_postgres::SUPERUSER;

use crate::measured::{Results, Verdict};
use crate::pgbench;
use crate::server;

const WORK: &str = "locks";
const CANDIDATES: [(&str, &str); 2] = [
    ("advisory lock", "append_by_lock"),
    ("row of a head table", "append_by_row"),
];
const PLAIN: &str = "batches a second";
const HELD: &str = "the same at the end of a long snapshot";

/// How much is measured.
#[derive(Debug, Args)]
pub struct Options {
    /// Seconds of each turn.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Turns of each candidate.
    #[arg(long, default_value_t = 3)]
    turns: u32,
    /// Seconds for which each candidate goes on behind a snapshot before it is measured there.
    #[arg(long, default_value_t = 60)]
    held: u64,
    /// One short turn of each, behind a short snapshot.
    #[arg(long)]
    quick: bool,
}

/// Takes turns between the two, plain and behind a snapshot.
pub async fn run(mut options: Options) -> anyhow::Result<Results> {
    if options.quick {
        (options.seconds, options.turns, options.held) = (1, 1, 2);
    }
    let folder = server::folder("locks");
    let postgres = server::postgres(&folder).await?;
    let url = postgres.url("postgres", SUPERUSER);
    let mut owner = PgConnection::connect(&url).await?;
    owner.execute(include_str!("locks.sql")).await?;
    let scripts = CANDIDATES.map(|(_, function)| folder.join(function));
    for (script, (_, function)) in scripts.iter().zip(CANDIDATES) {
        std::fs::write(script, format!("SELECT {function}(10);\n"))?;
    }
    let time = Duration::from_secs(options.seconds);
    let mut results = Results::default();
    for _ in 0..options.turns {
        turn(&mut results, &url, &scripts, PLAIN, time).await?;
    }
    // Seen by both from now on, and never given back until the end.
    owner
        .execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM head")
        .await?;
    for script in &scripts {
        pgbench::run(&url, script, 2, Duration::from_secs(options.held)).await?;
    }
    for _ in 0..options.turns {
        turn(&mut results, &url, &scripts, HELD, time).await?;
    }
    owner.close().await?;
    tokio::task::spawn_blocking(move || postgres.stop()).await??;
    let [(lock, _), (row, _)] = CANDIDATES;
    for who in [lock, row] {
        let note = format!(
            "after {} s of appends behind a snapshot; not after ten minutes",
            options.held
        );
        results.note(WORK, who, HELD, &note);
    }
    let times = results.ratio(WORK, HELD, lock, row);
    let wanted = "the lock that is used is no slower behind a long snapshot";
    results.judge(Verdict::at_least(WORK, wanted, times, "×", 1.0));
    Ok(results)
}

async fn turn(
    results: &mut Results,
    url: &str,
    scripts: &[PathBuf; 2],
    what: &str,
    time: Duration,
) -> anyhow::Result<()> {
    for (script, (who, _)) in scripts.iter().zip(CANDIDATES) {
        let figure = pgbench::run(url, script, 2, time).await?;
        println!("{who:<22} {what:<40} {figure:>10.0}");
        results.turn(WORK, who, what, "/s", figure);
    }
    Ok(())
}
