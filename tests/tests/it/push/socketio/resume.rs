//! Clients that are cut off again and again: nothing missed, nothing twice, in order.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use waybill_domain::{Cancel, CancelReason, ChangeStatus, OrderId, Position, Status};
use waybill_infra::log::Topic;
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::engine::Engine;
use waybill_tests::orders;
use waybill_tests::relay::Relay;
use waybill_tests::script::Script;

use super::{app, client};

/// How often each client is cut off.
const CUTS: usize = 50;

/// A packet as the application saw it: its name, the order, and its version.
type Seen = (String, String, u64);

/// Everything that a customer is to see, by the log.
async fn expected(app: &TestApp, customer: &str) -> Vec<Seen> {
    let topic = Topic::Customer(customer.parse().unwrap());
    let page = app.app().log.read(&topic, Position(0), 10_000);
    let mut all = Vec::new();
    for event in page.await.unwrap().events {
        let (number, version) = (
            event.envelope.order_number.to_string(),
            event.envelope.version,
        );
        let names: &[&str] = match event.wire_type() {
            "order.created" => &["order:created"],
            "order.updated" => &["order:updated"],
            "order.status_changed" => &["order:status_changed"],
            "order.cancelled" => &["order:status_changed", "order:cancelled"],
            "order.completed" => &["order:status_changed", "order:completed"],
            other => panic!("{other}"),
        };
        all.extend(
            names
                .iter()
                .map(|name| ((*name).to_owned(), number.clone(), version)),
        );
    }
    all
}

/// Places orders and moves them, until told to stop.
async fn write(app: Arc<TestApp>, stop: tokio_util::sync::CancellationToken) {
    while !stop.is_cancelled() {
        let order = orders::place(app.app(), "c1").await.receipt.order_id;
        for to in [Status::Shipped, Status::Delivered] {
            let moved = ChangeStatus::to(to);
            orders::run(app.app(), order, moved).await.unwrap();
        }
        let order = orders::place(app.app(), "c1").await.receipt.order_id;
        let cancelled = Cancel::because(CancelReason::Customer);
        orders::run(app.app(), order, cancelled).await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What the application sees, as long as lines come.
struct Watching {
    client: Script,
    own: Vec<Seen>,
    room: Vec<Value>,
    reconnects: usize,
}

impl Watching {
    async fn start(relay: &Relay, mut options: Value, token: &str, order: OrderId) -> Self {
        options["auth"] = json!({"token": token});
        // Sooner than an application would, so that fifty take seconds.
        options["reconnectionDelay"] = 5.into();
        options["reconnectionDelayMax"] = 50.into();
        options["timeout"] = 5_000.into();
        let mut client = client(&relay.url(), options);
        client.line_with("connect").await;
        let join = json!({"emit": ["join-order-tracking", order.to_string()], "ack": true});
        client.tell(&join).await;
        let mut watching = Self {
            client,
            own: Vec::new(),
            room: Vec::new(),
            reconnects: 0,
        };
        while watching.take().await["ack"]["ok"] != true {}
        watching
    }

    async fn take(&mut self) -> Value {
        let line = self.client.line().await;
        let payload = &line["args"][0];
        match line["event"].as_str() {
            Some("order-status-updated") => self.room.push(payload["status"].clone()),
            Some(name) if name.starts_with("order:") => self.own.push((
                name.to_owned(),
                payload["order"]["orderNumber"].as_str().unwrap().to_owned(),
                payload["order"]["version"].as_u64().unwrap(),
            )),
            _ => {}
        }
        if let Some(connect) = line.get("connect") {
            assert_eq!(connect["recovered"], true, "the rooms were restored");
            self.reconnects += 1;
        }
        line
    }

    /// Cuts the client off until it notices, which one that polls does not if nothing was under way.
    /// Returns when it has come back, and has then seen an event.
    async fn is_cut(&mut self, relay: &Relay) {
        let before = self.reconnects;
        while self.reconnects == before {
            relay.cut();
            let _ = tokio::time::timeout(Duration::from_secs(1), async {
                while self.reconnects == before {
                    self.take().await;
                }
            })
            .await;
        }
        let seen = self.own.len();
        while self.own.len() == seen {
            self.take().await;
        }
    }
}

async fn cut_fifty_times(options: Value, move_between_nodes: bool) {
    let database = TestDatabase::create().await;
    // A ring too small to serve the replays, so that the log has to.
    let settings = [
        ("WAYBILL_PUSH_RING_EVENTS", "64"),
        ("WAYBILL_RATE_ANONYMOUS_PER_SEC", "1000"),
    ];
    let apps = [
        Arc::new(TestApp::start_with(&database, &settings).await),
        Arc::new(TestApp::start_with(&database, &settings).await),
    ];
    let tracked = orders::place(apps[0].app(), "c2").await.receipt.order_id;
    let mine = orders::place(apps[0].app(), "c1").await.receipt.order_id;
    let relay = Relay::to(apps[0].address).await;
    let token = apps[0].token("c1", &[]);
    let mut watching = Watching::start(&relay, options, &token, mine).await;
    let stop = tokio_util::sync::CancellationToken::new();
    let writer = tokio::spawn(write(Arc::clone(&apps[1]), stop.clone()));
    for cut in 0..CUTS {
        if move_between_nodes {
            relay.lead_to(apps[cut % 2].address);
        }
        let next = match cut {
            10 => Some(Status::Processing),
            30 => Some(Status::Shipped),
            40 => Some(Status::Delivered),
            _ => None,
        };
        if let Some(to) = next {
            let moved = ChangeStatus::to(to);
            orders::run(apps[0].app(), mine, moved).await.unwrap();
        }
        let foreign = json!({"notes": format!("note {cut}")});
        let foreign = waybill_domain::UpdateDetails::parse(foreign).unwrap();
        orders::run(apps[0].app(), tracked, foreign).await.unwrap();
        watching.is_cut(&relay).await;
    }
    stop.cancel();
    writer.await.unwrap();
    // The first order was placed before anybody connected.
    let expected = expected(&apps[0], "c1").await.split_off(1);
    while watching.own.len() < expected.len() {
        watching.take().await;
    }
    assert_eq!(watching.own, expected);
    assert_eq!(watching.room, ["processing", "shipped", "delivered"]);
    let more = watching
        .client
        .line_within(Duration::from_millis(500))
        .await;
    assert_eq!(more, None, "nothing comes twice");
    assert!(
        watching.reconnects >= CUTS,
        "{} reconnects",
        watching.reconnects
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_cuts_over_websocket_lose_and_repeat_nothing() {
    cut_fifty_times(json!({"transports": ["websocket"]}), false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_cuts_over_polling_lose_and_repeat_nothing() {
    cut_fifty_times(json!({"transports": ["polling"]}), false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_cuts_while_polling_is_upgraded_and_nodes_change_lose_and_repeat_nothing() {
    cut_fifty_times(json!({}), true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_whose_node_is_gone_goes_on_at_another() {
    let database = TestDatabase::create().await;
    let (gone, left) = (
        TestApp::start(&database).await,
        TestApp::start(&database).await,
    );
    let mine = orders::place(left.app(), "c1").await.receipt.order_id;
    let relay = Relay::to(gone.address).await;
    let options = json!({"transports": ["websocket", "polling"]});
    let mut watching = Watching::start(&relay, options, &gone.token("c1", &[]), mine).await;
    orders::run(gone.app(), mine, ChangeStatus::to(Status::Processing))
        .await
        .unwrap();
    relay.lead_to(left.address);
    let stopping = tokio::spawn(gone.stop());
    orders::run(left.app(), mine, ChangeStatus::to(Status::Shipped))
        .await
        .unwrap();
    while watching.own.len() < 2 || watching.reconnects == 0 {
        watching.take().await;
    }
    stopping.await.unwrap();
    orders::run(left.app(), mine, ChangeStatus::to(Status::Delivered))
        .await
        .unwrap();
    while watching.own.len() < 4 || watching.room.len() < 3 {
        watching.take().await;
    }
    assert_eq!(watching.own, expected(&left, "c1").await.split_off(1));
    assert_eq!(watching.room, ["processing", "shipped", "delivered"]);
}

/// An event that is two packets, and a connection that breaks between them.
#[tokio::test]
async fn a_cut_between_the_two_packets_of_one_event_neither_loses_nor_repeats_one() {
    let app = app(&[]).await;
    let auth = json!({"token": app.token("c1", &[])});
    let (mut engine, answer) = Engine::connect(app.address, &auth).await;
    engine.packet().await;
    let order = orders::place(app.app(), "c1").await.receipt.order_id;
    let cancelled = Cancel::because(CancelReason::Customer);
    orders::run(app.app(), order, cancelled).await.unwrap();
    assert_eq!(engine.event().await.0, "order:created");
    let (name, _, offset) = engine.event().await;
    assert_eq!(name, "order:status_changed");
    drop(engine);
    let placed = orders::place(app.app(), "c1").await.receipt.order_id;

    let mut resumed = auth.clone();
    resumed["pid"] = answer["pid"].clone();
    resumed["offset"] = offset.into();
    let (mut engine, again) = Engine::connect(app.address, &resumed).await;
    assert_eq!(again["pid"], answer["pid"]);
    assert!(engine.packet().await.contains("waybill:offset"));
    assert_eq!(engine.event().await.0, "order:cancelled");
    let (name, payload, _) = engine.event().await;
    assert_eq!(
        (name.as_str(), &payload["order"]["_id"]),
        ("order:created", &json!(placed))
    );
}

/// Connects with what an earlier connection was given. Returns whether it was taken up.
async fn is_resumed(app: &TestApp, token: &str, pid: &Value, offset: &str) -> bool {
    let auth = json!({"token": token, "pid": pid, "offset": offset});
    let (_, answer) = Engine::connect(app.address, &auth).await;
    answer["pid"] == *pid
}

#[tokio::test]
async fn what_cannot_be_resumed_begins_afresh_under_another_pid() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    orders::place(app.app(), "c1").await;
    let (token, other) = (app.token("c1", &[]), app.token("c2", &[]));
    let (mut engine, answer) = Engine::connect(app.address, &json!({"token": token})).await;
    engine.packet().await;
    engine
        .send(r#"42["join-order-tracking","ORD-10001"]"#)
        .await;
    let (_, offset, _) = engine.event().await;
    let (pid, offset) = (answer["pid"].clone(), offset.as_str().unwrap().to_owned());

    assert!(is_resumed(&app, &token, &pid, &offset).await);
    let (_, stranger) = Engine::connect(app.address, &json!({"token": token})).await;
    assert!(
        !is_resumed(&app, &token, &stranger["pid"], &offset).await,
        "another session's"
    );
    let mut forged = offset.clone();
    // How many packets of the next event went out.
    forged.replace_range(27..28, if &offset[27..28] == "A" { "B" } else { "A" });
    assert!(!is_resumed(&app, &token, &pid, &forged).await, "forged");
    assert!(!is_resumed(&app, &token, &pid, "").await, "empty");
    assert!(
        !is_resumed(&app, &other, &pid, &offset).await,
        "of somebody else"
    );
    assert!(
        !is_resumed(&app, "", &pid, &offset).await,
        "of nobody any more"
    );

    app.app().log.new_epoch("a test").await.unwrap();
    assert!(
        !is_resumed(&app, &token, &pid, &offset).await,
        "another epoch"
    );
    // It was told so by the end of its transport, after which it comes back with its offset.
    assert_eq!(engine.rest().await, Vec::<String>::new());
    let (mut engine, _) = Engine::connect(app.address, &json!({"token": token})).await;
    engine.packet().await;
    orders::place(app.app(), "c1").await;
    assert_eq!(engine.event().await.0, "order:created");
}

#[tokio::test]
async fn a_room_that_was_left_is_not_entered_again_by_resuming() {
    let app = app(&[]).await;
    let order = orders::place(app.app(), "c1").await.receipt.order_id;
    let auth = json!({"token": app.token("c1", &[])});
    let (mut engine, answer) = Engine::connect(app.address, &auth).await;
    engine.packet().await;
    engine
        .send(r#"42["join-order-tracking","ORD-10001"]"#)
        .await;
    engine.packet().await;
    engine
        .send(r#"42["leave-order-tracking","ORD-10001"]"#)
        .await;
    let (_, offset, _) = engine.event().await;
    drop(engine);
    orders::run(app.app(), order, ChangeStatus::to(Status::Shipped))
        .await
        .unwrap();
    let auth = json!({"token": auth["token"], "pid": answer["pid"], "offset": offset});
    let (mut engine, again) = Engine::connect(app.address, &auth).await;
    assert_eq!(again["pid"], answer["pid"]);
    engine.packet().await;
    orders::place(app.app(), "c1").await;
    assert_eq!(engine.event().await.0, "order:status_changed");
    assert_eq!(engine.event().await.0, "order:created");
}

#[tokio::test]
async fn what_cannot_be_shown_at_once_is_shown_as_soon_as_it_can_be() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    let order = orders::place(app.app(), "c1").await.receipt.order_id;
    let token = json!({"token": app.token("c1", &[])});
    let (mut engine, answer) = Engine::connect(app.address, &token).await;
    let offset = engine.event().await.2;
    drop(engine);
    for to in [Status::Processing, Status::Shipped] {
        let moved = ChangeStatus::to(to);
        orders::run(app.app(), order, moved).await.unwrap();
    }

    // The events are in memory still, but not the order as it was after the first of them.
    let mut owner = database.owner().await;
    let deny = "REVOKE SELECT ON events FROM waybill_service";
    sqlx::Executor::execute(&mut owner, deny).await.unwrap();
    let again = json!({"token": token["token"], "pid": answer["pid"], "offset": offset});
    let (mut engine, resumed) = Engine::connect(app.address, &again).await;
    assert_eq!(resumed["pid"], answer["pid"]);
    let none = tokio::time::timeout(Duration::from_secs(1), async {
        while engine.packet().await.contains("waybill:offset") {}
    });
    assert!(none.await.is_err(), "the order cannot be read");
    let grant = "GRANT SELECT ON events TO waybill_service";
    sqlx::Executor::execute(&mut owner, grant).await.unwrap();
    // Though nothing else happens that could bring it up again.
    let shown = tokio::time::timeout(Duration::from_secs(5), async {
        [engine.event().await.1, engine.event().await.1]
    });
    let shown = shown.await.expect("within seconds");
    assert_eq!(
        shown.map(|e| e["newStatus"].clone()),
        ["processing", "shipped"]
    );
}
