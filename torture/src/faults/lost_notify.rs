//! Notifications that never come.

use std::time::Duration;

use super::scene::{Scene, moment, quantile};
use crate::options::Options;
use crate::progress::Progress;
use crate::tried::{Figure, Tried};

/// The work's name.
pub const NAME: &str = "lost-notify";
/// What it does.
pub const ABOUT: &str = "\
Two nodes reach their Postgres through a network that takes every notification out of what Postgres sends, for seconds \
at a time. What one node appends the other then finds by looking once a second, and so do its clients.";

/// How long they are lost at a time, at most, beside a second.
const LOSING: Duration = Duration::from_secs(3);
/// From commit to client: a second until the node looks, and half a second for a machine that is busy.
const LATEST_SECS: f64 = 1.5;

/// Loses and does not lose, over and over.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let times = options.times(20, 3);
    let mut scene = Scene::set(options, NAME).await?;
    scene.start_nodes(2).await?;
    let load = scene.load().await?;
    let mut progress = Progress::new("lost", times);
    for nth in 1..=times {
        scene.network.lose_notifications(true);
        tokio::time::sleep(Duration::from_secs(1) + moment(&mut scene.random, LOSING)).await;
        if nth < times {
            scene.network.lose_notifications(false);
            tokio::time::sleep(moment(&mut scene.random, LOSING)).await;
        }
        progress.show(nth, &load.progress());
    }
    drop(progress);
    let what = format!("Two nodes got no notifications, {times} times for seconds.");
    let mut tried = Tried::new(what, times);
    tried.count("notifications lost", scene.network.lost_notifications());
    let mut latest: f64 = 0.0;
    for node in &scene.nodes {
        let metrics = node.metrics().await?;
        latest = latest.max(quantile(&metrics, "waybill_push_delivery_seconds", "0.99"));
    }
    tried.figure(Figure {
        what: "from commit to client, p99 of the last minute".to_owned(),
        unit: "s".to_owned(),
        value: latest,
        bound: Some(LATEST_SECS),
        note: Some(
            "over both nodes' own measure; the worse of the two, over WebSockets and streams"
                .to_owned(),
        ),
    });
    scene.judge(load, tried).await
}
