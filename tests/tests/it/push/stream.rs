//! Server-sent events, as a browser's `EventSource` takes them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use waybill_api::auth::Role;
use waybill_domain::{ChangeStatus, Position, Status};
use waybill_infra::log::Topic;
use waybill_infra::revocations::{NewRevocation, RevocationKind};
use waybill_tests::app::{FRONTEND, TestApp};
use waybill_tests::database::TestDatabase;
use waybill_tests::orders;
use waybill_tests::stream::{EventStream, Message};

const MADE_UP: &str = "AAAAAAAAAAAAAAAAAAAAAA";

async fn app(variables: &[(&str, &str)]) -> TestApp {
    TestApp::start_with(&TestDatabase::create().await, variables).await
}

/// The cursor that a message names in its data; those that are not events have one.
fn cursor(message: &Message) -> Option<&str> {
    message.data["cursor"].as_str()
}

#[tokio::test]
async fn a_stream_replays_says_that_it_is_live_and_goes_on() {
    let app = app(&[]).await;
    let order = orders::place(app.app(), "c1").await.receipt.order_id;
    orders::run(app.app(), order, ChangeStatus::to(Status::Processing))
        .await
        .unwrap();
    let token = app.token("c1", &[]);
    let query = "topic=customer:me&after=earliest";
    let mut stream = EventStream::follow(app.address, query, &token, None).await;
    assert_eq!(stream.status, 200);
    for (name, value) in [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-store"),
        ("x-accel-buffering", "no"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(stream.headers[name], value, "{name}");
    }
    assert!(!stream.headers.contains_key("content-encoding"));

    let mut seen = Vec::new();
    for expected in ["order.created", "order.status_changed", "live"] {
        let message = stream.next().await.unwrap();
        assert_eq!(message.event, expected);
        assert_eq!(message.id.as_deref(), cursor(&message), "{message:?}");
        seen.push(message);
    }
    let retry = stream
        .retry_ms
        .expect("a browser is told when to come back");
    assert!((1_000..3_000).contains(&retry), "{retry}");
    orders::place(app.app(), "c2").await;
    orders::run(app.app(), order, ChangeStatus::to(Status::Shipped))
        .await
        .unwrap();
    let shipped = stream.next().await.unwrap();
    assert_eq!(
        (shipped.event.as_str(), &shipped.data["data"]["to"]),
        ("order.status_changed", &json!("shipped"))
    );

    // The same object as by a long poll, and not a byte for staff.
    let polled = app
        .client("c1", &[])
        .get("/v1/events?topic=customer:me")
        .await;
    assert_eq!(polled.body["data"][2], shipped.data);
    assert!(shipped.data.get("position").is_none());
}

#[tokio::test]
async fn the_last_event_id_goes_before_the_query() {
    let app = app(&[]).await;
    for _ in 0..3 {
        orders::place(app.app(), "c1").await;
    }
    let token = app.token("c1", &[]);
    let query = "topic=customer:me&after=earliest";
    let mut stream = EventStream::follow(app.address, query, &token, None).await;
    let first = stream.next().await.unwrap();
    let second = stream.next().await.unwrap();
    let last = first.id.as_deref();
    let mut resumed = EventStream::follow(app.address, query, &token, last).await;
    let again = resumed.next().await.unwrap();
    assert_eq!(again.data, second.data);
    // What a browser that has seen no id may send.
    let mut begun = EventStream::follow(app.address, query, &token, Some("")).await;
    assert_eq!(begun.next().await.unwrap().data, first.data);
}

#[tokio::test]
async fn a_stream_that_begins_now_has_an_id_before_the_first_event() {
    let app = app(&[]).await;
    orders::place(app.app(), "c1").await;
    let token = app.token("c1", &[]);
    let mut stream = EventStream::follow(app.address, "topic=customer:me", &token, None).await;
    let live = stream.next().await.unwrap();
    assert_eq!(live.event, "live");
    drop(stream);
    // What happens while it is away is not lost, though it had seen no event.
    let missed = orders::place(app.app(), "c1").await.receipt.order_id;
    let last = live.id.as_deref();
    let mut stream = EventStream::follow(app.address, "topic=customer:me", &token, last).await;
    assert_eq!(
        stream.next().await.unwrap().data["order_id"],
        missed.to_string()
    );
}

#[tokio::test]
async fn types_narrow_a_stream_and_include_adds_the_order() {
    let app = app(&[]).await;
    let order = orders::place(app.app(), "c1").await.receipt.order_id;
    orders::run(app.app(), order, ChangeStatus::to(Status::Processing))
        .await
        .unwrap();
    let token = app.token("c1", &[]);
    let query =
        "topic=customer:me&after=earliest&types=order.status_changed,order.cancelled&include=order";
    let mut stream = EventStream::follow(app.address, query, &token, None).await;
    let message = stream.next().await.unwrap();
    assert_eq!(message.event, "order.status_changed");
    assert_eq!(message.data["order"]["status"], "processing");
    assert_eq!(message.data["order"]["version"], 2);
    assert_eq!(stream.next().await.unwrap().event, "live");
}

#[tokio::test]
async fn a_quiet_stream_is_kept_awake_and_its_place_moves_on() {
    let app = app(&[("WAYBILL_PUSH_PING_SECS", "1")]).await;
    let token = app.token("c1", &[]);
    let mut stream = EventStream::follow(app.address, "topic=customer:me", &token, None).await;
    let live = stream.next().await.unwrap();
    orders::place(app.app(), "c2").await;
    let moved = stream.next().await.unwrap();
    assert_eq!(moved.event, "cursor");
    assert_ne!(moved.id, live.id);
    assert_eq!(moved.id.as_deref(), cursor(&moved));
    assert!(stream.comments >= 1);
}

#[tokio::test]
async fn what_the_caller_can_mend_is_a_problem() {
    let app = app(&[]).await;
    let token = app.token("c1", &[]);
    for (query, status, code) in [
        ("topic=orders", 403, "forbidden"),
        ("topic=nothing", 400, "malformed_request"),
        ("topic=order:ORD-404", 404, "not_found"),
        (
            "topic=customer:me&types=order.lost",
            400,
            "malformed_request",
        ),
        ("topic=customer:me&after=yesterday", 400, "invalid_cursor"),
        ("topic=customer:me&after=1", 400, "malformed_request"),
        ("topic=customer:me&wait=1", 400, "malformed_request"),
        ("", 400, "malformed_request"),
    ] {
        let stream = EventStream::follow(app.address, query, &token, None).await;
        assert_eq!(stream.status, status, "{query}");
        assert_eq!(stream.headers["content-type"], "application/problem+json");
        let problem = stream.body().await;
        assert_eq!(problem["code"], code, "{query}: {problem}");
        if code == "invalid_cursor" {
            assert_eq!(problem["errors"][0]["field"], "after", "{problem}");
        }
    }
    for last in ["yesterday", "1", &"A".repeat(100)] {
        let stream =
            EventStream::follow(app.address, "topic=customer:me", &token, Some(last)).await;
        assert_eq!(stream.status, 400, "{last}");
        let problem = stream.body().await;
        assert_eq!(problem["errors"][0]["field"], "Last-Event-ID", "{problem}");
    }
    let nobody = EventStream::open(app.address, "topic=customer:me", &[]).await;
    assert_eq!(nobody.status, 401);
}

#[tokio::test]
async fn a_cookie_opens_a_stream_unless_a_foreign_page_asks() {
    let app = app(&[]).await;
    let begun = app.client("c1", &[]).post("/v1/session", json!({})).await;
    let cookie = begun.expect(201).header("set-cookie").to_owned();
    let cookie = cookie.split(';').next().unwrap();
    for (origin, status) in [
        (None, 200),
        (Some(FRONTEND), 200),
        (Some("https://evil.test"), 403),
        (Some("null"), 403),
    ] {
        let mut headers = vec![("cookie", cookie)];
        headers.extend(origin.map(|origin| ("origin", origin)));
        let mut stream = EventStream::open(app.address, "topic=customer:me", &headers).await;
        assert_eq!(stream.status, status, "{origin:?}");
        if status == 200 {
            assert_eq!(stream.next().await.unwrap().event, "live");
        }
    }
}

/// An `EventSource` gives up on anything but 200, and comes back with the same id after the time that it
/// was told.
#[tokio::test]
async fn a_cursor_that_does_not_fit_is_answered_with_a_reset_every_time_and_not_often() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    let token = app.token("c1", &[]);
    for (query, last) in [
        (format!("topic=customer:me&after={MADE_UP}"), None),
        ("topic=customer:me".to_owned(), Some(MADE_UP)),
    ] {
        let mut stream = EventStream::follow(app.address, &query, &token, last).await;
        assert_eq!(stream.status, 200);
        let all = stream.rest().await;
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(
            (all[0].event.as_str(), &all[0].data),
            ("reset", &json!({ "reason": "epoch" }))
        );
        assert_eq!(all[0].id, None, "the browser must keep the id that it has");
        let retry = stream.retry_ms.unwrap();
        assert!(retry >= 30_000, "it would ask again after {retry} ms");
    }
    // The log begins a new epoch under an open stream.
    orders::place(app.app(), "c1").await;
    let mut open = EventStream::follow(app.address, "topic=customer:me", &token, None).await;
    let live = open.next_of("live").await;
    app.app().log.new_epoch("a test").await.unwrap();
    let rest = open.rest().await;
    assert_eq!(rest.last().unwrap().event, "reset", "{rest:?}");
    assert!(open.retry_ms.unwrap() >= 30_000);
    let last = live.id.as_deref();
    let mut back = EventStream::follow(app.address, "topic=customer:me", &token, last).await;
    assert_eq!(back.next().await.unwrap().event, "reset");
}

#[tokio::test]
async fn a_token_that_has_just_expired_shows_nothing_any_more() {
    let app = app(&[]).await;
    orders::place(app.app(), "c1").await;
    let token = app.token_for("c1", &[], Duration::from_secs(1));
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    // Clocks differ, so it is still taken; often, because chance may hide that it is not looked at.
    for _ in 0..20 {
        let query = "topic=customer:me&after=earliest";
        let mut stream = EventStream::follow(app.address, query, &token, None).await;
        assert_eq!(stream.status, 200);
        let rest = stream.rest().await;
        let events: Vec<&str> = rest.iter().map(|message| &*message.event).collect();
        assert_eq!(events, ["end"]);
    }
}

#[tokio::test]
async fn a_stream_ends_before_its_token_does() {
    let app = app(&[]).await;
    let token = app.token_for("c1", &[], Duration::from_secs(3));
    let until = Instant::now() + Duration::from_secs(3);
    let mut stream = EventStream::follow(app.address, "topic=customer:me", &token, None).await;
    stream.next_of("live").await;
    let end = stream.next().await.unwrap();
    assert!(Instant::now() < until, "after its token");
    assert_eq!(
        (end.event.as_str(), &end.data["code"]),
        ("end", &json!("token_expired"))
    );
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_revocation_ends_the_streams_of_every_node_within_two_seconds() {
    let database = TestDatabase::create().await;
    let (here, there) = (
        TestApp::start(&database).await,
        TestApp::start(&database).await,
    );
    let mut streams = Vec::new();
    for app in [&here, &there] {
        let token = app.token("c1", &[]);
        let mut stream = EventStream::follow(app.address, "topic=customer:me", &token, None).await;
        stream.next_of("live").await;
        streams.push(stream);
    }
    let token = there.token("c2", &[]);
    let mut other = EventStream::follow(there.address, "topic=customer:me", &token, None).await;
    let revocation = NewRevocation {
        kind: RevocationKind::Subject,
        value: "c1".into(),
        expires_at: Utc::now() + TimeDelta::minutes(10),
        reason: None,
        by: "ann".into(),
    };
    here.app().revocations.revoke(&revocation).await.unwrap();
    let ended = async {
        for stream in &mut streams {
            let rest = stream.rest().await;
            let last = rest.last().expect("is told why");
            assert_eq!(
                (last.event.as_str(), &last.data["code"]),
                ("end", &json!("token_revoked"))
            );
        }
    };
    tokio::time::timeout(Duration::from_secs(2), ended)
        .await
        .expect("within two seconds");
    orders::place(here.app(), "c2").await;
    other.next_of("order.created").await;
}

#[tokio::test]
async fn a_node_that_stops_says_when_to_come_back_and_ends() {
    let app = app(&[("WAYBILL_PUSH_DRAIN_MS", "3000")]).await;
    let token = app.token("c1", &[]);
    let mut stream = EventStream::follow(app.address, "topic=customer:me", &token, None).await;
    let live = stream.next_of("live").await;
    let (address, shared) = (app.address, Arc::clone(app.app()));
    // As it would be while other clients are still being sent away.
    let open = shared.push.connections.token();
    let stopping = tokio::spawn(app.stop());
    let drain = stream.next().await.unwrap();
    assert_eq!(
        (drain.event.as_str(), &drain.data),
        ("drain", &json!({ "retry_within_ms": 3_000 }))
    );
    assert!(stream.retry_ms.unwrap() < 3_000);
    assert!(stream.next().await.is_none());
    // Whoever comes back too early is sent away again; with 503 a browser would give up for good.
    let last = live.id.as_deref();
    let mut early = EventStream::follow(address, "topic=customer:me", &token, last).await;
    assert_eq!(early.status, 200);
    let all = early.rest().await;
    assert_eq!((all.len(), all[0].event.as_str()), (1, "drain"));
    assert!(all[0].id.is_none() && early.retry_ms.is_some());
    drop(open);
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_stream_counts_as_a_connection() {
    let app = app(&[("WAYBILL_PUSH_CONNECTIONS_MAX", "1")]).await;
    let token = app.token("c1", &[]);
    let mut first = EventStream::follow(app.address, "topic=customer:me", &token, None).await;
    first.next_of("live").await;
    let mut second = EventStream::follow(app.address, "topic=customer:me", &token, None).await;
    let all = second.rest().await;
    assert_eq!((all.len(), all[0].event.as_str()), (1, "drain"));
    drop(first);
    // Given back once the node has noticed, at the latest by its next comment.
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let mut third = EventStream::follow(app.address, "topic=customer:me", &token, None).await;
        if third.next().await.unwrap().event == "live" {
            break;
        }
        assert!(Instant::now() < until, "the place is not given back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_cut_a_hundred_times_on_two_nodes_sees_each_event_once_in_order() {
    let database = TestDatabase::create().await;
    let small = [("WAYBILL_PUSH_RING_EVENTS", "64")];
    let apps = Arc::new([
        TestApp::start_with(&database, &small).await,
        TestApp::start_with(&database, &small).await,
    ]);
    let (writing, stop) = (Arc::clone(&apps), CancellationToken::new());
    let stopped = stop.clone();
    let writer = tokio::spawn(async move {
        for nth in (0_usize..).take_while(|_| !stopped.is_cancelled()) {
            orders::place(writing[nth % 2].app(), ["c1", "c2"][nth % 2]).await;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    let token = apps[0].token("c1", &[]);
    let query = "topic=customer:me&after=earliest";
    let mut random = StdRng::seed_from_u64(11);
    let (mut last, mut seen): (Option<String>, Vec<Value>) = (None, Vec::new());
    let mut take = |message: Message| {
        if message.event == "order.created" {
            seen.push(message.data["event_id"].clone());
        }
    };
    for cut in 0..100 {
        let app = &apps[cut % 2];
        let mut stream = EventStream::follow(app.address, query, &token, last.as_deref()).await;
        for _ in 0..random.random_range(0..12) {
            take(stream.next().await.unwrap());
        }
        last = stream.last_id.or(last);
    }
    // Not in the middle of a command, which would be done after all when nobody follows any more.
    stop.cancel();
    writer.await.unwrap();
    let mut stream = EventStream::follow(apps[0].address, query, &token, last.as_deref()).await;
    loop {
        let message = stream.next().await.unwrap();
        if message.event == "live" {
            break;
        }
        take(message);
    }
    let topic = Topic::Customer("c1".parse().unwrap());
    let (mut expected, mut after) = (Vec::new(), Position(0));
    loop {
        let page = apps[0].app().log.read(&topic, after, 1_000).await.unwrap();
        let ids = page.events.iter().map(|e| json!(e.envelope.event_id));
        expected.extend(ids);
        after = page.through;
        if !page.more {
            break;
        }
    }
    assert!(expected.len() > 100, "too few events to mean anything");
    assert_eq!(seen, expected);
}

/// Orders large enough to fill every buffer on the way.
async fn place_large(app: &TestApp, count: usize) {
    for _ in 0..count / 25 {
        let place = |_| {
            orders::place_with(app.app(), "c1", |order| {
                order.notes = Some("x".repeat(3_500).parse().unwrap());
            })
        };
        futures::future::join_all((0..25).map(place)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_read_slowly_loses_its_queue_and_not_its_events() {
    let app = app(&[("WAYBILL_PUSH_RING_EVENTS", "64")]).await;
    let bearer = format!("Bearer {}", app.token("ann", &[Role::Staff]));
    let headers = [("authorization", bearer.as_str())];
    let mut stream = EventStream::open_slowly(app.address, "topic=orders", &headers).await;
    stream.next_of("live").await;
    place_large(&app, 600).await;
    let mut positions = Vec::new();
    while positions.len() < 600 {
        let message = stream.next().await.unwrap();
        match message.event.as_str() {
            "order.created" => positions.push(message.data["position"].as_u64().unwrap()),
            "live" | "cursor" => {}
            other => panic!("{other}"),
        }
    }
    assert!(positions.iter().copied().eq(1..=600), "{positions:?}");
    // It was on the log for a while, so it is told again that it is live.
    stream.next_of("live").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_which_nothing_is_taken_is_cut() {
    let app = app(&[("WAYBILL_PUSH_STALL_SECS", "5")]).await;
    place_large(&app, 600).await;
    let bearer = format!("Bearer {}", app.token("ann", &[Role::Staff]));
    let headers = [("authorization", bearer.as_str())];
    let query = "topic=orders&after=earliest";
    let mut stream = EventStream::open_slowly(app.address, query, &headers).await;
    stream.next_of("order.created").await;
    let open = || app.app().push.connections.len();
    let until = Instant::now() + Duration::from_secs(30);
    while open() > 0 {
        assert!(Instant::now() < until, "it is still open");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let rest = stream.rest().await;
    assert!(rest.len() < 599, "everything fitted into the buffers");
    assert!(stream.was_cut(), "its end was left waiting in a buffer");
    assert!(rest.iter().all(|message| message.event == "order.created"));
}
