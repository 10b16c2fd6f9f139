//! What reaches a customer.

use serde_json::json;
use sqlx::Executor;
use waybill_api::auth::Role;
use waybill_domain::{Cancel, CancelReason, ChangeStatus, Status, UpdateDetails};
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::engine::Engine;
use waybill_tests::orders;

use super::{app, connected, event};

#[tokio::test]
async fn a_customer_gets_each_event_of_his_orders_with_the_source_systems_keys_and_sentences() {
    let app = app(&[]).await;
    let url = app.url("");
    let auth = json!({"token": app.token("c1", &[])});
    let mut client = connected(&url, json!({"auth": auth})).await;
    client.line_with("event").await;

    let placed = orders::place(app.app(), "c1").await.receipt.order_id;
    let other = orders::place(app.app(), "c2").await.receipt.order_id;
    let cancelled = orders::place(app.app(), "c1").await.receipt.order_id;
    let tracking = json!({"tracking": {"number": "99.1", "carrier": "Post"}});
    let run = |id, command: waybill_domain::OrderCommand| orders::run(app.app(), id, command);
    run(placed, UpdateDetails::parse(tracking).unwrap().into())
        .await
        .unwrap();
    for to in [Status::Processing, Status::Shipped, Status::Delivered] {
        run(other, ChangeStatus::to(to).into()).await.unwrap();
        run(placed, ChangeStatus::to(to).into()).await.unwrap();
    }
    run(cancelled, Cancel::because(CancelReason::Customer).into())
        .await
        .unwrap();

    let mut seen = Vec::new();
    while seen.len() < 9 {
        let (name, mut payload) = event(&mut client).await;
        if !seen.is_empty() {
            // The first shows the order whole.
            payload["order"] = json!({
                "orderNumber": payload["order"]["orderNumber"],
                "status": payload["order"]["status"],
                "trackingNumber": payload["order"]["trackingNumber"],
            });
        }
        seen.push(json!({"event": name, "payload": payload}));
    }
    insta::assert_json_snapshot!(seen, {
        "[].payload.timestamp" => "[time]",
        "[0].payload.order._id" => "[id]",
        "[0].payload.order.orderDate" => "[time]",
        "[0].payload.order.createdAt" => "[time]",
        "[0].payload.order.updatedAt" => "[time]",
    });
}

#[tokio::test]
async fn what_is_for_staff_only_is_in_no_packet_not_even_in_one_for_staff() {
    let app = app(&[]).await;
    let auth = json!({"token": app.token("c1", &[Role::Staff])});
    let (mut engine, _) = Engine::connect(app.address, &auth).await;
    engine.packet().await;
    let placed = orders::place_with(app.app(), "c1", |order| {
        order.metadata = serde_json::from_value(json!({"channel": "secret-channel"})).unwrap();
    })
    .await;
    let moved = json!({"to": "processing", "internal_note": "secret-note"});
    let moved = ChangeStatus::parse(moved).unwrap().command;
    orders::run(app.app(), placed.receipt.order_id, moved)
        .await
        .unwrap();
    for expected in ["order:created", "order:status_changed"] {
        let packet = engine.packet().await;
        assert!(packet.contains(expected), "{packet}");
        assert!(!packet.contains("secret"), "{packet}");
        assert!(!packet.contains("\"ann\""), "{packet}");
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_blocks_nobody() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    let auth = json!({"token": app.token("c1", &[])});
    let (mut engine, _) = Engine::connect(app.address, &auth).await;
    engine.packet().await;
    orders::place(app.app(), "c1").await;
    assert_eq!(engine.event().await.0, "order:created");
    let mut owner = database.owner().await;
    let bad = "INSERT INTO events SELECT 2, gen_random_uuid(), aggregate_type, aggregate_id, 2, event_type, event_version, '{\"Created\": 7}', NULL, metadata, customer_id, order_number, recorded_at, actor_kind, actor_id, command_id, correlation_id, causation_id FROM events WHERE position = 1";
    owner.execute(bad).await.unwrap();
    let later = "INSERT INTO events SELECT 3, gen_random_uuid(), aggregate_type, aggregate_id, 3, 'OrderStatusChanged', event_version, '{\"StatusChanged\": {\"from\": \"pending\", \"to\": \"processing\"}}', NULL, metadata, customer_id, order_number, recorded_at, actor_kind, actor_id, command_id, correlation_id, causation_id FROM events WHERE position = 1";
    owner.execute(later).await.unwrap();
    owner.execute("NOTIFY waybill_log").await.unwrap();
    // The order cannot be shown whole any more; what happened to it can.
    let (name, payload, _) = engine.event().await;
    assert_eq!(name, "order:status_changed");
    assert_eq!(payload["newStatus"], "processing");
    assert_eq!(payload["order"]["status"], "processing");
    assert_eq!(payload["order"].get("items"), None);
    let next = orders::place(app.app(), "c1").await;
    let (name, payload, _) = engine.event().await;
    assert_eq!(name, "order:created");
    assert_eq!(payload["order"]["_id"], next.receipt.order_id.to_string());
}
