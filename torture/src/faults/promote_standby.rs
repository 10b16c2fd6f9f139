//! A standby that lagged and takes the place of its primary.

use std::time::Duration;

use rand::Rng as _;
use waybill_tests::network::{Network, Route};
use waybill_tests::postgres::Death;

use super::scene::{Scene, moment};
use crate::options::Options;
use crate::progress::Progress;
use crate::tried::Tried;

/// The work's name.
pub const NAME: &str = "promote-standby";
/// What it does.
pub const ABOUT: &str = "\
Two nodes on a Postgres with an asynchronous standby. The network between the two stops passing anything on; up to two \
seconds later the primary is killed, and the standby is promoted and takes its place while the nodes go on running. Half of \
the times a new epoch is begun by hand, else it is left to the nodes to notice. What was acknowledged and had not reached \
the standby is gone, and is counted; clients are told `reset`. Until a node notices it may go on showing what it remembers \
of the end that is gone; whoever was shown it must be told `reset`, too, and nobody may see both.";

/// Between two failovers, at most, beside the second that the standby needs to catch up.
const LIFE: Duration = Duration::from_secs(4);
/// How long the standby hears nothing before its primary dies, at most.
const LAG: Duration = Duration::from_secs(2);
/// For nodes to notice by themselves: they look once a second.
const NOTICE: Duration = Duration::from_secs(3);

/// Fails over, again and again.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let times = options.times(10, 1);
    let mut scene = Scene::set(options, NAME).await?;
    scene.start_nodes(2).await?;
    let load = scene.load().await?;
    let mut progress = Progress::new("promoted", times);
    for nth in 1..=times {
        let between = Network::to(
            Route::Socket(scene.postgres.socket()?),
            scene.random.random(),
        );
        let between = between.await?;
        let standby = scene.postgres.standby(&between).await?;
        tokio::time::sleep(Duration::from_secs(1) + moment(&mut scene.random, LIFE)).await;
        between.hang(true);
        tokio::time::sleep(moment(&mut scene.random, LAG)).await;
        let end = scene.end_life();
        scene.postgres.kill(Death::Everything)?;
        drop(between);
        standby.promote().await?;
        let mut primary = scene.replace_postgres(standby)?;
        if nth % 2 == 0 {
            scene.new_epoch("promoted a standby").await?;
        }
        tokio::time::sleep(NOTICE).await;
        primary.start_again().await?;
        scene.bury(end, &primary, &load).await?;
        primary.end().await?;
        progress.show(nth, &load.progress());
    }
    drop(progress);
    let what =
        format!("A standby that lagged was promoted {times} times, under nodes that went on.");
    scene.judge(load, Tried::new(what, times)).await
}
