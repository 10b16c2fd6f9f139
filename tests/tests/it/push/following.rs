//! Replay, live, snapshots, cursors and resets.

use serde_json::{Value, json};
use sqlx::Executor;
use waybill_api::auth::Role;
use waybill_domain::{ChangeStatus, Status};
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::orders;
use waybill_tests::socket::Socket;

#[tokio::test]
async fn a_client_resumes_after_the_cursor_that_it_gives_back_on_any_node() {
    let database = TestDatabase::create().await;
    let (here, there) = (
        TestApp::start(&database).await,
        TestApp::start(&database).await,
    );
    for _ in 0..3 {
        orders::place(here.app(), "c1").await;
    }
    let mut socket = Socket::hello(here.address, &here.token("c1", &[])).await;
    assert_eq!(
        socket.subscribe("a", "customer:me", "earliest").await["mode"],
        "replay"
    );
    let first = socket.frame_of("event").await;
    drop(socket);
    let mut socket = Socket::hello(there.address, &there.token("c1", &[])).await;
    socket
        .subscribe(
            "a",
            "customer:me",
            first["event"]["cursor"].as_str().unwrap(),
        )
        .await;
    let second = socket.frame_of("event").await;
    let third = socket.frame_of("event").await;
    assert_eq!(
        socket.frame_of("live").await["cursor"],
        third["event"]["cursor"]
    );
    assert_ne!(second["event"]["event_id"], first["event"]["event_id"]);
    orders::place(here.app(), "c1").await;
    let fourth = socket.frame_of("event").await;
    let ids: std::collections::HashSet<_> = [&first, &second, &third, &fourth]
        .map(|f| f["event"]["event_id"].to_string())
        .into();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn one_event_for_several_subscriptions_comes_once_with_all_their_ids() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let mut socket = Socket::hello(app.address, &app.token("ann", &[Role::Staff])).await;
    socket.subscribe("all", "orders", "now").await;
    socket.subscribe("one", "customer:c1", "now").await;
    socket.send(&json!({"type": "subscribe", "id": "moves", "topic": "orders", "types": ["order.status_changed"]})).await;
    socket.frame_of("subscribed").await;
    let order = orders::place(app.app(), "c1").await.receipt.order_id;
    assert_eq!(socket.frame_of("event").await["ids"], json!(["all", "one"]));
    socket
        .send(&json!({"type": "unsubscribe", "id": "one"}))
        .await;
    socket
        .send(&json!({"type": "unsubscribe", "id": "one"}))
        .await;
    assert_eq!(
        socket.frame_of("error").await["code"],
        "unknown_subscription"
    );
    orders::run(app.app(), order, ChangeStatus::to(Status::Processing))
        .await
        .unwrap();
    assert_eq!(
        socket.frame_of("event").await["ids"],
        json!(["all", "moves"])
    );
}

#[tokio::test]
async fn a_message_may_hold_several_frames() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let frames = [
        json!({"type": "hello", "token": app.token("c1", &[])}),
        json!({"type": "subscribe", "id": "a", "topic": "customer:me"}),
        json!({"type": "subscribe", "id": "b", "topic": "customer:me"}),
    ];
    let mut socket = Socket::connect(app.address, &[]).await;
    socket
        .send_text(&frames.map(|frame| frame.to_string()).join("\n"))
        .await;
    for id in ["a", "b"] {
        assert_eq!(socket.frame_of("subscribed").await["id"], id);
    }
    orders::place(app.app(), "c1").await;
    assert_eq!(socket.frame_of("event").await["ids"], json!(["a", "b"]));
}

#[tokio::test]
async fn a_snapshot_comes_with_the_cursor_from_which_events_go_on() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let order = orders::place(app.app(), "c1").await.receipt.order_id;
    orders::run(app.app(), order, ChangeStatus::to(Status::Processing))
        .await
        .unwrap();
    let mut socket = Socket::hello(app.address, &app.token("c1", &[])).await;
    socket.send(&json!({"type": "subscribe", "id": "a", "topic": format!("order:{order}"), "snapshot": true})).await;
    let snapshot = socket.frame_of("snapshot").await;
    assert_eq!(
        (&snapshot["order"]["version"], &snapshot["order"]["status"]),
        (&json!(2), &json!("processing"))
    );
    orders::run(app.app(), order, ChangeStatus::to(Status::Shipped))
        .await
        .unwrap();
    let event = socket.frame_of("event").await;
    assert_eq!(
        event["event"]["version"], 3,
        "nothing of the snapshot comes again"
    );
}

#[tokio::test]
async fn a_list_and_the_events_after_it_show_each_order_exactly_once() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    for _ in 0..20 {
        orders::place(app.app(), "c1").await;
    }
    let mut socket = Socket::hello(app.address, &app.token("ann", &[Role::Staff])).await;
    // The read model may be behind the log at this moment; the cursor says by how much.
    socket
        .send(&json!({"type": "subscribe", "id": "a", "topic": "orders", "snapshot": true}))
        .await;
    let snapshot = socket.frame_of("snapshot").await;
    orders::place(app.app(), "c1").await;
    let mut seen: Vec<String> = snapshot["orders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["order_id"].to_string())
        .collect();
    while seen.len() < 21 {
        let event = socket.frame_of("event").await;
        assert_eq!(event["event"]["type"], "order.created");
        seen.push(event["event"]["order_id"].to_string());
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 21, "an order was shown twice");
}

#[tokio::test]
async fn what_cannot_be_subscribed_to_is_said_by_name_and_the_connection_goes_on() {
    let app = TestApp::start_with(
        &TestDatabase::create().await,
        &[("WAYBILL_PUSH_SUBSCRIPTIONS_MAX", "2")],
    )
    .await;
    let mut socket = Socket::hello(app.address, &app.token("ann", &[Role::Staff])).await;
    for (frame, code) in [
        (json!({"id": "a", "topic": "nothing"}), "bad_topic"),
        (json!({"id": "a b", "topic": "orders"}), "bad_id"),
        (json!({"id": "", "topic": "orders"}), "bad_id"),
        (
            json!({"id": "a", "topic": "orders", "types": ["order.lost"]}),
            "bad_types",
        ),
        (
            json!({"id": "a", "topic": "orders", "after": "yesterday"}),
            "bad_cursor",
        ),
    ] {
        let mut frame = frame;
        frame["type"] = "subscribe".into();
        socket.send(&frame).await;
        assert_eq!(socket.frame_of("error").await["code"], code, "{frame}");
    }
    assert_eq!(
        socket.subscribe("a", "orders", "now").await["type"],
        "subscribed"
    );
    assert_eq!(
        socket.subscribe("a", "orders", "now").await["code"],
        "duplicate_subscription"
    );
    assert_eq!(
        socket.subscribe("b", "orders", "now").await["type"],
        "subscribed"
    );
    assert_eq!(
        socket.subscribe("c", "orders", "now").await["code"],
        "too_many_subscriptions"
    );
}

#[tokio::test]
async fn a_cursor_that_does_not_fit_the_log_is_answered_with_a_reset() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    orders::place(app.app(), "c1").await;
    let mut socket = Socket::hello(app.address, &app.token("ann", &[Role::Staff])).await;
    socket.subscribe("a", "orders", "earliest").await;
    let cursor = socket.frame_of("event").await["event"]["cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        socket.subscribe("b", "orders", "99").await["reason"],
        "ahead"
    );
    // A new epoch ends what is open and what was handed out before.
    app.app().log.new_epoch("a test").await.unwrap();
    assert_eq!(
        reset_of(&mut socket).await,
        json!({"type": "reset", "id": "a", "reason": "epoch"})
    );
    assert_eq!(
        socket.subscribe("c", "orders", &cursor).await["reason"],
        "epoch"
    );
    assert_eq!(
        socket.subscribe("d", "orders", "earliest").await["type"],
        "subscribed"
    );
    orders::place(app.app(), "c1").await;
    let fresh = socket.frame_of("event").await;
    assert_ne!(fresh["event"]["cursor"], cursor);
}

#[tokio::test]
async fn a_database_that_went_back_is_noticed_and_begins_a_new_epoch() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    orders::place(app.app(), "c1").await;
    orders::place(app.app(), "c1").await;
    let mut socket = Socket::hello(app.address, &app.token("ann", &[Role::Staff])).await;
    socket.subscribe("a", "orders", "now").await;
    // As if an older backup had been restored below the running node.
    let mut owner = database.owner().await;
    owner.execute("ALTER TABLE events DISABLE TRIGGER USER; DELETE FROM events WHERE position = 2; ALTER TABLE events ENABLE TRIGGER USER").await.unwrap();
    assert_eq!(reset_of(&mut socket).await["reason"], "epoch");
    assert_eq!(app.app().log.head().borrow().epoch, 2);
    let placed = orders::place(app.app(), "c1").await;
    assert_eq!(placed.receipt.position.0, 2);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_shown_as_such_and_blocks_nobody() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    let mut socket = Socket::hello(app.address, &app.token("ann", &[Role::Staff])).await;
    socket.subscribe("a", "orders", "now").await;
    let order = orders::place(app.app(), "c1").await.receipt.order_id;
    let mut owner = database.owner().await;
    let bad = "INSERT INTO events SELECT 2, gen_random_uuid(), aggregate_type, aggregate_id, 2, event_type, event_version, '{\"Created\": 7}', NULL, metadata, customer_id, order_number, recorded_at, actor_kind, actor_id, command_id, correlation_id, causation_id FROM events WHERE position = 1";
    owner.execute(bad).await.unwrap();
    owner.execute("NOTIFY waybill_log").await.unwrap();
    socket.frame_of("event").await;
    let unreadable = socket.frame_of("event").await;
    assert_eq!(unreadable["event"]["type"], "order.unreadable");
    assert_eq!(unreadable["event"]["order_id"], order.to_string());
    assert!(unreadable["event"].get("data").is_none(), "{unreadable}");
    orders::place(app.app(), "c1").await;
    assert_eq!(socket.frame_of("event").await["event"]["position"], 3);
}

async fn reset_of(socket: &mut Socket) -> Value {
    socket.frame_of("reset").await
}
