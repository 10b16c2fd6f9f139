//! Notifications that never come.

use std::time::Duration;

use super::scene::{Scene, moment};
use crate::metrics::{quantile, sum};
use crate::options::Options;
use crate::progress::Progress;
use crate::tried::{Figure, Tried};

/// The work's name.
pub const NAME: &str = "lost-notify";
/// What it does.
pub const ABOUT: &str = "\
Two nodes reach their Postgres through a network that takes every notification out of what Postgres sends, for seconds \
at a time. What one node appends the other then finds by looking once a second, and so do its clients. For half of the \
times all requests and new connections go to one node. The other one, which appends nothing and is asked for nothing, has \
no other way to find what it has to send to those who are still connected to it; how long they wait is measured.";

/// How long they are lost at a time, at most, beside a second.
const LOSING: Duration = Duration::from_secs(3);
/// What a node says of that.
const DELIVERY: &str = "waybill_push_delivery_seconds";
/// From commit to client: a second until the node looks, and half a second for a machine that is busy.
const LATEST_SECS: f64 = 1.5;

/// Loses and does not lose, over and over.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let times = options.times(20, 3);
    let mut scene = Scene::set(options, NAME).await?;
    scene.start_nodes(2).await?;
    let load = scene.load().await?;
    let [appending, looking] = &scene.nodes[..] else {
        anyhow::bail!("two nodes");
    };
    let mut progress = Progress::new("lost", times);
    let mut before = 0;
    for nth in 1..=times {
        if nth == times / 2 + 1 {
            load.lead_to(&[appending.address()]);
            before = delivered(&looking.metrics().await?);
        }
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
    let metrics = looking.metrics().await?;
    tried.figure(Figure {
        what: "from commit to client, p99 of the last minute".to_owned(),
        unit: "s".to_owned(),
        value: quantile(&metrics, DELIVERY, "0.99"),
        bound: Some(LATEST_SECS),
        note: Some(
            "the measure of the node that only looks; the worse of WebSockets and streams"
                .to_owned(),
        ),
    });
    if delivered(&metrics) == before {
        let finding = "the node that only looks has delivered nothing".to_owned();
        tried.findings.push(finding);
    }
    load.lead_to(&scene.addresses());
    scene.judge(load, tried).await
}

/// Events that a node has delivered.
fn delivered(metrics: &str) -> u64 {
    sum(metrics, &format!("{DELIVERY}_count"))
}
