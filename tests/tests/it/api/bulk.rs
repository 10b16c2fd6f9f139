//! One command for many orders.

use serde_json::json;

use super::*;

fn rows(ids: &[&str]) -> Value {
    ids.iter().map(|id| json!({ "order_id": id })).collect()
}

#[tokio::test]
async fn rows_that_are_refused_touch_no_others() {
    let shop = Shop::open().await;
    let (a, b, c) = (shop.place().await, shop.place().await, shop.place().await);
    shop.move_to(&b, "shipped").await;
    let missing = fixtures::order_id(99).to_string();
    let mut orders = rows(&[&a.id, &b.number, &missing, "no-such-reference"]);
    orders
        .as_array_mut()
        .unwrap()
        .push(json!({ "order_id": c.id, "expected_version": 7 }));
    let answer = shop
        .staff
        .post(
            "/v1/orders/bulk/status",
            json!({ "orders": orders, "to": "processing" }),
        )
        .await
        .expect(200);
    assert_eq!(
        (&answer.body["succeeded"], &answer.body["failed"]),
        (&json!(1), &json!(4))
    );
    let codes: Vec<&str> = answer.body["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            row["problem"]["code"]
                .as_str()
                .unwrap_or(row["outcome"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        codes,
        [
            "applied",
            "illegal_transition",
            "not_found",
            "not_found",
            "version_conflict"
        ]
    );
    let [first, second, ..] = answer.body["results"].as_array().unwrap().as_slice() else {
        panic!()
    };
    assert_eq!(
        (&first["order_id"], &first["version"]),
        (&json!(a.id), &json!(2))
    );
    assert_eq!(
        second["order_id"], b.id,
        "an order named by its number is answered by its id"
    );
    assert!(second["problem"]["allowed_actions"].is_array());
    assert_eq!(answer.body["results"][3]["order_id"], "no-such-reference");
    let untouched = shop.customer.get(&c.path("")).await.expect(200);
    assert_eq!(untouched.version(), 1);
    shop.close().await;
}

#[tokio::test]
async fn a_retry_does_what_is_missing_and_nothing_twice() {
    let shop = Shop::open().await;
    let (a, b) = (shop.place().await, shop.place().await);
    let send = async |body: &Value| {
        let key = [("idempotency-key", "night-run")];
        shop.staff
            .send(
                reqwest::Method::POST,
                "/v1/orders/bulk/cancel",
                Some(body.clone()),
                &key,
            )
            .await
    };
    let mut body = json!({ "orders": rows(&[&a.id, &b.id]), "reason": "expired" });
    body["orders"][1]["expected_version"] = json!(2);
    let first = send(&body).await.expect(200);
    assert_eq!(
        (
            &first.body["succeeded"],
            first.header("idempotent-replayed")
        ),
        (&json!(1), "")
    );
    // What made the second row fail is gone.
    shop.staff
        .patch(&b.path(""), 1, json!({ "notes": "late" }))
        .await
        .expect(200);
    let second = send(&body).await.expect(200);
    assert_eq!(second.body["succeeded"], 2);
    assert_eq!(second.body["results"][0]["replayed"], true);
    assert_eq!(
        second.body["results"][0]["version"], 2,
        "not cancelled again"
    );
    assert_eq!(
        (
            &second.body["results"][1]["outcome"],
            &second.body["results"][1]["version"]
        ),
        (&json!("applied"), &json!(3))
    );
    let third = send(&body).await.expect(200);
    assert_eq!(third.header("idempotent-replayed"), "true");
    // Another request under the same key does nothing at all.
    let c = shop.place().await;
    let other = json!({ "orders": rows(&[&c.id]), "reason": "expired" });
    send(&other).await.refused(422, "idempotency_key_reused");
    assert_eq!(shop.staff.get(&c.path("")).await.body["status"], "pending");
    shop.close().await;
}

#[tokio::test]
async fn an_order_named_twice_refuses_the_request() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    for orders in [
        rows(&[&placed.id, &placed.id]),
        rows(&[&placed.number, &placed.id]),
    ] {
        let body = json!({ "orders": orders, "to": "processing" });
        let refused = shop
            .staff
            .post("/v1/orders/bulk/status", body)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(refused.body["errors"][0]["field"], "orders[1].order_id");
    }
    assert_eq!(shop.staff.get(&placed.path("")).await.version(), 1);
    shop.close().await;
}

#[tokio::test]
async fn a_request_has_one_to_a_hundred_rows() {
    let shop = Shop::open().await;
    let many: Vec<String> = (0..101)
        .map(|n| fixtures::order_id(n).to_string())
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (count, status) in [(0, 422), (1, 200), (100, 200), (101, 422)] {
        let body = json!({ "orders": rows(&many[..count]), "to": "processing" });
        let answer = shop
            .staff
            .post("/v1/orders/bulk/status", body)
            .await
            .expect(status);
        if status == 200 {
            assert_eq!(answer.body["failed"], count);
        }
    }
    let with_tag = [("if-match", "\"1\"")];
    let body = json!({ "orders": rows(&many[..1]), "to": "processing" });
    let tagged = shop
        .staff
        .send(
            reqwest::Method::POST,
            "/v1/orders/bulk/status",
            Some(body),
            &with_tag,
        )
        .await;
    tagged.refused(400, "malformed_request");
    shop.close().await;
}

/// Rows are under way together, so that a hundred orders do not take a hundred commits.
#[tokio::test]
async fn rows_share_commits() {
    let shop = Shop::open().await;
    let mut ids = Vec::new();
    for _ in 0..24 {
        ids.push(shop.place().await.id);
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut owner = shop.database.owner().await;
    let mut commits = async || {
        sqlx::query_scalar::<_, i64>("SELECT count(DISTINCT xmin::text) FROM events")
            .fetch_one(&mut owner)
            .await
            .unwrap()
    };
    let before = commits().await;
    let body = json!({ "orders": rows(&ids), "to": "processing" });
    let answer = shop
        .staff
        .post("/v1/orders/bulk/status", body)
        .await
        .expect(200);
    assert_eq!(answer.body["succeeded"], 24);
    let took = commits().await - before;
    assert!(took <= 16, "24 rows took {took} commits");
    shop.close().await;
}
