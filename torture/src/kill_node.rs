//! `kill -9` of a node under load.

use std::time::Duration;

use anyhow::Context as _;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::options::Options;
use crate::progress::Progress;
use crate::stage::Stage;
use crate::tried::Tried;

/// The work's name.
pub const NAME: &str = "kill-node";
/// What it does.
pub const ABOUT: &str = "\
One node on one Postgres is killed with SIGKILL at random moments, while it serves, starts or has just been started, \
and is started again at the same address.";

/// How long it lives at most before it is killed.
const LIFE: Duration = Duration::from_millis(1_500);

/// Kills and starts, over and over.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let times = options.times(200, 8);
    let mut random = StdRng::seed_from_u64(options.seed());
    let mut stage = Stage::set(options, NAME).await?;
    stage.start_node(&[]).await?;
    let mut progress = Progress::new("killed", times);
    for nth in 1..=times {
        tokio::time::sleep(LIFE.mul_f64(random.random())).await;
        let node = stage.nodes.first_mut().context("a node")?;
        node.kill().await?;
        node.launch_again()?;
        progress.show(nth, "");
    }
    drop(progress);
    stage.nodes.first().context("a node")?.ready().await?;
    let what = format!("A node was killed {times} times, and started again each time.");
    let mut tried = Tried::new(what, times);
    tried.findings = stage.verify().await?;
    stage.clear(&tried.findings).await?;
    Ok(tried)
}
