//! What a node says of itself to admins.

use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;
use waybill_tests::engine::Engine;
use waybill_tests::orders;
use waybill_tests::socket::Socket;
use waybill_tests::stream::EventStream;

use super::*;

/// Longer than anything in these tests takes; a sample is taken every two seconds.
const PATIENCE: Duration = Duration::from_secs(20);

impl Shop {
    async fn node(&self, query: &str) -> Value {
        let path = format!("/v1/admin/node{query}");
        self.admin.get(&path).await.expect(200).body
    }

    /// Asks until `is_so` of the answer.
    async fn node_once(&self, is_so: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let node = self.node("").await;
            if is_so(&node) {
                return node;
            }
            assert!(Instant::now() < until, "never: {node:#}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn connected_once(&self, expected: Value) {
        self.node_once(|node| node["connections"] == expected).await;
    }
}

fn connections(websocket: u64, sse: u64, long_poll: u64, socketio: u64) -> Value {
    json!({ "websocket": websocket, "sse": sse, "long_poll": long_poll, "socketio": socketio })
}

fn numbers(node: &Value) -> Vec<u64> {
    let samples = node["samples"].as_array().unwrap();
    let number = |sample: &Value| sample["number"].as_u64().unwrap();
    samples.iter().map(number).collect()
}

#[tokio::test]
async fn connections_are_counted_by_channel_while_they_are_open() {
    let shop = Shop::open().await;
    let address = shop.app.address;
    let token = shop.app.token(fixtures::CUSTOMER, &[]);
    shop.connected_once(connections(0, 0, 0, 0)).await;

    let mut sockets = [
        Socket::hello(address, &token).await,
        Socket::hello(address, &token).await,
    ];
    sockets[0].subscribe("a", "customer:me", "now").await;
    sockets[0].subscribe("b", "customer:me", "now").await;
    shop.connected_once(connections(2, 0, 0, 0)).await;
    let mine = "topic=customer:me";
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str())];
    let mut stream = EventStream::open(address, mine, &headers).await;
    stream.next_of("live").await;
    shop.connected_once(connections(2, 1, 0, 0)).await;
    let (engine, _) = Engine::connect(address, &json!({ "token": token })).await;
    shop.connected_once(connections(2, 1, 0, 1)).await;
    let poller = shop.app.client(fixtures::CUSTOMER, &[]);
    let poll = tokio::spawn(async move {
        let path = "/v1/events?topic=customer:me&after=now&wait=25";
        poller.get(path).await
    });
    let all = connections(2, 1, 1, 1);
    let node = shop.node_once(|node| node["connections"] == all).await;
    // Two on the first socket, and one each on stream, poll and Socket.IO's room of its own.
    assert_eq!(node["subscriptions"], 5);

    // A client that goes away in the middle of a poll is not counted for ever.
    poll.abort();
    shop.connected_once(connections(2, 1, 0, 1)).await;
    drop(engine);
    shop.connected_once(connections(2, 1, 0, 0)).await;
    drop(stream);
    shop.connected_once(connections(2, 0, 0, 0)).await;
    drop(sockets);
    shop.connected_once(connections(0, 0, 0, 0)).await;
    assert_eq!(shop.node("").await["subscriptions"], 0);
    shop.close().await;
}

#[tokio::test]
async fn what_happens_is_in_a_sample_within_seconds() {
    let shop = Shop::open().await;
    let token = shop.app.token("root", &[Role::Admin]);
    let mut followers = Vec::new();
    for _ in 0..2 {
        let mut socket = Socket::hello(shop.app.address, &token).await;
        socket.subscribe("all", "orders", "now").await;
        followers.push(socket);
    }
    let first = shop.node_once(|node| !numbers(node).is_empty()).await;
    assert_eq!(first["delivery"]["p99_ms"], Value::Null);
    assert_eq!(first["position"], 0);
    for _ in 0..6 {
        orders::place(shop.app.app(), fixtures::CUSTOMER).await;
    }
    for socket in &mut followers {
        for _ in 0..6 {
            socket.frame_of("event").await;
        }
    }
    // A replay is as old as its client was away: it tells nothing of how soon events are sent.
    let mut late = Socket::hello(shop.app.address, &token).await;
    late.subscribe("all", "orders", "earliest").await;
    for _ in 0..6 {
        late.frame_of("event").await;
    }

    let sum = |node: &Value, rate: &str| -> f64 {
        let samples = node["samples"].as_array().unwrap();
        let of_sample = |sample: &Value| sample["per_second"][rate].as_f64().unwrap();
        samples.iter().map(of_sample).sum()
    };
    let done = |node: &Value| sum(node, "deliveries") > 8.0;
    let node = shop.node_once(done).await;
    assert_eq!(node["position"], 6);
    // Two seconds a sample, or a little more, as the machine has other things to do.
    for (rate, events) in [
        ("log_events", 6.0),
        ("appended_events", 6.0),
        ("deliveries", 18.0),
    ] {
        let found = sum(&node, rate);
        assert!(
            found > events / 3.0 && found <= events / 1.9,
            "{rate}: {found}"
        );
    }
    assert_eq!(node["delivery"]["count"], 12);
    let (p50, p99) = (&node["delivery"]["p50_ms"], &node["delivery"]["p99_ms"]);
    let (p50, p99) = (p50.as_f64().unwrap(), p99.as_f64().unwrap());
    assert!(p50 > 0.0 && p50 <= p99 && p99 < 20_000.0, "{p50} {p99}");
    assert!(node["append"]["count"].as_u64().unwrap() >= 1);
    assert_eq!(node["append_queue"], 0);
    assert_eq!(node["log"]["lag_events"], 0);
    let database = &node["database"];
    let size = database["in_use"].as_u64().unwrap() + database["idle"].as_u64().unwrap();
    assert!(
        size >= 1 && size <= database["max"].as_u64().unwrap(),
        "{database}"
    );
    // Both clocks are this machine's.
    let ahead = node["clock"]["ahead_secs"].as_f64().unwrap();
    assert!(ahead.abs() < 1.0, "{ahead}");

    let scraped = shop.nobody.get("/metrics").await.expect(200).text;
    for metric in [
        "waybill_push_delivery_seconds{channel=\"websocket\"",
        "waybill_database_connections{state=\"idle\"}",
        "waybill_append_queue_commands",
        "waybill_log_lag_events",
        "waybill_clock_ahead_seconds",
    ] {
        assert!(
            scraped.contains(metric),
            "{metric} is missing in\n{scraped}"
        );
    }
    shop.close().await;
}

#[tokio::test]
async fn only_what_is_new_is_sent_to_who_names_the_node_and_its_last_sample() {
    let shop = Shop::open_with(&[("WAYBILL_NODE_NAME", "first")]).await;
    let known = shop.node_once(|node| numbers(node).len() >= 2).await;
    assert_eq!(known["node"]["name"], "first");
    let id = known["node"]["id"].as_str().unwrap();
    assert_eq!(numbers(&known)[..2], [1, 2]);

    let newer = numbers(&shop.node(&format!("?node={id}&after=1")).await);
    assert_eq!(newer[0], 2);
    let none = numbers(&shop.node(&format!("?node={id}&after=1000")).await);
    assert_eq!(none, [0_u64; 0]);
    // Of another node the numbers mean nothing: everything is sent.
    let another = Uuid::now_v7();
    let all = numbers(&shop.node(&format!("?node={another}&after=1000")).await);
    assert_eq!(all[..2], [1, 2]);
    let refused = shop.admin.get("/v1/admin/node?after=1").await;
    refused.refused(400, "malformed_request");
    shop.close().await;
}
