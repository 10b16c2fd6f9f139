//! Placing, changing and moving orders.

use serde_json::json;

use super::*;

#[tokio::test]
async fn an_order_is_placed_read_changed_moved_and_delivered() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    assert_eq!(placed.answer.header("location"), placed.path(""));
    assert_eq!(placed.answer.header("etag"), "\"1\"");
    assert_eq!(placed.answer.body["outcome"], "applied");

    let read = shop.customer.get(&placed.path("")).await.expect(200);
    assert_eq!(
        (read.header("etag"), &read.body["status"]),
        ("\"1\"", &json!("pending"))
    );
    let by_number = shop
        .staff
        .get(&format!("/v1/orders/{}", placed.number))
        .await;
    assert_eq!(by_number.expect(200).body["order_id"], placed.id);

    let patched = shop
        .staff
        .patch(&placed.path(""), 1, json!({ "notes": null }))
        .await
        .expect(200);
    assert_eq!((patched.version(), patched.header("etag")), (2, "\"2\""));
    assert_eq!(patched.body["order"].get("notes"), None);
    for (version, status) in [(3, "processing"), (4, "shipped"), (5, "delivered")] {
        let moved = shop.move_to(&placed, status).await;
        assert_eq!(
            (moved.version(), &moved.body["order"]["status"]),
            (version, &json!(status))
        );
    }
    let again = shop.move_to(&placed, "delivered").await;
    assert_eq!(
        (again.version(), &again.body["outcome"]),
        (5, &json!("unchanged"))
    );
    shop.close().await;
}

#[tokio::test]
async fn a_foreign_order_looks_like_a_missing_one() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    let missing = fixtures::order_id(99).to_string();
    for id in [placed.id.as_str(), placed.number.as_str(), &missing] {
        let path = format!("/v1/orders/{id}");
        let read = shop.stranger.get(&path).await;
        assert_eq!(
            read.refused(404, "not_found").body["detail"],
            "There is no such order."
        );
        let patched = shop.stranger.patch(&path, 7, json!({ "notes": "x" })).await;
        patched.refused(404, "not_found");
        for (what, body) in [
            ("status", json!({ "to": "shipped", "expected_version": 7 })),
            ("cancel", json!({ "reason": "other" })),
        ] {
            let answer = shop.stranger.post(&format!("{path}/{what}"), body).await;
            answer.refused(404, "not_found");
        }
    }
    shop.nobody
        .get(&placed.path(""))
        .await
        .refused(401, "unauthenticated");
    shop.admin.get(&placed.path("")).await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn a_sequence_that_was_set_back_costs_numbers_and_no_orders() {
    let shop = Shop::open().await;
    let mut numbers = std::collections::BTreeSet::new();
    numbers.insert(shop.place().await.number);
    // As after a restore: what this node holds is handed out again, to it and to another one.
    let other = TestApp::start(&shop.database).await;
    let service = other.client("shop", &[Role::Service]);
    let mut owner = shop.database.owner().await;
    sqlx::query("SELECT setval('order_numbers', 10001, false)")
        .execute(&mut owner)
        .await
        .unwrap();
    for _ in 0..3 {
        let placed = service.post("/v1/orders", order()).await.expect(201);
        numbers.insert(placed.text_of("order_number").to_owned());
        numbers.insert(shop.place().await.number);
    }
    assert_eq!(numbers.len(), 7);
    other.stop().await;
    shop.close().await;
}
