//! How many connections one customer may have open, over all channels.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use serde_json::json;
use waybill_api::auth::Role;
use waybill_domain::OrderId;
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::engine::Engine;
use waybill_tests::orders;
use waybill_tests::socket::{Incoming, Socket};
use waybill_tests::stream::EventStream;

const FOLLOW: &str = "topic=customer:me";
const TOO_MANY: &str = "waybill_push_refused_total{code=\"too_many_connections\"}";

async fn app(most: &str) -> TestApp {
    let settings = [
        ("WAYBILL_PUSH_CONNECTIONS_PER_CUSTOMER", most),
        ("WAYBILL_RATE_CUSTOMER_BURST", "10000"),
    ];
    TestApp::start_with(&TestDatabase::create().await, &settings).await
}

/// A socket that is refused. Its client is told why, and when to come back.
async fn one_too_many(app: &TestApp, token: &str) {
    let mut socket = Socket::connect(app.address, &[]).await;
    socket.send(&json!({"type": "hello", "token": token})).await;
    match socket.next().await {
        Incoming::Closed(Some(4120), reason) => {
            let expected = "too many connections of one caller; retry_within_ms=10000";
            assert_eq!(reason, expected);
        }
        other => panic!("{other:?}"),
    }
}

/// A socket, as soon as there is room for it.
async fn room(app: &TestApp, token: &str) -> Socket {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let mut socket = Socket::connect(app.address, &[]).await;
        socket.send(&json!({"type": "hello", "token": token})).await;
        match socket.next().await {
            Incoming::Frame(frame) if frame["type"] == "welcome" => return socket,
            Incoming::Closed(Some(4120), _) => {}
            other => panic!("{other:?}"),
        }
        assert!(Instant::now() < until, "the place is not given back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn stream(app: &TestApp, token: &str) -> EventStream {
    let mut stream = EventStream::follow(app.address, FOLLOW, token, None).await;
    assert_eq!(stream.status, 200);
    stream.next_of("live").await;
    stream
}

async fn session(app: &TestApp, token: &str) -> Engine {
    Engine::connect(app.address, &json!({ "token": token }))
        .await
        .0
}

#[tokio::test]
async fn a_socket_too_many_of_a_customer_closes_with_4120_and_a_hint() {
    let app = app("3").await;
    let token = app.token("c1", &[]);
    let _of_each_channel = (
        Socket::hello(app.address, &token).await,
        stream(&app, &token).await,
        session(&app, &token).await,
    );
    one_too_many(&app, &token).await;
    // Nobody else is concerned, and he himself can still ask.
    Socket::hello(app.address, &app.token("c2", &[])).await;
    let client = app.client("c1", &[]);
    client.get("/v1/me").await.expect(200);
    let counted = client.get("/metrics").await.expect(200).text;
    assert!(counted.contains(TOO_MANY), "{counted}");
}

#[tokio::test]
async fn a_stream_too_many_of_a_customer_is_429_and_told_when_to_come_back() {
    let app = app("1").await;
    let token = app.token("c1", &[]);
    let _first = Socket::hello(app.address, &token).await;
    let second = EventStream::follow(app.address, FOLLOW, &token, None).await;
    assert_eq!(second.status, 429);
    assert_eq!(second.headers["retry-after"], "10");
    assert_eq!(second.headers["content-type"], "application/problem+json");
    assert_eq!(second.body().await["code"], "rate_limited");
    stream(&app, &app.token("c2", &[])).await;
}

#[tokio::test]
async fn a_session_too_many_of_a_customer_is_closed_before_it_is_connected() {
    let app = app("1").await;
    let token = app.token("c1", &[]);
    let _first = stream(&app, &token).await;
    let mut second = Engine::open(app.address).await;
    let connect = format!("40{}", json!({ "token": token }));
    second.send(&connect).await;
    assert_eq!(second.rest().await, Vec::<String>::new());
    session(&app, &app.token("c2", &[])).await;
}

#[tokio::test]
async fn the_guests_of_an_order_have_so_many_connections_together() {
    let app = app("2").await;
    let order = orders::place(app.app(), "c1").await.receipt.order_id;
    let other = orders::place(app.app(), "c1").await.receipt.order_id;
    let _guests = [
        Socket::hello(app.address, &link(&app, order)).await,
        Socket::hello(app.address, &link(&app, order)).await,
    ];
    one_too_many(&app, &link(&app, order)).await;
    Socket::hello(app.address, &link(&app, other)).await;
    Socket::hello(app.address, &app.token("c1", &[])).await;
}

/// The token of a new tracking link of `order`.
fn link(app: &TestApp, order: OrderId) -> String {
    let now = Utc::now();
    let links = app.app().auth.links();
    let issued = links.issue(order, now, now + TimeDelta::hours(1));
    issued.expect("a token").0
}

#[tokio::test]
async fn staff_admins_and_services_have_no_bound_of_their_own() {
    let app = app("1").await;
    for role in [Role::Staff, Role::Admin, Role::Service] {
        let token = app.token("screens", &[role]);
        let _sockets = [
            Socket::hello(app.address, &token).await,
            Socket::hello(app.address, &token).await,
        ];
        let stream = EventStream::follow(app.address, "topic=orders", &token, None).await;
        assert_eq!(stream.status, 200);
        session(&app, &token).await;
    }
}

#[tokio::test]
async fn however_a_connection_ends_it_makes_room_for_another() {
    let app = app("1").await;
    let token = app.token("c1", &[]);
    // Cut by the client, without a word.
    drop(room(&app, &token).await);
    // Closed by the node.
    let mut socket = room(&app, &token).await;
    socket.send_text("no frame").await;
    assert_eq!(socket.close_code().await, Some(4400));
    drop(room(&app, &token).await);
    // A session of Socket.IO, which says that it goes.
    let until = Instant::now() + Duration::from_secs(20);
    let mut engine = loop {
        let mut engine = Engine::open(app.address).await;
        engine
            .send(&format!("40{}", json!({ "token": token })))
            .await;
        if engine.next().await.is_some() {
            break engine;
        }
        assert!(Instant::now() < until, "the place is not given back");
    };
    one_too_many(&app, &token).await;
    engine.send("41").await;
    drop(room(&app, &token).await);
    // A stream, which is cut.
    let stream = loop {
        let stream = EventStream::follow(app.address, FOLLOW, &token, None).await;
        if stream.status == 200 {
            break stream;
        }
        assert!(Instant::now() < until, "the place is not given back");
    };
    one_too_many(&app, &token).await;
    drop(stream);
    room(&app, &token).await;
}
