//! A story of three orders, and how it is stored and told: the log, and the frames for each audience.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Row;
use waybill_api::auth::Role;
use waybill_api::push::frames;
use waybill_api::snapshot::Names;
use waybill_domain::{Audience, Cancel, ChangeStatus, OrderId, UpdateDetails};
use waybill_infra::log::{Cursor, Topic};
use waybill_projections::push::{Output, Subscription, Subscriptions};
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::orders;
use waybill_tests::socket::Socket;

/// One order is delivered with a detour, one is called off, one is only looked at again.
async fn tell(app: &TestApp) -> [OrderId; 3] {
    let app = app.app();
    let delivered = orders::place(app, "anna").await.receipt.order_id;
    let cancelled = orders::place(app, "ben").await.receipt.order_id;
    let waiting = orders::place_with(app, "anna", |order| {
        order.shipping_address = None;
        order.notes = None;
    })
    .await
    .receipt
    .order_id;
    let patch = |body: Value| UpdateDetails::parse(body).expect("a patch");
    orders::run(
        app,
        delivered,
        change(json!({"to": "processing", "internal_note": "checked twice"})),
    )
    .await
    .unwrap();
    let address = json!({"shipping_address": {"line1": "Elsewhere 2"}, "notes": "please ring"});
    orders::run(app, delivered, patch(address)).await.unwrap();
    let shipping = json!({
        "to": "shipped",
        "details": {"tracking": {"carrier": "DHL", "number": "JD014", "url": "https://track.test/JD014"}, "estimated_delivery": "2026-12-24"},
        "message_to_customer": "On its way!",
    });
    orders::run(app, delivered, change(shipping)).await.unwrap();
    let cancel = json!({"reason": "inventory", "message_to_customer": "Sorry, sold out."});
    orders::run(app, cancelled, Cancel::parse(cancel).unwrap().command)
        .await
        .unwrap();
    orders::run(app, delivered, change(json!({"to": "delivered"})))
        .await
        .unwrap();
    orders::run(app, waiting, change(json!({"to": "pending"})))
        .await
        .unwrap();
    [delivered, cancelled, waiting]
}

fn change(body: Value) -> ChangeStatus {
    ChangeStatus::parse(body)
        .expect("a change of status")
        .command
}

#[tokio::test]
async fn the_story_is_stored_event_by_event() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    tell(&app).await;
    let mut owner = database.owner().await;
    let rows = sqlx::query(
        "SELECT to_jsonb(e) - 'recorded_at' - 'payload' - 'personal' - 'metadata' AS columns, payload, personal, metadata
         FROM events e ORDER BY position",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    let mut names = Names::new();
    let stored: Vec<Value> = rows
        .iter()
        .map(|row| {
            let mut columns: Value = row.get("columns");
            for name in ["payload", "personal", "metadata"] {
                columns[name] = row.get::<Option<Value>, _>(name).unwrap_or_default();
            }
            names.rename(columns)
        })
        .collect();
    insta::assert_json_snapshot!("story_log", stored);
}

#[tokio::test]
async fn the_story_is_told_to_staff_and_customers_over_the_socket() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    tell(&app).await;
    for (who, token, topic) in [
        ("staff", app.token("ann", &[Role::Staff]), "orders"),
        ("customer", app.token("anna", &[]), "customer:me"),
    ] {
        let mut socket = Socket::hello(app.address, &token).await;
        socket
            .send(&json!({"type": "subscribe", "id": "s", "topic": topic, "after": "earliest", "include": "order"}))
            .await;
        let mut told = Vec::new();
        while told
            .last()
            .is_none_or(|frame: &Value| frame["type"] != "live")
        {
            told.push(socket.frame().await);
        }
        let mut names = Names::new();
        let told: Vec<Value> = told.into_iter().map(|frame| names.rename(frame)).collect();
        insta::assert_json_snapshot!(format!("story_frames_{who}"), told);
    }
}

#[tokio::test]
async fn the_story_of_one_order_is_told_to_a_guest() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let [delivered, ..] = tell(&app).await;
    let (log, all) = (app.app().log.clone(), app.app().orders.clone());
    let mut subscriptions = Subscriptions::new(log, all, &app.app().push.hub, 1);
    let wanted = Subscription {
        id: "g".into(),
        topic: Topic::Order(delivered),
        audience: Audience::Guest,
        types: Vec::new(),
        include_order: true,
    };
    subscriptions
        .subscribe(wanted, &Cursor::Earliest)
        .await
        .unwrap();
    let mut frames = Vec::new();
    let mut live = false;
    while !live {
        tokio::time::timeout(Duration::from_secs(5), subscriptions.ready())
            .await
            .expect("something comes");
        for output in subscriptions.next().await.unwrap() {
            frames::write_output(&mut frames, &output);
            frames.push(b'\n');
            live |= matches!(output, Output::Live { .. });
        }
    }
    let mut names = Names::new();
    let told: Vec<Value> = String::from_utf8(frames)
        .expect("UTF-8")
        .lines()
        .map(|line| names.rename(serde_json::from_str(line).expect("JSON")))
        .collect();
    insta::assert_json_snapshot!("story_frames_guest", told);
}
