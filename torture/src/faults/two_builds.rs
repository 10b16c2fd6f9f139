//! Two builds side by side, of which the newer writes what the older does not know.

use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use waybill_tests::history::Channel;

use super::scene::{Scene, moment};
use crate::load::Loaded;
use crate::options::Options;
use crate::progress::Progress;
use crate::tried::Tried;

/// The work's name.
pub const NAME: &str = "two-builds";
/// What it does.
pub const ABOUT: &str = "\
Two nodes of today's build are upgraded one after the other, with seconds of both side by side, to one that has a version of \
OrderStatusChanged that today's does not know, and writes it (the program `waybill-later`: the same code with that version \
in its table). Meanwhile the older node's read models stop and wait, its clients get `order.unreadable`, and whoever asks it \
for such an order is told so; afterwards nothing may have been passed over. The clients of Socket.IO, who are sent what the \
library's own vocabulary has, cannot be told of such an event and are not judged. Then a new database, and so on.";

/// How long both run side by side, at most, beside two seconds.
const TOGETHER: Duration = Duration::from_secs(5);

/// Upgrades, over and over.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let times = options.times(4, 1);
    // This process judges as the later build, which can read everything.
    waybill_domain::stored::become_later(waybill_domain::EventKind::StatusChanged, super::LATER);
    let later = std::env::current_exe()?.with_file_name("waybill-later");
    anyhow::ensure!(later.exists(), "{} was not built", later.display());
    let mut tried = Tried::default();
    let mut progress = Progress::new("upgraded", times);
    for nth in 1..=times {
        let mut scene = Scene::set(options, NAME).await?;
        scene.random = StdRng::seed_from_u64(options.seed() + nth);
        scene.start_nodes(2).await?;
        let load = scene.load().await?;
        for node in 0..2 {
            let together = Duration::from_secs(2) + moment(&mut scene.random, TOGETHER);
            tokio::time::sleep(together).await;
            scene.upgrade(node, &later).await?;
        }
        tokio::time::sleep(moment(&mut scene.random, TOGETHER)).await;
        progress.show(nth, &load.progress());
        tried = scene.judge_but(load, tried, forgive).await?;
    }
    drop(progress);
    tried.what = format!(
        "Two nodes were upgraded one after the other to a build with a new event version, {times} times."
    );
    tried.times = times;
    Ok(tried)
}

/// What an older build has no way around.
fn forgive(loaded: &mut Loaded) {
    loaded
        .unexpected
        .retain(|what| !what.contains("order_unreadable") && !what.contains("over Socket.IO"));
    loaded
        .history
        .accounts
        .retain(|account| account.channel != Channel::SocketIo);
}
