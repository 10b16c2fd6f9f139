//! Connections that get nothing: the memory that they take up.

use std::time::Duration;

use waybill_tests::process::{resident, settled};

use super::Options;
use super::crowd::Crowd;
use super::plan::Followers;
use super::subject::Server;
use super::subject::Subject::{self, Nchan, Socketio, Waybill};
use super::waybill::Shop;
use crate::measured::{Results, Verdict};
use crate::server::float;

const WORK: &str = "idle-memory";
const WHAT: &str = "resident memory a connection";
/// What is wanted, in bytes.
const BOUND: f64 = 6_000.0;

/// Takes turns.
pub async fn run(options: &Options, shop: &mut Shop, results: &mut Results) -> anyhow::Result<()> {
    let sides = options.among(&[Waybill, Socketio, Nchan]);
    // Memory does not depend on who else is busy as time does.
    for _ in 0..options.turns.min(2) {
        for side in &sides {
            let bytes = turn(*side, shop, options.many).await?;
            results.turn(WORK, side.name(), WHAT, "B", bytes);
        }
    }
    if sides.contains(&Waybill) {
        let bytes = results.median(WORK, Subject::name(Waybill), WHAT);
        results.judge(Verdict::at_most(WORK, "at most 6 kB", bytes, "B", BOUND));
    }
    Ok(())
}

async fn turn(side: Subject, shop: &mut Shop, clients: usize) -> anyhow::Result<f64> {
    let mut server = Server::start(side, shop).await?;
    let processes = server.processes()?;
    settled(&processes).await?;
    server.tidy().await?;
    let before = resident(&processes)?;
    let crowd = Crowd::gather(&server.crowd(shop, Followers::Each(clients))?).await?;
    settled(&processes).await?;
    server.tidy().await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after = resident(&processes)?;
    crowd.leave().await?;
    server.stop().await?;
    Ok(float(after.saturating_sub(before)) / float(u64::try_from(clients)?))
}
