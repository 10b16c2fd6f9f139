//! A database that is restored as it was some time ago.

use std::time::Duration;

use super::scene::{Scene, moment};
use crate::options::Options;
use crate::progress::Progress;
use crate::tried::Tried;

/// The work's name.
pub const NAME: &str = "restore-backup";
/// What it does.
pub const ABOUT: &str = "\
Two nodes on one Postgres, of which a base backup is taken under load. Some seconds later the nodes are stopped, the \
database is restored from the backup, a new epoch begins, and the nodes are started again, as docs/operations.md has it. \
What was acknowledged in between is gone, which is what restoring means, and is counted; clients are told `reset`, and \
what they saw before and after must agree with the log of before and of after.";

/// Between a restore and the next backup, and between that and its restore, at most.
const LIFE: Duration = Duration::from_secs(4);

/// Backs up and restores, over and over.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let times = options.times(10, 1);
    let mut scene = Scene::set(options, NAME).await?;
    scene.start_nodes(2).await?;
    let load = scene.load().await?;
    let mut progress = Progress::new("restored", times);
    for nth in 1..=times {
        tokio::time::sleep(moment(&mut scene.random, LIFE)).await;
        let backup = scene.postgres.base_backup().await?;
        tokio::time::sleep(moment(&mut scene.random, LIFE)).await;
        for node in &mut scene.nodes {
            node.terminate().await?;
        }
        let end = scene.end_life();
        let former = scene.replace_postgres(backup.restore().await?)?;
        scene.bury(end, &former, &load).await?;
        drop(former);
        scene.new_epoch("restored a backup").await?;
        for node in &mut scene.nodes {
            node.launch_again()?;
        }
        for node in &scene.nodes {
            node.ready().await?;
        }
        progress.show(nth, &load.progress());
    }
    drop(progress);
    let what = format!("An older backup was restored {times} times.");
    scene.judge(load, Tried::new(what, times)).await
}
