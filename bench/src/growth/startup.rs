//! How long a node takes from its start until it is ready, on a log as long as it has become and read models
//! that have followed it. The schema is up to date, as it is whenever a node starts.

use std::path::Path;
use std::time::Instant;

use crate::measured::{Results, Verdict, WAYBILL};
use crate::server::{self, Database};

use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};
use waybill_tests::node::Node;

const WORK: &str = "startup";
const WHAT: &str = "until ready";

pub(super) async fn run(
    waybill: &Path,
    database: &Database,
    events: u64,
    starts: u32,
    results: &mut Results,
) -> anyhow::Result<()> {
    // The list has not followed what the appends of the bench added.
    let mut owner = PgConnection::connect(&database.provisioned.owner_url).await?;
    owner.execute(include_str!("all_caught_up.sql")).await?;
    owner.close().await?;
    let variables = server::variables(&database.provisioned.service_url);
    for _ in 0..starts {
        let began = Instant::now();
        let node = Node::start(waybill, &variables).await?;
        let took = began.elapsed().as_secs_f64();
        results.turn(WORK, WAYBILL, WHAT, "s", took);
        node.stop().await?;
    }
    let note = format!("on {events} events; looked for every 20 ms");
    results.note(WORK, WAYBILL, WHAT, &note);
    let took = results.median(WORK, WAYBILL, WHAT);
    let verdict = Verdict::below(WORK, "under 1 s to ready", took, "s", 1.0);
    results.judge(verdict.noting(note));
    Ok(())
}
