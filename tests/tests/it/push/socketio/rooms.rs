//! Rooms of single orders: who may join, what they are told, how they are left.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use waybill_api::auth::Role;
use waybill_domain::{ChangeStatus, Status, UpdateDetails};
use waybill_tests::orders;
use waybill_tests::script::Script;

use super::{app, connected, event};

async fn join(client: &mut Script, order: &str) -> Value {
    let emit = json!({"emit": ["join-order-tracking", order], "ack": true});
    client.tell(&emit).await;
    client.line_with("ack").await["ack"].clone()
}

#[tokio::test]
async fn an_order_room_is_joined_by_any_name_and_answers_with_that_name() {
    let app = app(&[]).await;
    let placed = orders::place_with(app.app(), "c1", |order| {
        order.reference = Some("shop-7".parse().unwrap());
    })
    .await;
    let order = placed.receipt.order_id;
    let auth = json!({"token": app.token("ann", &[Role::Staff])});
    let mut client = connected(&app.url(""), json!({"auth": auth})).await;
    let id = order.to_string();
    for name in [&*id, "ORD-10001", "shop-7", "shop-7"] {
        let joined = json!({"ok": true, "orderId": name});
        assert_eq!(join(&mut client, name).await, joined);
    }
    let details = json!({"tracking": {"number": "99.1"}, "estimated_delivery": "2026-11-30"});
    let details = UpdateDetails::parse(details).unwrap();
    orders::run(app.app(), order, details).await.unwrap();
    let notes = UpdateDetails::parse(json!({"notes": "not for the room"})).unwrap();
    orders::run(app.app(), order, notes).await.unwrap();
    orders::run(app.app(), order, ChangeStatus::to(Status::Shipped))
        .await
        .unwrap();
    let mut seen = Vec::new();
    while seen.len() < 6 {
        let (name, payload) = event(&mut client).await;
        seen.push(json!([name, payload]));
    }
    insta::assert_json_snapshot!(seen, {
        "[][1].updatedAt" => "[time]",
        "[0][1].orderId" => "[id]",
        "[3][1].orderId" => "[id]",
    });
}

#[tokio::test]
async fn who_is_told_that_he_is_in_a_room_has_what_brings_him_back_into_it() {
    let app = app(&[]).await;
    let order = orders::place(app.app(), "c1").await.receipt.order_id;
    let auth = json!({"token": app.token("c1", &[])});
    let mut client = connected(&app.url(""), json!({"auth": auth})).await;
    // The one that comes with connecting. Between any two lines the script may tell of its new transport.
    let connecting = client.line_with_one_of(&["event", "ack"]).await;
    assert_eq!(connecting["event"], "waybill:offset", "{connecting}");
    let join = json!({"emit": ["join-order-tracking", order.to_string()], "ack": true});
    client.tell(&join).await;
    let first = client.line_with_one_of(&["event", "ack"]).await;
    assert_eq!(first["event"], "waybill:offset", "{first}");
    assert_eq!(client.line_with("ack").await["ack"]["ok"], true);
}

#[tokio::test]
async fn a_foreign_order_looks_like_none_and_nobody_may_join_any() {
    let app = app(&[]).await;
    let foreign = orders::place(app.app(), "c2").await.receipt.order_id;
    let auth = json!({"token": app.token("c1", &[])});
    let mut client = connected(&app.url(""), json!({"auth": auth})).await;
    let refused = |order: &str, code: &str, message: &str| json!({"ok": false, "orderId": order, "code": code, "message": message});
    let foreign = foreign.to_string();
    for order in [&*foreign, "ORD-10001", "ORD-404", "", " "] {
        let expected = refused(order, "not_found", "there is no such order");
        assert_eq!(join(&mut client, order).await, expected);
    }
    // Also without an acknowledgement, as the source system's page joins.
    let emit = json!({"emit": ["join-order-tracking", "ORD-10001"]});
    client.tell(&emit).await;
    let (name, payload) = event(&mut client).await;
    assert_eq!(name, "order-tracking-error");
    assert_eq!(payload["code"], "not_found");
    let mut nobody = connected(&app.url(""), json!({})).await;
    let expected = refused(&foreign, "unauthenticated", "sign in to follow an order");
    assert_eq!(join(&mut nobody, &foreign).await, expected);

    orders::run(
        app.app(),
        foreign.parse().unwrap(),
        ChangeStatus::to(Status::Shipped),
    )
    .await
    .unwrap();
    for mut client in [client, nobody] {
        while let Some(line) = client.line_within(Duration::from_millis(500)).await {
            assert_ne!(line["event"], "order-status-updated", "{line}");
        }
    }
}

#[tokio::test]
async fn the_holder_of_a_tracking_link_follows_its_order_and_no_other() {
    let app = app(&[]).await;
    let own = orders::place(app.app(), "c1").await.receipt.order_id;
    orders::place(app.app(), "c1").await;
    let now = Utc::now();
    let links = app.app().auth.links();
    let (token, _) = links.issue(own, now, now + TimeDelta::hours(1)).unwrap();
    let auth = json!({"token": token});
    let mut client = connected(&app.url(""), json!({"auth": auth})).await;
    assert_eq!(join(&mut client, "ORD-10001").await["ok"], true);
    assert_eq!(join(&mut client, "ORD-10002").await["code"], "not_found");
    orders::run(app.app(), own, ChangeStatus::to(Status::Processing))
        .await
        .unwrap();
    let (name, payload) = event(&mut client).await;
    assert_eq!(name, "order-status-updated");
    assert_eq!(payload["status"], "processing");
    // The customer's own events are not for the holder of a link.
    let next = client.line_within(Duration::from_millis(500)).await;
    assert_eq!(next, None);
}

#[tokio::test]
async fn a_room_that_was_left_is_silent_and_rooms_are_bounded() {
    let app = app(&[("WAYBILL_PUSH_SUBSCRIPTIONS_MAX", "3")]).await;
    let mut names = Vec::new();
    for nth in 1..=3 {
        let order = orders::place(app.app(), "c1").await.receipt.order_id;
        names.push((order, format!("ORD-1000{nth}")));
    }
    let auth = json!({"token": app.token("c1", &[])});
    let mut client = connected(&app.url(""), json!({"auth": auth})).await;
    assert_eq!(join(&mut client, &names[0].1).await["ok"], true);
    assert_eq!(join(&mut client, &names[1].1).await["ok"], true);
    let refused = join(&mut client, &names[2].1).await;
    assert_eq!(refused["code"], "too_many_rooms", "{refused}");
    let leave = json!({"emit": ["leave-order-tracking", names[0].1], "ack": true});
    client.tell(&leave).await;
    assert_eq!(client.line_with("ack").await["ack"]["ok"], true);
    assert_eq!(join(&mut client, &names[2].1).await["ok"], true);
    for (order, _) in &names {
        let moved = ChangeStatus::to(Status::Processing);
        orders::run(app.app(), *order, moved).await.unwrap();
    }
    let mut told = Vec::new();
    while told.len() < 2 {
        let (name, payload) = event(&mut client).await;
        if name == "order-status-updated" {
            told.push(payload["orderId"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(told, ["ORD-10002", "ORD-10003"]);
}
