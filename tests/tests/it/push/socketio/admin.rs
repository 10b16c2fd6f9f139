//! `admin-status-update` runs the command.

use serde_json::{Value, json};
use waybill_api::auth::Role;
use waybill_domain::{ActorKind, OrderId};
use waybill_tests::app::TestApp;
use waybill_tests::orders;
use waybill_tests::script::Script;

use super::{app, connected, event};

async fn emit(client: &mut Script, update: &Value) -> Value {
    let emit = json!({"emit": ["admin-status-update", update], "ack": true});
    client.tell(&emit).await;
    client.line_with("ack").await["ack"].clone()
}

/// Types of an order's events, and who caused them.
async fn history(app: &TestApp, order: OrderId) -> Vec<(&'static str, ActorKind, String)> {
    let events = app.app().log.stream(order, 0, None, 100).await.unwrap();
    let told = events.iter().map(|event| {
        let actor = &event.envelope.actor;
        (event.wire_type(), actor.kind, actor.id.clone())
    });
    told.collect()
}

#[tokio::test]
async fn staff_move_an_order_and_its_customer_hears_of_it() {
    let app = app(&[]).await;
    let order = orders::place(app.app(), "c1").await.receipt.order_id;
    let auth = json!({"token": app.token("c1", &[])});
    let mut customer = connected(&app.url(""), json!({"auth": auth})).await;
    customer.line_with("event").await;
    let auth = json!({"token": app.token("bea", &[Role::Staff])});
    let mut staff = connected(&app.url(""), json!({"auth": auth})).await;

    let shipped = json!({
        "orderId": "ORD-10001",
        "status": "shipped",
        "trackingNumber": "99.1",
        "estimatedDelivery": "2026-11-30T00:00:00.000Z",
    });
    let done = emit(&mut staff, &shipped).await;
    insta::assert_json_snapshot!(done);
    // Sent again, as a client with retries does, it does nothing.
    let again = emit(&mut staff, &shipped).await;
    assert_eq!(
        (&again["ok"], &again["outcome"]),
        (&json!(true), &json!("unchanged"))
    );
    // The status that it has already, and another number.
    let update = json!({"orderId": order, "status": "shipped", "trackingNumber": "99.2"});
    assert_eq!(emit(&mut staff, &update).await["trackingNumber"], "99.2");
    let back = json!({"orderId": order, "status": "pending"});
    assert_eq!(emit(&mut staff, &back).await["code"], "illegal_transition");

    let by = |kind| (kind, ActorKind::Staff, "bea".to_owned());
    assert_eq!(
        history(&app, order).await[1..],
        [
            by("order.updated"),
            by("order.status_changed"),
            by("order.updated")
        ]
    );
    for expected in ["order:updated", "order:status_changed", "order:updated"] {
        assert_eq!(event(&mut customer).await.0, expected);
    }
}

#[tokio::test]
async fn cancelled_calls_the_order_off() {
    let app = app(&[]).await;
    let order = orders::place(app.app(), "c1").await.receipt.order_id;
    let auth = json!({"token": app.token("bea", &[Role::Admin])});
    let mut staff = connected(&app.url(""), json!({"auth": auth})).await;
    let cancelled = json!({"orderId": order, "status": "cancelled", "trackingNumber": ""});
    for outcome in ["applied", "unchanged"] {
        let done = emit(&mut staff, &cancelled).await;
        assert_eq!(done["outcome"], outcome, "{done}");
        assert_eq!(done["status"], "cancelled");
    }
    assert_eq!(history(&app, order).await.len(), 2);
}

#[tokio::test]
async fn anyone_else_is_refused_and_nothing_happens() {
    let app = app(&[]).await;
    let order = orders::place(app.app(), "c1").await.receipt.order_id;
    let update = json!({"orderId": order, "status": "shipped"});
    let auth = json!({"token": app.token("c1", &[])});
    for options in [json!({"auth": auth}), json!({})] {
        let mut client = connected(&app.url(""), options).await;
        let refused = emit(&mut client, &update).await;
        assert_eq!(refused["code"], "forbidden", "{refused}");
        // Without an acknowledgement, as the source system sends it, an event tells.
        let emit = json!({"emit": ["admin-status-update", update]});
        client.tell(&emit).await;
        let (name, payload) = event(&mut client).await;
        assert_eq!(name, "admin-status-error");
        assert_eq!(payload["code"], "forbidden");
        assert_eq!(payload["orderId"], order.to_string());
    }
    assert_eq!(history(&app, order).await.len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_an_update_is_named() {
    let app = app(&[]).await;
    orders::place(app.app(), "c1").await;
    let auth = json!({"token": app.token("bea", &[Role::Staff])});
    let mut staff = connected(&app.url(""), json!({"auth": auth})).await;
    for (update, code) in [
        (
            json!({"orderId": "ORD-404", "status": "shipped"}),
            "not_found",
        ),
        (json!({"status": "shipped"}), "malformed_request"),
        (
            json!({"orderId": "ORD-10001", "status": "lost"}),
            "invalid_fields",
        ),
        (json!({"orderId": "ORD-10001"}), "invalid_fields"),
        (
            json!({"orderId": "ORD-10001", "status": "shipped", "estimatedDelivery": "soon"}),
            "invalid_fields",
        ),
        (json!(7), "malformed_request"),
    ] {
        let refused = emit(&mut staff, &update).await;
        assert_eq!(refused["code"], code, "{update}: {refused}");
    }
}
