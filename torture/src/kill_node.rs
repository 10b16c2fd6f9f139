//! `kill -9` of a node under load.

use std::time::Duration;

use anyhow::Context as _;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use waybill_tests::history::Recorder;

use crate::load::{Load, Nodes, Plan};
use crate::options::Options;
use crate::progress::Progress;
use crate::stage::Stage;
use crate::tried::Tried;

/// The work's name.
pub const NAME: &str = "kill-node";
/// What it does.
pub const ABOUT: &str = "\
One node on one Postgres is killed with SIGKILL at random moments, while it serves, starts or has just been started, \
and is started again at the same address at once, while callers, followers and readers go on.";

/// How long it lives at most before it is killed; mostly much less.
const LIFE: Duration = Duration::from_secs(4);
/// How long it takes to start, more or less.
const START: Duration = Duration::from_millis(150);

/// Kills and starts, over and over.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let times = options.times(200, 8);
    let mut random = StdRng::seed_from_u64(options.seed());
    let mut stage = Stage::set(options, NAME).await?;
    stage.start_node(&[]).await?;
    let nodes = Nodes::new(&stage.addresses());
    let load = Load::start(&Plan::usual(options), nodes, Recorder::default()).await?;
    let mut progress = Progress::new("killed", times);
    let mut unready = 0;
    for nth in 1..=times {
        let life = if random.random_ratio(1, 5) {
            START.mul_f64(random.random())
        } else {
            START + LIFE.mul_f64(random.random::<f64>().powi(2))
        };
        tokio::time::sleep(life).await;
        let node = stage.nodes.first_mut().context("a node")?;
        unready += u64::from(!node.is_ready().await);
        node.kill().await?;
        node.launch_again()?;
        progress.show(nth, &load.progress());
    }
    drop(progress);
    stage.nodes.first().context("a node")?.ready().await?;
    let loaded = load.stop().await?;
    let what = format!("The node was killed {times} times, {unready} of them before it was ready.");
    let mut tried = Tried::new(what, times);
    loaded.judge(&stage, &mut tried).await?;
    tried.findings.extend(loaded.resets());
    stage.clear(&tried.findings).await?;
    Ok(tried)
}
