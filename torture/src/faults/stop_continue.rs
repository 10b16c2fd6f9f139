//! A node, or Postgres, that stands still for seconds and then goes on as if nothing had been.

use std::time::Duration;

use rand::Rng as _;

use super::scene::{Scene, moment};
use crate::options::Options;
use crate::progress::Progress;
use crate::tried::Tried;

/// The work's name.
pub const NAME: &str = "stop-continue";
/// What it does.
pub const ABOUT: &str = "\
One node on one Postgres. Either is stopped with SIGSTOP, in whatever it is doing, and continued after up to four \
seconds; Postgres, all of whose processes are stopped, now and then only after twelve, when the node has given up.";

/// How long a halt usually is at most.
const HALT: Duration = Duration::from_secs(4);
/// Longer than a node waits for a batch.
const LONG_HALT: Duration = Duration::from_secs(12);
/// Between two halts, at most.
const LIFE: Duration = Duration::from_secs(2);

/// Stops and continues, over and over.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let times = options.times(30, 4);
    let mut scene = Scene::set(options, NAME).await?;
    scene.start_nodes(1).await?;
    let load = scene.load().await?;
    let mut tried = Tried::default();
    let mut progress = Progress::new("stopped", times);
    for nth in 1..=times {
        tokio::time::sleep(moment(&mut scene.random, LIFE)).await;
        let halt = moment(
            &mut scene.random,
            if options.quick { HALT / 2 } else { HALT },
        );
        if scene.random.random() {
            scene.nodes[0].pause()?;
            tokio::time::sleep(halt).await;
            scene.nodes[0].go_on()?;
            tried.count("halts of the node", 1);
        } else {
            let long = nth % 10 == 0;
            let frozen = scene.postgres.freeze()?;
            tokio::time::sleep(if long { LONG_HALT } else { halt }).await;
            drop(frozen);
            tried.count("halts of Postgres", 1);
        }
        progress.show(nth, &load.progress());
    }
    drop(progress);
    tried.what = format!("The node or its Postgres was stopped and continued {times} times.");
    tried.times = times;
    scene.judge(load, tried).await
}
