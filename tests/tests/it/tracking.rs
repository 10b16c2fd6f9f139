//! Tracking links: what their holders see, how they end, and how guests ask for them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection, Executor};
use tokio::sync::{Semaphore, mpsc};
use waybill_api::auth::{Role, TrackingKeys};
use waybill_api::snapshot::Names;
use waybill_api::tracking::notifier::{Notice, Notifier, NotifyError};
use waybill_domain::{ChangeStatus, OrderId, Status, UpdateDetails, fixtures};
use waybill_infra::revocations::{Credential, Revocations};
use waybill_tests::app::TestApp;
use waybill_tests::client::{Answer, Client};
use waybill_tests::database::TestDatabase;
use waybill_tests::orders;
use waybill_tests::socket::{Incoming, Socket};
use waybill_tests::stream::EventStream;

async fn issue(app: &TestApp, order: OrderId, body: Value) -> Answer {
    let staff = app.client("ann", &[Role::Staff]);
    let path = format!("/v1/orders/{order}/tracking-link");
    staff.post(&path, body).await
}

async fn token(app: &TestApp, order: OrderId) -> String {
    let issued = issue(app, order, json!({})).await.expect(201);
    issued.text_of("token").to_owned()
}

async fn revoke(app: &TestApp, order: OrderId) {
    let service = app.client("shop", &[Role::Service]);
    let path = format!("/v1/orders/{order}/tracking-link");
    let answer = service.send(Method::DELETE, &path, None, &[]).await;
    answer.expect(204);
}

fn guest(app: &TestApp, token: &str) -> Client {
    app.client_with(Some(token.to_owned()))
}

async fn place(app: &TestApp) -> OrderId {
    orders::place(app.app(), "c1").await.receipt.order_id
}

#[tokio::test]
async fn a_link_carries_its_secret_in_the_fragment_and_lives_as_long_as_was_asked() {
    let database = TestDatabase::create().await;
    let page = [(
        "WAYBILL_TRACKING_PAGE_URL",
        "https://shop.test/where?lang=de",
    )];
    let app = TestApp::start_with(&database, &page).await;
    let order = place(&app).await;
    for (body, secs) in [
        (json!({}), 2_592_000),
        (json!({ "lifetime_secs": 300 }), 300),
        (json!({ "lifetime_secs": 7_776_000 }), 7_776_000),
    ] {
        let link = issue(&app, order, body).await.expect(201);
        let (url, token) = (link.text_of("url"), link.text_of("token"));
        assert_eq!(url, format!("https://shop.test/where?lang=de#{token}"));
        let time = |name| -> chrono::DateTime<chrono::Utc> { link.text_of(name).parse().unwrap() };
        let lives = (time("expires_at") - time("issued_at")).num_seconds();
        assert!(
            (secs - 1..=secs).contains(&lives),
            "{lives} instead of {secs}"
        );
        assert_eq!(link.body["order_id"], order.to_string());
    }
    for secs in [0, 299, 7_776_001] {
        let refused = issue(&app, order, json!({ "lifetime_secs": secs })).await;
        let refused = refused.refused(422, "invalid_fields");
        assert_eq!(refused.body["errors"][0]["field"], "lifetime_secs");
    }
    let refused = issue(&app, order, json!({ "lifetime": 300 })).await;
    refused.refused(422, "invalid_fields");
    let staff = app.client("ann", &[Role::Staff]);
    let nowhere = "/v1/orders/ORD-404/tracking-link";
    let refused = staff.post(nowhere, json!({})).await;
    refused.refused(404, "not_found");
}

#[tokio::test]
async fn every_channel_shows_a_guest_the_same_few_fields() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let placed = orders::place_with(app.app(), "c1", |order| {
        order.reference = Some("ref-1".parse().unwrap());
    })
    .await;
    let order = placed.receipt.order_id;
    let token = token(&app, order).await;
    let patch = json!({
        "tracking": { "carrier": "Post", "number": "99.1" },
        "notes": "ring twice",
        "metadata": { "batch": "winter" },
    });
    let mut ship = ChangeStatus::to(Status::Shipped);
    ship.internal_note = Some("fragile customer".parse().unwrap());
    ship.message_to_customer = Some("dear Ada".parse().unwrap());
    let patch = UpdateDetails::parse(patch).unwrap();
    orders::run(app.app(), order, patch).await.unwrap();
    orders::run(app.app(), order, ship).await.unwrap();

    let guest = guest(&app, &token);
    let topic = format!("topic=order:{order}&include=order");
    let view = guest.get(&format!("/v1/orders/{order}")).await.expect(200);
    let at_one = guest.get(&format!("/v1/orders/{order}?at_version=1")).await;
    let polled = guest.get(&format!("/v1/events?{topic}")).await.expect(200);
    let last = polled.text_of("cursor");
    let history = format!("/v1/orders/{order}/timeline?min_position={last}");
    let timeline = guest.get(&history).await.expect(200);
    let (first, rest) = in_two_pages(&guest, order).await;
    let query = format!("{topic}&after=earliest");
    let mut stream = EventStream::follow(app.address, &query, &token, None).await;
    let mut streamed = Vec::new();
    for _ in 0..3 {
        streamed.push(stream.next().await.unwrap().data);
    }
    let mut socket = Socket::hello(app.address, &token).await;
    socket.send(&json!({"type": "subscribe", "id": "a", "topic": format!("order:{order}"), "snapshot": true})).await;
    let snapshot = socket.frame_of("snapshot").await;
    socket.send(&json!({"type": "subscribe", "id": "b", "topic": format!("order:{order}"), "after": "earliest", "include": "order"})).await;
    let mut pushed = Vec::new();
    for _ in 0..3 {
        let mut frame = socket.frame_of("event").await;
        frame["event"]["order"] = frame["order"].take();
        pushed.push(frame["event"].take());
    }
    assert_eq!(polled.body["data"], json!(streamed));
    assert_eq!(polled.body["data"], json!(pushed));
    let without_orders = pushed.into_iter().map(|mut event| {
        event.as_object_mut().unwrap().remove("order");
        event
    });
    assert_eq!(without_orders.collect::<Vec<_>>(), [first, rest].concat());

    let all = json!({
        "order": view.body, "order at version 1": at_one.expect(200).body, "timeline": timeline.body,
        "events": polled.body, "snapshot": snapshot,
    });
    let text = all.to_string();
    for secret in [
        "c1",
        "Ada",
        "ref-1",
        "ring twice",
        "winter",
        "fragile",
        "dear",
        "ann",
        "ada@example.org",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    insta::assert_json_snapshot!(Names::new().rename(all));
}

/// The history, which a guest reads in pages as everybody does.
async fn in_two_pages(guest: &Client, order: OrderId) -> (Vec<Value>, Vec<Value>) {
    let path = format!("/v1/orders/{order}/events?limit=2");
    let first = guest.get(&path).await.expect(200);
    let more = format!("{path}&page_cursor={}", first.text_of("next_cursor"));
    let rest = guest.get(&more).await.expect(200);
    assert_eq!(rest.body["next_cursor"], Value::Null);
    let data = |page: &Answer| page.body["data"].as_array().unwrap().clone();
    (data(&first), data(&rest))
}

#[tokio::test]
async fn a_link_is_good_for_its_order_until_it_ends_and_no_other_will_do() {
    let database = TestDatabase::create().await;
    let short = [("WAYBILL_TRACKING_LIFETIME_MIN_SECS", "1")];
    let app = TestApp::start_with(&database, &short).await;
    let (order, other) = (place(&app).await, place(&app).await);
    let path = format!("/v1/orders/{order}");
    let link = issue(&app, order, json!({ "lifetime_secs": 3 }))
        .await
        .expect(201);
    let token = link.text_of("token");
    let holder = guest(&app, token);
    holder.get(&path).await.expect(200);
    for others in ["", "/events", "/timeline"] {
        let refused = holder.get(&format!("/v1/orders/{other}{others}")).await;
        refused.refused(404, "not_found");
    }

    // Another's signature under these claims, and these claims changed.
    let links = TrackingKeys::new(&[7; 32]);
    let now = chrono::Utc::now();
    let hour = now + chrono::TimeDelta::hours(1);
    let forged = links.issue(order, now, hour).unwrap().0;
    let [head, body, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!("a token has three parts")
    };
    let body = forged.split('.').nth(1).unwrap_or(body);
    let changed = format!("{head}.{body}.{signature}");
    for bad in [&forged, &changed] {
        guest(&app, bad)
            .get(&path)
            .await
            .refused(401, "token_refused");
        let mut socket = Socket::connect(app.address, &[]).await;
        socket.send(&json!({"type": "hello", "token": bad})).await;
        assert_eq!(socket.close_code().await, Some(4401));
        let query = format!("topic=order:{order}");
        let stream = EventStream::follow(app.address, &query, bad, None).await;
        assert_eq!(stream.status, 401);
    }

    let query = format!("topic=order:{order}");
    let mut stream = EventStream::follow(app.address, &query, token, None).await;
    let mut socket = Socket::hello(app.address, token).await;
    assert_eq!(stream.next_of("end").await.data["code"], "token_expired");
    assert_eq!(socket.close_code().await, Some(4401));
    let ends: chrono::DateTime<chrono::Utc> = link.text_of("expires_at").parse().unwrap();
    assert!(chrono::Utc::now() >= ends, "the socket was closed early");
    holder.get(&path).await.refused(401, "token_expired");
}

#[tokio::test]
async fn taking_links_back_ends_what_is_open_on_every_node_within_two_seconds() {
    let database = TestDatabase::create().await;
    let (here, there) = (
        TestApp::start(&database).await,
        TestApp::start(&database).await,
    );
    let (order, other) = (place(&here).await, place(&here).await);
    let (first, second) = (token(&here, order).await, token(&there, order).await);
    let untouched = token(&there, other).await;
    let query = format!("topic=order:{order}");
    let path = format!("/v1/orders/{order}");
    let mut streams = Vec::new();
    let mut sockets = Vec::new();
    for (app, token) in [(&here, &first), (&there, &second)] {
        let mut stream = EventStream::follow(app.address, &query, token, None).await;
        stream.next_of("live").await;
        streams.push(stream);
        sockets.push(Socket::hello(app.address, token).await);
    }
    let other_query = format!("topic=order:{other}");
    let mut stays = EventStream::follow(there.address, &other_query, &untouched, None).await;
    stays.next_of("live").await;
    let waiter = guest(&there, &first);
    let waiting = format!("/v1/events?{query}&after=now&wait=20");
    let polled = tokio::spawn(async move { waiter.get(&waiting).await });
    tokio::time::sleep(Duration::from_millis(100)).await;

    let began = Instant::now();
    revoke(&here, order).await;
    let ended = async {
        for stream in &mut streams {
            assert_eq!(stream.next_of("end").await.data["code"], "token_revoked");
        }
        for socket in &mut sockets {
            assert_eq!(socket.close_code().await, Some(4409));
        }
        polled.await.unwrap().refused(401, "token_revoked");
    };
    tokio::time::timeout(Duration::from_secs(2), ended)
        .await
        .expect("within two seconds");
    assert!(began.elapsed() < Duration::from_secs(2));
    for (app, token) in [(&here, &first), (&there, &first), (&there, &second)] {
        guest(app, token)
            .get(&path)
            .await
            .refused(401, "token_revoked");
    }
    // At once after it, and on a node that was started later.
    let fresh = token(&here, order).await;
    let later = TestApp::start(&database).await;
    for app in [&here, &there, &later] {
        guest(app, &fresh).get(&path).await.expect(200);
        guest(app, &first)
            .get(&path)
            .await
            .refused(401, "token_revoked");
    }
    orders::run(here.app(), other, ChangeStatus::to(Status::Processing))
        .await
        .unwrap();
    stays.next_of("order.status_changed").await;
}

#[tokio::test]
async fn a_link_never_outlives_its_revocation() {
    let database = TestDatabase::create().await;
    let open = async || Revocations::open(database.db(), 100).await.unwrap();
    let revocations = open().await;
    let order = OrderId::from(uuid::Uuid::now_v7());
    let year = Duration::from_hours(365 * 24);
    let link = revocations.issue_link(order, year).await.unwrap();
    // By a node that was told that links live for a second at most.
    revocations
        .revoke_links(order, Duration::from_secs(1), "ann")
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let mut owner = database.owner().await;
    let credential = Credential::Link {
        order_id: order,
        issued_at: link.issued_at,
    };
    let is_revoked = |revocations: &Revocations| {
        let set = revocations.subscribe();
        let set = set.borrow();
        set.is_revoked(&credential) && !set.has_expired(link.expires_at - Duration::from_secs(1))
    };
    revocations.forget_expired().await.unwrap();
    assert!(is_revoked(&revocations) && is_revoked(&open().await));

    // The clock is set back: the next link is still later than the revocation, and the next revocation than it.
    owner
        .execute("UPDATE tracking_links SET revoked_at = revoked_at + interval '1 hour'")
        .await
        .unwrap();
    let fresh = revocations.issue_link(order, year).await.unwrap();
    let known = open().await;
    let credential = Credential::Link {
        order_id: order,
        issued_at: fresh.issued_at,
    };
    assert!(!known.subscribe().borrow().is_revoked(&credential));
    known.revoke_links(order, year, "ann").await.unwrap();
    assert!(known.subscribe().borrow().is_revoked(&credential));

    // What nobody can hold any more is forgotten.
    owner
        .execute("UPDATE tracking_links SET expires_at = now() - interval '61 minutes'")
        .await
        .unwrap();
    revocations.forget_expired().await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM tracking_links")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn the_service_can_issue_and_take_back_and_not_rewrite() {
    let database = TestDatabase::create().await;
    let mut service = sqlx::PgConnection::connect(&database.url()).await.unwrap();
    for sql in [
        "UPDATE tracking_links SET revoked_at = NULL, revoked_by = NULL, change = NULL",
        "DELETE FROM tracking_links",
        "INSERT INTO tracking_links (order_id, expires_at) VALUES (gen_random_uuid(), now())",
        "SELECT nextval('tracking_link_changes')",
    ] {
        let refused = service.execute(sql).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{sql}: {refused}");
    }
}

/// Hands on what is to be sent, once it may.
struct Captured {
    sent: mpsc::UnboundedSender<Notice>,
    may: Arc<Semaphore>,
}

impl Notifier for Captured {
    fn send(&self, notice: Notice) -> BoxFuture<'_, Result<(), NotifyError>> {
        Box::pin(async move {
            let _may = self.may.acquire().await;
            let _ = self.sent.send(notice);
            Ok(())
        })
    }
}

/// A shop whose guests can ask, with one order of Ada's.
struct Shop {
    app: TestApp,
    database: TestDatabase,
    sent: mpsc::UnboundedReceiver<Notice>,
    may: Arc<Semaphore>,
    number: String,
    order: OrderId,
}

impl Shop {
    async fn open(variables: &[(&str, &str)]) -> Self {
        let database = TestDatabase::create().await;
        let (sender, sent) = mpsc::unbounded_channel();
        let may = Arc::new(Semaphore::new(1));
        let notifier = Captured {
            sent: sender,
            may: Arc::clone(&may),
        };
        let app = TestApp::start_notifying(&database, variables, Arc::new(notifier)).await;
        let placed = orders::place(app.app(), "c1").await;
        let number = &placed.order.order.state().unwrap().order_number;
        Self {
            number: number.to_string(),
            order: placed.receipt.order_id,
            app,
            database,
            sent,
            may,
        }
    }

    async fn ask(&self, number: &str, email: &str) -> Answer {
        let body = json!({ "order_number": number, "email": email });
        let nobody = self.app.client_with(None);
        nobody.post("/v1/tracking-requests", body).await
    }

    async fn next_sent(&mut self) -> Notice {
        let sent = tokio::time::timeout(Duration::from_secs(10), self.sent.recv());
        sent.await.expect("in time").expect("the node runs")
    }
}

const ADA: &str = "ada@example.org";

#[tokio::test]
async fn only_the_orders_own_address_is_sent_a_link_and_everybody_is_told_the_same() {
    let mut shop = Shop::open(&[("WAYBILL_TRACKING_LINKS_PER_HOUR", "10")]).await;
    assert_eq!(fixtures::new_order_json()["shipping_address"]["email"], ADA);
    // An order whose reference looks like a number.
    orders::place_with(shop.app.app(), "c2", |order| {
        order.reference = Some("EXT-77777".parse().unwrap());
    })
    .await;
    let mut answers = Vec::new();
    for (number, email) in [
        ("ORD-40404", ADA),
        ("EXT-77777", ADA),
        (shop.number.clone().as_str(), "eve@example.org"),
        (shop.number.clone().as_str(), "ada@example.or"),
        (shop.number.clone().as_str(), " ADA@Example.ORG "),
    ] {
        let mut answer = shop.ask(number, email).await.expect(202);
        answer.headers.remove("x-request-id");
        answer.headers.remove("date");
        answers.push((answer.text, answer.headers));
    }
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:#?}"
    );

    // The last of them is the only one that comes to anything; they are looked into in turn.
    let notice = shop.next_sent().await;
    assert_eq!(
        (notice.to.to_string().as_str(), notice.order_number.as_str()),
        (ADA, shop.number.as_str())
    );
    assert!(shop.sent.try_recv().is_err(), "more was sent");
    let (page, token) = notice.url.split_once('#').unwrap();
    assert_eq!(page, shop.app.url("/track"));
    let path = format!("/v1/orders/{}", shop.order);
    guest(&shop.app, token).get(&path).await.expect(200);
}

/// What stands for a measurement of time: nothing that the answer could wait for is looked at before it.
#[tokio::test]
async fn the_answer_comes_before_anything_is_looked_up() {
    let mut shop = Shop::open(&[]).await;
    let mut owner = shop.database.owner().await;
    let mut blocked = owner.begin().await.unwrap();
    blocked
        .execute("LOCK TABLE order_keys, events, tracking_links IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    for (number, email) in [
        (shop.number.clone(), ADA),
        (shop.number.clone(), "eve@example.org"),
        ("ORD-40404".into(), ADA),
    ] {
        let answer = tokio::time::timeout(Duration::from_secs(2), shop.ask(&number, email));
        answer.await.expect("it waits for the database").expect(202);
    }
    assert!(shop.sent.try_recv().is_err());
    blocked.rollback().await.unwrap();
    assert_eq!(shop.next_sent().await.to.to_string(), ADA);
}

#[tokio::test]
async fn a_full_queue_is_not_to_be_noticed() {
    let mut shop = Shop::open(&[
        ("WAYBILL_TRACKING_QUEUE", "1"),
        ("WAYBILL_TRACKING_LINKS_PER_HOUR", "100"),
    ])
    .await;
    let held = Arc::clone(&shop.may).acquire_owned().await.unwrap();
    let number = shop.number.clone();
    let first = shop.ask(&number, ADA).await.expect(202).text;
    for _ in 0..10 {
        assert_eq!(shop.ask(&number, ADA).await.expect(202).text, first);
    }
    drop(held);
    shop.next_sent().await;
    // At most the one in hand and the one in the queue, and whichever slipped in between.
    let mut more = 0;
    while tokio::time::timeout(Duration::from_millis(500), shop.sent.recv())
        .await
        .is_ok()
    {
        more += 1;
    }
    assert!(more < 5, "{more} were sent: the queue has no bound");
}

#[tokio::test]
async fn an_address_may_ask_so_often_and_an_order_gets_so_many() {
    let mut shop = Shop::open(&[
        ("WAYBILL_TRACKING_REQUESTS_PER_HOUR", "8"),
        ("WAYBILL_TRACKING_LINKS_PER_HOUR", "2"),
    ])
    .await;
    let number = shop.number.clone();
    // Whoever guesses does not use up what is the customer's.
    for _ in 0..4 {
        shop.ask(&number, "eve@example.org").await.expect(202);
    }
    for _ in 0..4 {
        shop.ask(&number, ADA).await.expect(202);
    }
    for (number, email) in [(number.as_str(), ADA), ("ORD-40404", "eve@example.org")] {
        let refused = shop.ask(number, email).await.refused(429, "rate_limited");
        assert!(!refused.header("retry-after").is_empty());
    }
    shop.next_sent().await;
    shop.next_sent().await;
    let third = tokio::time::timeout(Duration::from_secs(1), shop.sent.recv());
    assert!(third.await.is_err(), "a third was sent");
}

#[tokio::test]
async fn what_no_order_can_have_is_named() {
    let shop = Shop::open(&[("WAYBILL_TRACKING_REQUESTS_PER_HOUR", "1")]).await;
    for (number, email, fields) in [
        ("", "", vec!["order_number", "email"]),
        ("10001!", ADA, vec!["order_number"]),
        ("ORD-1", "nobody", vec!["email"]),
        ("ORD-1", "a b@example.org", vec!["email"]),
    ] {
        let refused = shop.ask(number, email).await.refused(422, "invalid_fields");
        let errors = refused.body["errors"].as_array().unwrap();
        let named: Vec<_> = errors
            .iter()
            .map(|e| e["field"].as_str().unwrap())
            .collect();
        assert_eq!(named, fields, "{number:?} {email:?}");
    }
    let nobody = shop.app.client_with(None);
    let missing = nobody.post("/v1/tracking-requests", json!({})).await;
    missing.refused(422, "invalid_fields");
    let text = nobody
        .send_text(Method::POST, "/v1/tracking-requests", Some("{"), &[])
        .await;
    text.refused(400, "malformed_json");
    // None of these was counted.
    shop.ask("ORD-1", ADA).await.expect(202);
}

#[tokio::test]
async fn a_guest_sees_his_order_move_by_a_link_that_he_asked_for() {
    let mut shop = Shop::open(&[]).await;
    shop.ask(&shop.number, ADA).await.expect(202);
    let notice = shop.next_sent().await;
    let (_, token) = notice.url.split_once('#').unwrap();
    let topic = format!("order:{}", shop.order);
    let mut socket = Socket::hello(shop.app.address, token).await;
    socket.subscribe("a", &topic, "now").await;
    let mut stream =
        EventStream::follow(shop.app.address, &format!("topic={topic}"), token, None).await;
    stream.next_of("live").await;
    let holder = guest(&shop.app, token);
    let waiting = format!("/v1/events?topic={topic}&after=now&wait=20");
    let polled = tokio::spawn(async move { holder.get(&waiting).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let move_on = ChangeStatus::to(Status::Processing);
    orders::run(shop.app.app(), shop.order, move_on)
        .await
        .unwrap();
    let streamed = stream.next_of("order.status_changed").await.data;
    match socket.next().await {
        Incoming::Frame(frame) => assert_eq!(frame["event"], streamed),
        closed @ Incoming::Closed(..) => panic!("{closed:?}"),
    }
    assert_eq!(polled.await.unwrap().body["data"], json!([streamed]));
}
