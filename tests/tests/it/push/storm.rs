//! Everybody comes back at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::json;
use tokio::task::JoinSet;
use waybill_api::auth::Role;
use waybill_domain::Position;
use waybill_infra::log::{LogEvent, Topic};
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::orders;
use waybill_tests::socket::{Incoming, Socket};

/// Customers with orders, each of whom comes back twice.
const CUSTOMERS: usize = 150;
const CLIENTS: usize = 2 * CUSTOMERS;
/// Orders of each while he is connected, and another when he has come back.
const ORDERS: usize = 10;
/// Events of a block, as replays read the log.
const BLOCK: u64 = 512;

fn customer(nth: usize) -> String {
    format!("c{}", nth % CUSTOMERS)
}

async fn place_for_all(app: &TestApp) {
    join_all(
        (0..CUSTOMERS).map(|nth| async move { orders::place(app.app(), &customer(nth)).await }),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_all_are_served_from_one_address_and_share_what_is_read() {
    let database = TestDatabase::create().await;
    let before = TestApp::start(&database).await;
    for _ in 0..ORDERS {
        place_for_all(&before).await;
    }
    let log = &before.app().log;
    let page = log.walk(&Topic::Orders, Position(0), 10_000).await.unwrap();
    let truth = Arc::new(page.events);
    assert_eq!(truth.len(), CUSTOMERS * ORDERS);
    before.stop().await;

    // In memory there is little more than a block.
    let few = [("WAYBILL_PUSH_RING_EVENTS", "600")];
    let app = Arc::new(TestApp::start_with(&database, &few).await);
    let mut clients = JoinSet::new();
    for nth in 0..CLIENTS {
        let (app, truth) = (Arc::clone(&app), Arc::clone(&truth));
        clients.spawn(async move { come_back(&app, &truth, nth).await });
    }
    let mut back: Vec<_> = clients.join_all().await;
    let blocks_before_the_ring = (truth.len() as u64 - 600).div_ceil(BLOCK);
    let pages = app.app().log.pages_read();
    assert_eq!((pages.shared, pages.alone), (blocks_before_the_ring, 0));
    assert_eq!(app.app().push.admission.waiting(), 0);

    // And all of them are live.
    place_for_all(&app).await;
    for (customer, socket) in &mut back {
        let event = socket.frame_of("event").await;
        assert_eq!(event["event"]["customer_id"], customer.as_str());
        assert_eq!(event["event"]["version"], 1);
    }
}

/// Connects with a place of its own and takes what it missed, which must be just that.
async fn come_back(app: &TestApp, truth: &[Arc<LogEvent>], nth: usize) -> (String, Socket) {
    let customer = customer(nth);
    let held = &truth[nth * truth.len() / CLIENTS];
    let missed = truth.iter().filter(|event| {
        event.position() > held.position() && event.envelope.customer_id.as_str() == customer
    });
    let mut missed: Vec<_> = missed
        .map(|event| event.envelope.event_id.to_string())
        .collect();
    missed.reverse();
    let mut socket = Socket::hello(app.address, &app.token(&customer, &[])).await;
    let answer = socket.subscribe("a", "customer:me", &held.cursor).await;
    assert_eq!(answer["type"], "subscribed", "{answer}");
    loop {
        let frame = socket.frame().await;
        match frame["type"].as_str().unwrap() {
            "event" => assert_eq!(
                frame["event"]["event_id"].as_str(),
                missed.pop().as_deref(),
                "{customer}"
            ),
            "live" => break,
            other => panic!("{other}: {frame}"),
        }
    }
    assert!(missed.is_empty(), "{customer} missed {missed:?}");
    (customer, socket)
}

async fn narrow(more: &[(&str, &str)]) -> TestApp {
    let mut settings = vec![
        ("WAYBILL_PUSH_ADMISSIONS_PER_SEC", "1"),
        ("WAYBILL_PUSH_WAIT_MAX_SECS", "2"),
        ("WAYBILL_PUSH_HELLO_TIMEOUT_SECS", "1"),
    ];
    settings.extend(more);
    TestApp::start_with(&TestDatabase::create().await, &settings).await
}

/// Connects, and lets the node see it before the next one comes.
async fn arrive(app: &TestApp, waiting: usize) -> Socket {
    let socket = Socket::connect(app.address, &[]).await;
    let until = Instant::now() + Duration::from_secs(5);
    while app.app().push.admission.waiting() < waiting {
        assert!(Instant::now() < until, "it does not wait");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    socket
}

#[tokio::test]
async fn who_has_to_wait_is_let_in_in_turn_and_his_time_to_say_hello_begins_then() {
    let app = narrow(&[]).await;
    let began = Instant::now();
    let mut sockets = vec![arrive(&app, 0).await];
    sockets[0].send(&hello(&app)).await;
    assert_eq!(sockets[0].frame().await["type"], "welcome");
    sockets.push(arrive(&app, 1).await);
    sockets.push(arrive(&app, 2).await);
    // One more than can be let in within the longest wait.
    let hint = retry_within(&mut Socket::connect(app.address, &[]).await).await;
    assert!((1_900..=3_000).contains(&hint), "{hint}");
    let poll = app.client("ann", &[Role::Staff]);
    let old = "/v1/events?topic=orders&after=earliest";
    // Of an empty log a poll has missed nothing: it is not held up.
    poll.get(old).await.expect(200);

    // The third waits for longer than a client has for its hello.
    sockets[1].send(&hello(&app)).await;
    assert_eq!(sockets[1].frame().await["type"], "welcome");
    tokio::time::sleep(Duration::from_millis(800)).await;
    sockets[2].send(&hello(&app)).await;
    assert_eq!(sockets[2].frame().await["type"], "welcome");
    let took = began.elapsed();
    assert!(took > Duration::from_millis(1_900), "{took:?}");
}

fn hello(app: &TestApp) -> serde_json::Value {
    json!({"type": "hello", "token": app.token("c1", &[])})
}

/// The hint of a refusal, in milliseconds.
async fn retry_within(socket: &mut Socket) -> u64 {
    match socket.next().await {
        Incoming::Closed(Some(4120), reason) => {
            let (_, hint) = reason.split_once("retry_within_ms=").expect("a hint");
            hint.parse().expect("a number")
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn who_leaves_while_waiting_takes_no_turn_and_a_node_that_stops_keeps_nobody_waiting() {
    let app = narrow(&[("WAYBILL_PUSH_WAIT_MAX_SECS", "10")]).await;
    let _first = arrive(&app, 0).await;
    let mut gone = Vec::new();
    for waiting in 1..=4 {
        gone.push(arrive(&app, waiting).await);
    }
    let mut last = arrive(&app, 5).await;
    last.send(&hello(&app)).await;
    drop(gone);
    let began = Instant::now();
    assert_eq!(last.frame().await["type"], "welcome");
    // A second or two, for those who were in already; five, if all took their turns.
    let took = began.elapsed();
    assert!(took < Duration::from_millis(3_500), "{took:?}");

    let mut next = arrive(&app, 1).await;
    let stopping = tokio::spawn(app.stop());
    assert_eq!(next.close_code().await, Some(4100));
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_poll_that_has_to_be_brought_up_to_date_takes_its_turn() {
    let database = TestDatabase::create().await;
    let before = TestApp::start(&database).await;
    for _ in 0..80 {
        orders::place(before.app(), "c1").await;
    }
    before.stop().await;
    let settings = [
        ("WAYBILL_PUSH_RING_EVENTS", "64"),
        ("WAYBILL_PUSH_ADMISSIONS_PER_SEC", "1"),
        ("WAYBILL_PUSH_WAIT_MAX_SECS", "1"),
    ];
    let app = TestApp::start_with(&database, &settings).await;
    let staff = app.client("ann", &[Role::Staff]);
    let poll = |after: &str| {
        let (staff, path) = (
            staff.clone(),
            format!("/v1/events?topic=orders&after={after}"),
        );
        async move { staff.get(&path).await }
    };
    let answers = join_all((0..8).map(|_| poll("10"))).await;
    let mut statuses: HashMap<u16, usize> = HashMap::new();
    for answer in answers {
        *statuses.entry(answer.status).or_default() += 1;
        if answer.status == 200 {
            assert_eq!(answer.body["data"].as_array().unwrap().len(), 70);
            continue;
        }
        let answer = answer.refused(503, "overloaded");
        let secs: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=8).contains(&secs), "{secs}");
    }
    assert!(statuses[&200] >= 2 && statuses[&503] >= 1, "{statuses:?}");
    // What is in memory is not held up: as many as the rate allows, at once.
    for answer in join_all((0..50).map(|_| poll("30"))).await {
        answer.expect(200);
    }
}

#[tokio::test]
async fn an_address_is_shut_out_for_connections_that_are_nobodys() {
    let settings = [
        ("WAYBILL_RATE_ANONYMOUS_PER_SEC", "1"),
        ("WAYBILL_RATE_ANONYMOUS_BURST", "3"),
    ];
    let app = TestApp::start_with(&TestDatabase::create().await, &settings).await;
    // However many are somebody's.
    for nth in 0..10 {
        Socket::hello(app.address, &app.token(&format!("c{nth}"), &[])).await;
    }
    for _ in 0..5 {
        let mut socket = Socket::connect(app.address, &[("authorization", "Bearer no")]).await;
        let closed = socket.close_code().await;
        assert!(matches!(closed, Some(4401 | 4120)), "{closed:?}");
    }
    let hint = retry_within(&mut Socket::connect(app.address, &[]).await).await;
    assert!((1..=2_000).contains(&hint), "{hint}");
}

#[tokio::test]
async fn who_waits_while_his_address_is_shut_out_is_sent_away_at_his_turn() {
    let rate = [
        ("WAYBILL_RATE_ANONYMOUS_PER_SEC", "1"),
        ("WAYBILL_RATE_ANONYMOUS_BURST", "1"),
    ];
    let app = narrow(&rate).await;
    let _first = arrive(&app, 0).await;
    let mut waits = arrive(&app, 1).await;
    waits.send(&hello(&app)).await;
    // Others from there fail meanwhile, so often that it is shut out for longer than this one waits.
    for _ in 0..5 {
        let here = Some(app.address.ip());
        app.app().push.rates.count_failure(here);
    }
    let hint = retry_within(&mut waits).await;
    assert!((1..=4_000).contains(&hint), "{hint}");
}

#[tokio::test]
async fn who_says_much_while_he_waits_is_closed() {
    let app = narrow(&[]).await;
    let _first = arrive(&app, 0).await;
    let mut waits = arrive(&app, 1).await;
    waits.send_text(&"{\"type\":\"pong\"}\n".repeat(65)).await;
    match waits.next().await {
        Incoming::Closed(Some(4120), reason) => {
            assert!(reason.starts_with("too many frames before"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_account_that_reconnects_without_end_is_told_to_wait() {
    let settings = [
        ("WAYBILL_RATE_CUSTOMER_PER_SEC", "1"),
        ("WAYBILL_RATE_CUSTOMER_BURST", "3"),
    ];
    let app = TestApp::start_with(&TestDatabase::create().await, &settings).await;
    for _ in 0..3 {
        Socket::hello(app.address, &app.token("c1", &[])).await;
    }
    let mut socket = Socket::connect(app.address, &[]).await;
    socket.send(&hello(&app)).await;
    let hint = retry_within(&mut socket).await;
    assert!((1..=1_000).contains(&hint), "{hint}");
    Socket::hello(app.address, &app.token("c2", &[])).await;
}
