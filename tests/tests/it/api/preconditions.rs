//! The version that a caller has seen, and what he is told when the order has moved on.

use reqwest::Method;
use serde_json::json;

use super::*;

#[tokio::test]
async fn a_stale_tag_tells_what_happened_in_between() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    shop.staff.post(&placed.path("/status"), json!({ "to": "processing", "internal_note": "Checked by hand.", "message_to_customer": "Soon." })).await.expect(200);
    shop.staff
        .patch(
            &placed.path(""),
            2,
            json!({ "metadata": { "shelf": "behind the boiler" } }),
        )
        .await
        .expect(200);

    let send = async |caller: &Client, tag: &str| {
        let body = Some(json!({ "shipping_address": { "city": "Horgen" } }));
        caller
            .send(Method::PATCH, &placed.path(""), body, &[("if-match", tag)])
            .await
    };
    let told = send(&shop.staff, "\"1\"")
        .await
        .refused(412, "precondition_failed");
    assert_eq!(
        (told.header("etag"), &told.body["current_version"]),
        ("\"3\"", &json!(3))
    );
    let changes = told.body["changes"].as_array().unwrap();
    assert_eq!(
        changes
            .iter()
            .map(|event| &event["version"])
            .collect::<Vec<_>>(),
        [2, 3]
    );
    assert_eq!(changes[0]["data"]["internal_note"], "Checked by hand.");
    assert_eq!(told.body["changes_complete"], true);

    let told = send(&shop.customer, "\"1\"")
        .await
        .refused(412, "precondition_failed");
    assert_eq!(
        told.body["changes"][0]["data"],
        json!({ "from": "pending", "to": "processing", "message_to_customer": "Soon." })
    );
    for hidden in [
        "internal_note",
        "Checked by hand",
        "behind the boiler",
        "position",
        "actor",
    ] {
        assert!(!told.text.contains(hidden), "{hidden} in {}", told.text);
    }
    // Tags that were never the order's: stale, with nothing to tell.
    for tag in ["\"99\"", "\"abc\"", "W/\"3\""] {
        let told = send(&shop.staff, tag)
            .await
            .refused(412, "precondition_failed");
        assert_eq!(
            (&told.body["current_version"], told.body.get("changes")),
            (&json!(3), None)
        );
    }
    send(&shop.staff, "3")
        .await
        .refused(400, "malformed_request");
    send(&shop.staff, "\"1\", \"3\"").await.expect(200);
    send(&shop.staff, "*").await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn header_and_body_are_both_honoured() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    shop.move_to(&placed, "processing").await;
    let send = async |tag: Option<&str>, version: Option<u64>| {
        let mut body = json!({ "to": "shipped" });
        if let Some(version) = version {
            body["expected_version"] = json!(version);
        }
        let headers: Vec<_> = tag.map(|tag| ("if-match", tag)).into_iter().collect();
        shop.staff
            .send(Method::POST, &placed.path("/status"), Some(body), &headers)
            .await
    };
    send(Some("\"1\""), None)
        .await
        .refused(412, "precondition_failed");
    let conflict = send(None, Some(1)).await.refused(409, "version_conflict");
    assert_eq!(
        (
            conflict.header("etag"),
            &conflict.body["changes"][0]["version"]
        ),
        ("\"2\"", &json!(2))
    );
    send(Some("\"1\""), Some(1))
        .await
        .refused(412, "precondition_failed");
    send(Some("\"2\""), Some(1))
        .await
        .refused(422, "invalid_fields");
    assert_eq!(send(Some("\"2\""), Some(2)).await.expect(200).version(), 3);
    shop.close().await;
}

#[tokio::test]
async fn many_changes_are_told_in_part() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    for version in 1..=52 {
        shop.staff
            .patch(
                &placed.path(""),
                version,
                json!({ "notes": version.to_string() }),
            )
            .await
            .expect(200);
    }
    let told = shop
        .staff
        .patch(&placed.path(""), 1, json!({ "notes": "x" }))
        .await
        .refused(412, "precondition_failed");
    assert_eq!(
        (
            told.body["changes"].as_array().unwrap().len(),
            &told.body["changes_complete"]
        ),
        (50, &json!(false))
    );
    let told = shop
        .staff
        .patch(&placed.path(""), 3, json!({ "notes": "x" }))
        .await
        .refused(412, "precondition_failed");
    assert_eq!(
        (
            told.body["changes"].as_array().unwrap().len(),
            &told.body["changes_complete"]
        ),
        (50, &json!(true))
    );
    shop.close().await;
}

#[tokio::test]
async fn where_there_is_no_one_order_the_header_is_refused() {
    let shop = Shop::open().await;
    let answer = shop
        .service
        .send(
            Method::POST,
            "/v1/orders",
            Some(order()),
            &[("if-match", "*")],
        )
        .await;
    let answer = answer.refused(400, "malformed_request");
    assert_eq!(answer.body["errors"][0]["field"], "If-Match");
    shop.close().await;
}

#[tokio::test]
async fn an_illegal_transition_lists_what_is_allowed() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    shop.move_to(&placed, "shipped").await;
    let refused = shop
        .staff
        .post(&placed.path("/status"), json!({ "to": "pending" }))
        .await
        .refused(409, "illegal_transition");
    let read = shop.staff.get(&placed.path("")).await.expect(200);
    assert_eq!(
        refused.body["allowed_actions"],
        read.body["allowed_actions"]
    );
    shop.staff
        .post(&placed.path("/status"), json!({ "to": "cancelled" }))
        .await
        .refused(409, "use_cancel");
    let cancelled = shop
        .customer
        .post(&placed.path("/cancel"), json!({ "reason": "customer" }))
        .await;
    assert_eq!(
        cancelled.refused(409, "illegal_transition").body["allowed_actions"],
        json!([])
    );
    shop.close().await;
}
