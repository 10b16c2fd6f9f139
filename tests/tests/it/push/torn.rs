//! Clients that are cut, and clients that are slow: nothing missed, nothing twice, in order.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use waybill_api::auth::Role;
use waybill_domain::{ChangeStatus, Position, Status};
use waybill_infra::log::Topic;
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::orders;
use waybill_tests::socket::{Incoming, Socket};

/// What one subscription has handled.
#[derive(Default)]
struct Handled {
    cursor: Option<String>,
    events: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_cut_two_hundred_times_sees_each_event_of_each_subscription_once_in_order() {
    let database = TestDatabase::create().await;
    // A ring too small to serve the replays, so that the log has to.
    let small = [("WAYBILL_PUSH_RING_EVENTS", "64")];
    let apps = [
        TestApp::start_with(&database, &small).await,
        TestApp::start_with(&database, &small).await,
    ];
    let first = orders::place(apps[0].app(), "c1").await.receipt.order_id;
    let apps = Arc::new(apps);
    let writing = Arc::clone(&apps);
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let writer = tokio::spawn(async move {
        for nth in (0_usize..).take_while(|_| !stopped.is_cancelled()) {
            let app = writing[nth % 2].app();
            let placed = orders::place(app, ["c1", "c2", "c3"][nth % 3]).await;
            if nth % 2 == 0 {
                orders::run(
                    app,
                    placed.receipt.order_id,
                    ChangeStatus::to(Status::Processing),
                )
                .await
                .unwrap();
            }
            if nth % 50 == 0 {
                let note = json!({"details": {"notes": format!("note {nth}")}});
                let patch = waybill_domain::UpdateDetails::parse(note["details"].clone()).unwrap();
                orders::run(app, first, patch).await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    let topics = [
        ("all", "orders".to_owned()),
        ("mine", "customer:c1".into()),
        ("one", format!("order:{first}")),
    ];
    let mut handled: HashMap<&str, Handled> = topics
        .iter()
        .map(|(id, _)| (*id, Handled::default()))
        .collect();
    let mut random = StdRng::seed_from_u64(7);
    let token = apps[0].token("ann", &[Role::Staff]);
    for cut in 0..200 {
        let frames = random.random_range(0..40);
        follow(
            apps[cut % 2].address,
            &token,
            &topics,
            &mut handled,
            Some(frames),
        )
        .await;
    }
    // Not in the middle of a command, which would be done after all when nobody follows any more.
    stop.cancel();
    writer.await.unwrap();
    follow(apps[0].address, &token, &topics, &mut handled, None).await;
    for (id, topic) in [
        ("all", Topic::Orders),
        ("mine", Topic::Customer("c1".parse().unwrap())),
        ("one", Topic::Order(first)),
    ] {
        let mut expected = Vec::new();
        let mut after = Position(0);
        loop {
            let page = apps[0].app().log.read(&topic, after, 1_000).await.unwrap();
            expected.extend(page.events.iter().map(|e| e.envelope.event_id.to_string()));
            after = page.through;
            if !page.more {
                break;
            }
        }
        assert!(expected.len() > 3, "{id}: too few events to mean anything");
        assert_eq!(handled[id].events, expected, "{id}");
    }
}

/// Connects, resumes all three, and handles `frames` frames before cutting the connection; without a
/// number, until all three are live and nothing more comes.
async fn follow(
    address: std::net::SocketAddr,
    token: &str,
    topics: &[(&'static str, String)],
    handled: &mut HashMap<&str, Handled>,
    frames: Option<usize>,
) {
    let mut socket = Socket::hello(address, token).await;
    for (id, topic) in topics {
        let after = handled[id].cursor.as_deref().unwrap_or("earliest");
        socket
            .send(&json!({"type": "subscribe", "id": id, "topic": topic, "after": after}))
            .await;
    }
    let mut left = frames.unwrap_or(usize::MAX);
    while left > 0 {
        let quiet = Duration::from_millis(if frames.is_some() { 200 } else { 1_500 });
        let Ok(Incoming::Frame(frame)) = tokio::time::timeout(quiet, socket.next()).await else {
            return;
        };
        left -= 1;
        match frame["type"].as_str().unwrap() {
            "event" => {
                for id in frame["ids"].as_array().unwrap() {
                    let handled = handled.get_mut(id.as_str().unwrap()).unwrap();
                    handled
                        .events
                        .push(frame["event"]["event_id"].as_str().unwrap().to_owned());
                    handled.cursor = Some(frame["event"]["cursor"].as_str().unwrap().to_owned());
                }
            }
            "live" | "cursor" => {
                let handled = handled.get_mut(frame["id"].as_str().unwrap()).unwrap();
                handled.cursor = Some(frame["cursor"].as_str().unwrap().to_owned());
            }
            "subscribed" | "welcome" => {}
            other => panic!("{other}: {frame}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_reads_slowly_loses_its_queue_and_not_its_events() {
    const WRITERS: u64 = 16;
    const ORDERS: u64 = 500;
    let database = TestDatabase::create().await;
    // Nothing else may grow with the number of orders.
    let small = [
        ("WAYBILL_PUSH_RING_EVENTS", "64"),
        ("WAYBILL_ORDER_CACHE", "16"),
    ];
    let app = Arc::new(TestApp::start_with(&database, &small).await);
    let token = app.token("ann", &[Role::Staff]);
    let mut socket = Socket::hello_slowly(app.address, &token).await;
    socket.subscribe("a", "orders", "now").await;
    let before = fallbacks(&app);
    // It reads nothing while far more comes than a queue, a ring and the sockets' buffers hold together.
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let app = Arc::clone(&app);
        writers.spawn(async move {
            let mut quarter = 0;
            for nth in 0..ORDERS {
                orders::place_with(app.app(), "c1", |order| {
                    order.notes = Some("x".repeat(3_500).parse().unwrap());
                })
                .await;
                if nth == ORDERS / 4 {
                    quarter = resident_bytes();
                }
            }
            quarter
        });
    }
    let quarter = writers.join_all().await.into_iter().max().unwrap();
    let grown = resident_bytes().saturating_sub(quarter);
    // Three quarters of the events, kept for the client, would be some 30 MB as stored and as much again written out.
    assert!(
        grown < 40 << 20,
        "{} MB were kept for one slow client",
        grown >> 20
    );
    let mut positions = Vec::new();
    while positions.len() < 8_000 {
        let frame = socket.frame_of("event").await;
        positions.push(frame["event"]["position"].as_u64().unwrap());
    }
    assert!(
        positions.iter().copied().eq(1..=WRITERS * ORDERS),
        "in order, without a gap or a repeat"
    );
    assert!(
        fallbacks(&app) > before,
        "the queue was never given up, so nothing was shown"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_takes_no_byte_at_all_is_closed_with_4101() {
    let database = TestDatabase::create().await;
    let app = TestApp::start_with(&database, &[("WAYBILL_PUSH_STALL_SECS", "5")]).await;
    let token = app.token("ann", &[Role::Staff]);
    let mut socket = Socket::hello_slowly(app.address, &token).await;
    socket.subscribe("a", "orders", "earliest").await;
    let closed = || counter(&app, r#"waybill_push_closes_total{code="4101"}"#);
    let before = closed();
    let deadline = Instant::now() + Duration::from_mins(1);
    // Until the sockets' buffers are full, and then for the time of a stall.
    while closed() == before {
        assert!(Instant::now() < deadline, "it is still open");
        let place = |_| {
            orders::place_with(app.app(), "c1", |order| {
                order.notes = Some("x".repeat(3_500).parse().unwrap());
            })
        };
        futures::future::join_all((0..32).map(place)).await;
    }
}

fn resident_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = pages
        .split(' ')
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    pages * 4_096
}

fn fallbacks(app: &TestApp) -> u64 {
    counter(app, "waybill_push_fallbacks_total")
}

fn counter(app: &TestApp, name: &str) -> u64 {
    let text = app.app().metrics.render();
    let line = text
        .lines()
        .find(|line| line.starts_with(&format!("{name} ")));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
        .unwrap_or(0)
}
