//! The main answers, word for word, with ids and times replaced by names.

use reqwest::Method;
use serde_json::json;

use super::*;

/// Replaces what differs from run to run. A cursor is as good as any other: it is opaque.
fn named(mut value: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Array(all) => all.iter_mut().for_each(walk),
            Value::Object(members) => {
                for (name, value) in members {
                    match name.as_str() {
                        "cursor" => *value = json!("[cursor]"),
                        "request_id" | "correlation_id" => *value = json!("[request]"),
                        "seconds_since_previous_status" => *value = json!(0),
                        _ => walk(value),
                    }
                }
            }
            Value::String(text) if text.parse::<uuid::Uuid>().is_ok() => "[id]".clone_into(text),
            Value::String(text)
                if text.len() == 27 && !text.starts_with("2025-01-01") && text.ends_with('Z') =>
            {
                "[time]".clone_into(text);
            }
            _ => {}
        }
    }
    walk(&mut value);
    value
}

macro_rules! told {
    ($name:literal, $answer:expr) => {
        insta::assert_json_snapshot!($name, named($answer.body.clone()))
    };
}

#[tokio::test]
async fn the_main_answers_word_for_word() {
    let shop = Shop::open().await;
    let mut body = order();
    body["reference"] = json!("shop-4711");
    let placed = shop.place_as(body).await;
    told!("created", placed.answer);
    let moved = json!({
        "to": "shipped",
        "details": { "tracking": { "carrier": "Post", "number": "99.00.123456" } },
        "internal_note": "Checked by hand.",
        "message_to_customer": "On its way.",
    });
    told!(
        "shipped",
        shop.staff
            .post(&placed.path("/status"), moved)
            .await
            .expect(200)
    );

    told!(
        "order_for_staff",
        shop.staff.get(&placed.path("")).await.expect(200)
    );
    told!(
        "order_for_its_customer",
        shop.customer.get(&placed.path("")).await.expect(200)
    );
    told!(
        "events_for_staff",
        shop.staff.get(&placed.path("/events")).await.expect(200)
    );
    told!(
        "events_for_its_customer",
        shop.customer.get(&placed.path("/events")).await.expect(200)
    );
    let timeline = placed.path("/timeline?min_position=3");
    told!(
        "timeline_for_staff",
        shop.staff.get(&timeline).await.expect(200)
    );
    told!(
        "timeline_for_its_customer",
        shop.customer
            .get(&placed.path("/timeline"))
            .await
            .expect(200)
    );
    told!(
        "list_for_staff",
        shop.staff
            .get("/v1/orders?counts=true&min_position=3")
            .await
            .expect(200)
    );
    told!(
        "list_for_its_customer",
        shop.customer.get("/v1/orders").await.expect(200)
    );
    shop.close().await;
}

#[tokio::test]
async fn the_main_refusals_word_for_word() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    let moved = json!({
        "to": "shipped",
        "details": { "tracking": { "number": "99.00.123456" } },
        "internal_note": "Checked by hand.",
    });
    shop.staff
        .post(&placed.path("/status"), moved)
        .await
        .expect(200);
    told!(
        "stale",
        shop.customer
            .patch(&placed.path(""), 1, json!({ "shipping_address": null }))
            .await
            .expect(412)
    );
    told!(
        "illegal",
        shop.staff
            .post(&placed.path("/status"), json!({ "to": "processing" }))
            .await
            .expect(409)
    );
    told!(
        "invalid",
        shop.service
            .post(
                "/v1/orders",
                json!({ "customer_id": "", "pricing": { "currency": "EUR" } })
            )
            .await
            .expect(422)
    );
    let rows =
        json!({ "orders": [{ "order_id": placed.id }, { "order_id": "none" }], "to": "delivered" });
    told!(
        "bulk",
        shop.staff
            .post("/v1/orders/bulk/status", rows)
            .await
            .expect(200)
    );
    let anonymous = shop
        .nobody
        .send(Method::GET, "/v1/me", None, &[])
        .await
        .expect(401);
    assert_eq!(
        anonymous.header("www-authenticate"),
        "Bearer realm=\"waybill\""
    );
    told!("unauthenticated", anonymous);
    shop.close().await;
}
