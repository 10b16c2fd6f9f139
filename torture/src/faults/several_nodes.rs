//! Several nodes on one database, of which one stands still.

use std::time::Duration;

use rand::Rng as _;

use super::scene::{Scene, moment};
use crate::options::Options;
use crate::progress::Progress;
use crate::tried::Tried;

/// The work's name.
pub const NAME: &str = "several-nodes";
/// What it does.
pub const ABOUT: &str = "\
Two nodes, then three, on one Postgres. One of them is stopped with SIGSTOP in whatever it is doing (holding the lock of \
a read model, with a batch under way) and continued when the others have gone on without it, for up to four seconds and \
now and then for twelve, after which the database has ended its transactions.";

const HALT: Duration = Duration::from_secs(4);
const LONG_HALT: Duration = Duration::from_secs(12);
const LIFE: Duration = Duration::from_secs(1);

/// Stops and continues, over and over.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let times = options.times(40, 4);
    let mut scene = Scene::set(options, NAME).await?;
    // All listen from the beginning, since the load goes to all; the third one has its first halt half-way.
    scene.start_nodes(3).await?;
    scene.nodes[2].pause()?;
    let load = scene.load_on(&scene.addresses()[..2]).await?;
    let mut progress = Progress::new("stopped", times);
    let mut nodes = 2;
    for nth in 1..=times {
        if nth == times / 2 + 1 {
            scene.nodes[2].go_on()?;
            nodes = 3;
            load.lead_to(&scene.addresses());
        }
        tokio::time::sleep(moment(&mut scene.random, LIFE)).await;
        let node = scene.random.random_range(0..nodes);
        let halt = moment(
            &mut scene.random,
            if options.quick { HALT / 2 } else { HALT },
        );
        scene.nodes[node].pause()?;
        tokio::time::sleep(if nth % 10 == 0 { LONG_HALT } else { halt }).await;
        scene.nodes[node].go_on()?;
        progress.show(nth, &load.progress());
    }
    drop(progress);
    let what = format!("Of two nodes, then of three, one was stopped and continued {times} times.");
    scene.judge(load, Tried::new(what, times)).await
}
