//! Nodes that are restarted one after the other, as for an upgrade.

use std::time::Duration;

use super::scene::{Scene, moment};
use crate::options::Options;
use crate::progress::Progress;
use crate::tried::Tried;

/// The work's name.
pub const NAME: &str = "rolling-restart";
/// What it does.
pub const ABOUT: &str = "\
Two nodes are restarted in turn with SIGTERM, each when the other is ready, while callers call and followers follow. A \
request may meet a node that is going and be told so, or find nobody; it is sent again under the same key. Any other \
failure is a finding.";

const LIFE: Duration = Duration::from_secs(2);

/// Restarts one after the other, over and over.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let times = options.times(40, 4);
    let mut scene = Scene::set(options, NAME).await?;
    scene.start_nodes(2).await?;
    let load = scene.load().await?;
    let mut progress = Progress::new("restarted", times);
    for nth in 1..=times {
        tokio::time::sleep(moment(&mut scene.random, LIFE)).await;
        let node = &mut scene.nodes[usize::try_from(nth % 2)?];
        node.terminate().await?;
        node.launch_again()?;
        node.ready().await?;
        progress.show(nth, &load.progress());
    }
    drop(progress);
    let what = format!("Two nodes were restarted in turn, {times} times in all.");
    scene.judge(load, Tried::new(what, times)).await
}
