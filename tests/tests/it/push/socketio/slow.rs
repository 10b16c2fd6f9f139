//! Sockets that take little or nothing.

use std::time::{Duration, Instant};

use serde_json::json;
use waybill_tests::app::TestApp;
use waybill_tests::engine::Engine;
use waybill_tests::orders;

use super::app;

/// Orders with so many letters of text each.
async fn place_many(app: &TestApp, count: usize, letters: usize) {
    let place = |_| {
        orders::place_with(app.app(), "c1", |order| {
            order.notes = Some("x".repeat(letters).parse().unwrap());
        })
    };
    for _ in 0..count / 32 {
        futures::future::join_all((0..32).map(place)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_takes_nothing_for_a_while_loses_nothing() {
    const ORDERS: usize = 2_560;
    let app = app(&[
        ("WAYBILL_PUSH_RING_EVENTS", "64"),
        ("WAYBILL_PUSH_PING_SECS", "1"),
    ])
    .await;
    let auth = json!({"token": app.token("c1", &[])});
    let (mut engine, _) = Engine::connect(app.address, &auth).await;
    engine.packet().await;
    let before = counter(&app, "waybill_push_fallbacks_total");
    // Many small packets, so that the transport's places run out before its bytes do.
    place_many(&app, ORDERS, 200).await;
    // Longer than a ping, which waits behind what the socket has not taken.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut versions = Vec::new();
    while versions.len() < ORDERS {
        let (name, payload, _) = engine.event().await;
        assert_eq!(name, "order:created");
        versions.push(payload["order"]["_id"].as_str().unwrap().to_owned());
    }
    let topic = waybill_infra::log::Topic::Customer("c1".parse().unwrap());
    let log = app
        .app()
        .log
        .read(&topic, waybill_domain::Position(0), 10_000);
    let log: Vec<String> = (log.await.unwrap().events.iter())
        .map(|event| event.envelope.order_id.to_string())
        .collect();
    assert_eq!(versions, log, "in order, without a gap or a repeat");
    assert!(
        counter(&app, "waybill_push_fallbacks_total") > before,
        "the queue was never given up, so nothing was shown"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_takes_no_byte_at_all_is_cut_off() {
    let app = app(&[("WAYBILL_PUSH_STALL_SECS", "5")]).await;
    let auth = json!({"token": app.token("c1", &[])});
    let (mut engine, _) = Engine::connect(app.address, &auth).await;
    engine.packet().await;
    let open = app.app().push.hub.feeds();
    let until = Instant::now() + Duration::from_secs(40);
    while app.app().push.hub.feeds() == open {
        assert!(Instant::now() < until, "it is still open");
        place_many(&app, 64, 3_500).await;
    }
    // What was on its way may still come; then the connection is gone.
    engine.rest().await;
}

fn counter(app: &TestApp, name: &str) -> u64 {
    let text = app.app().metrics.render();
    let line = text
        .lines()
        .find(|line| line.starts_with(&format!("{name} ")));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
        .unwrap_or(0)
}
