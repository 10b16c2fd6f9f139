//! `kill -9` of Postgres under load.

use std::time::Duration;

use rand::Rng as _;
use waybill_tests::postgres::Death;

use super::scene::{Scene, moment};
use crate::options::Options;
use crate::progress::Progress;
use crate::tried::Tried;

/// The work's name.
pub const NAME: &str = "kill-postgres";
/// What it does.
pub const ABOUT: &str = "\
Two nodes on one Postgres, which is killed with SIGKILL at random moments and started again: its first process alone, all \
of its processes at once, or one that serves a connection, after which it ends all others and recovers by itself.";

/// How long it lives at most before it is killed again.
const LIFE: Duration = Duration::from_secs(2);
/// How long it is away at most, beside what its recovery takes.
const AWAY: Duration = Duration::from_millis(500);

/// Kills and starts, over and over.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let times = options.times(50, 4);
    let mut scene = Scene::set(options, NAME).await?;
    scene.start_nodes(2).await?;
    let load = scene.load().await?;
    let mut progress = Progress::new("killed", times);
    for nth in 1..=times {
        tokio::time::sleep(moment(&mut scene.random, LIFE)).await;
        let deaths = [Death::Server, Death::Everything, Death::Session];
        let death = deaths[scene.random.random_range(0..deaths.len())];
        let mut tries = 0;
        // Nobody may be connected yet whose session could be killed.
        while let Err(error) = scene.postgres.kill(death) {
            tries += 1;
            anyhow::ensure!(death == Death::Session && tries < 200, error);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        if death != Death::Session {
            tokio::time::sleep(moment(&mut scene.random, AWAY)).await;
            scene.postgres.start_again().await?;
        }
        progress.show(nth, &load.progress());
    }
    drop(progress);
    let what = format!("Postgres was killed {times} times under two nodes, and started again.");
    scene.judge(load, Tried::new(what, times)).await
}
