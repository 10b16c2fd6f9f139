//! No room on Postgres' disk.

use std::time::Duration;

use rand::Rng as _;
use waybill_tests::postgres::{Disk, Mounted, Postgres};

use super::scene::{SETTINGS, Scene, moment};
use crate::options::Options;
use crate::progress::Progress;
use crate::tried::Tried;

/// The work's name.
pub const NAME: &str = "disk-full";
/// What it does.
pub const ABOUT: &str = "\
One node, and a Postgres on a small disk (a file system in memory that is mounted for it, which needs the right to mount). \
Something else fills the disk up, so that Postgres fails to write and at times ends itself; then there is room again, and \
it is started again if it has ended.";

/// Room for the database and its WAL.
const DISK_BYTES: u64 = 384 << 20;
/// What is left at most when the disk is as good as full.
const LEFT_BYTES: u64 = 1 << 20;
/// How long it stays full at most, beside a second.
const FULL: Duration = Duration::from_secs(3);
/// Until a Postgres that could not write has either recovered or ended.
const SETTLING: Duration = Duration::from_secs(1);
/// Between two times.
const LIFE: Duration = Duration::from_secs(2);

/// Fills and frees, over and over.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let times = options.times(15, 2);
    let disk = match Disk::mount(DISK_BYTES)? {
        Mounted::Here(disk) => disk,
        Mounted::NotHere(why) => anyhow::bail!("skipped: no disk can be mounted here ({why})"),
    };
    let ballast = disk.ballast();
    let postgres = Postgres::start_on(disk, &SETTINGS).await?;
    let mut scene = Scene::set_on(options, NAME, postgres).await?;
    scene.start_nodes(1).await?;
    let load = scene.load().await?;
    let mut tried = Tried::default();
    let mut progress = Progress::new("filled up", times);
    for nth in 1..=times {
        tokio::time::sleep(moment(&mut scene.random, LIFE)).await;
        ballast.fill_but(scene.random.random_range(0..LEFT_BYTES))?;
        // What is freed meanwhile is taken, too.
        let full = Duration::from_secs(1) + moment(&mut scene.random, FULL);
        let until = tokio::time::Instant::now() + full;
        while tokio::time::Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(100)).await;
            ballast.fill_but(0)?;
        }
        ballast.free()?;
        // It may be in the middle of ending itself.
        tokio::time::sleep(SETTLING).await;
        if !scene.postgres.is_alive() {
            tried.count("times that Postgres had ended itself", 1);
            scene.postgres.start_again().await?;
        }
        progress.show(nth, &load.progress());
    }
    drop(progress);
    tried.what = format!("The disk of Postgres was full {times} times, for seconds.");
    tried.times = times;
    scene.judge(load, tried).await
}
