//! What is refused before it is looked into, and what a refusal must not say.

use reqwest::Method;
use serde_json::json;
use sqlx::Executor;

use super::*;

#[tokio::test]
async fn bodies_must_be_json_of_a_bounded_size() {
    let shop = Shop::open_with(&[("WAYBILL_BODY_LIMIT_BYTES", "16384")]).await;
    let send = async |body: &str, kind: &str| {
        shop.service
            .send_text(
                Method::POST,
                "/v1/orders",
                Some(body),
                &[("content-type", kind)],
            )
            .await
    };
    send("{}", "text/plain")
        .await
        .refused(415, "unsupported_media_type");
    send("{\"a\":", "application/json")
        .await
        .refused(400, "malformed_json");
    send("{} {}", "application/json")
        .await
        .refused(400, "malformed_json");
    send("", "application/json")
        .await
        .refused(400, "malformed_json");
    send("[1]", "application/json; charset=utf-8")
        .await
        .refused(422, "invalid_fields");
    let large = format!("{{\"notes\":\"{}\"}}", "x".repeat(16_384));
    send(&large, "application/json")
        .await
        .refused(413, "body_too_large");
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    send(&deep, "application/json")
        .await
        .refused(400, "malformed_json");
    shop.close().await;
}

#[tokio::test]
async fn every_field_at_fault_is_named_at_once() {
    let shop = Shop::open().await;
    let mut body = order();
    body["pricing"]["total"] = json!(1);
    body["pricing"]["items"][0]["quantity"] = json!(0);
    body["shipping_address"]["country"] = json!("Atlantis");
    body["colour"] = json!("red");
    let refused = shop
        .service
        .post("/v1/orders", body)
        .await
        .refused(422, "invalid_fields");
    let fields: Vec<&str> = refused.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["field"].as_str().unwrap())
        .collect();
    for field in [
        "pricing.items[0].quantity",
        "shipping_address.country",
        "colour",
    ] {
        assert!(fields.contains(&field), "{field} in {fields:?}");
    }
    shop.close().await;
}

#[tokio::test]
async fn an_order_is_named_by_id_number_or_reference() {
    let shop = Shop::open().await;
    let mut body = order();
    body["reference"] = json!("shop/4711 ä");
    let placed = shop.place_as(body.clone()).await;
    let by_reference = shop
        .staff
        .get("/v1/orders/shop%2F4711%20%C3%A4")
        .await
        .expect(200);
    assert_eq!(by_reference.body["order_id"], placed.id);
    let taken = shop
        .service
        .post("/v1/orders", body.clone())
        .await
        .refused(409, "reference_taken");
    assert_eq!(taken.body["errors"][0]["field"], "reference");
    body["reference"] = json!("ORD-1");
    shop.service
        .post("/v1/orders", body)
        .await
        .refused(422, "invalid_fields");
    shop.staff
        .get("/v1/orders/%20")
        .await
        .refused(400, "malformed_request");
    shop.staff
        .get("/v1/orders/no-such-order")
        .await
        .refused(404, "not_found");
    shop.close().await;
}

#[tokio::test]
async fn the_request_leads_to_its_events() {
    let shop = Shop::open().await;
    let headers = [("x-request-id", "req-7"), ("x-causation-id", "import-5")];
    let answer = shop
        .service
        .send(Method::POST, "/v1/orders", Some(order()), &headers)
        .await
        .expect(201);
    assert_eq!(answer.header("x-request-id"), "req-7");
    let events = shop
        .staff
        .get(&format!("/v1/orders/{}/events", answer.text_of("order_id")))
        .await
        .expect(200);
    let event = &events.body["data"][0];
    assert_eq!(
        (&event["correlation_id"], &event["causation_id"]),
        (&json!("req-7"), &json!("import-5"))
    );
    assert_eq!(event["actor"], json!({ "kind": "service", "id": "shop" }));
    let long = "x".repeat(129);
    let answer = shop
        .service
        .send(
            Method::POST,
            "/v1/orders",
            Some(order()),
            &[("x-causation-id", &long)],
        )
        .await;
    answer.refused(400, "malformed_request");
    shop.close().await;
}

#[tokio::test]
async fn customers_place_orders_only_where_the_operator_allows_it() {
    let shop = Shop::open().await;
    // Before what is wrong with the order, or how many numbers there are.
    shop.customer
        .post("/v1/orders", json!({}))
        .await
        .refused(403, "forbidden");
    shop.close().await;

    let shop = Shop::open_with(&[("WAYBILL_ALLOW_CUSTOMER_CREATE", "true")]).await;
    let mut body = order();
    let fields = body.as_object_mut().unwrap();
    fields.remove("metadata");
    fields.remove("customer_id");
    let answer = shop
        .stranger
        .post("/v1/orders", body.clone())
        .await
        .expect(201);
    assert_eq!(answer.body["order"]["customer_id"], "cust-8");
    body["customer_id"] = json!(fixtures::CUSTOMER);
    shop.stranger
        .post("/v1/orders", body.clone())
        .await
        .refused(403, "forbidden");
    shop.customer
        .post("/v1/orders", body.clone())
        .await
        .expect(201);
    body.as_object_mut().unwrap().remove("customer_id");
    let refused = shop
        .service
        .post("/v1/orders", body)
        .await
        .refused(422, "invalid_fields");
    assert_eq!(refused.body["errors"][0]["field"], "customer_id");
    shop.close().await;
}

/// Whatever goes wrong below, the caller hears nothing of tables, statements or addresses.
#[tokio::test]
async fn a_failure_of_the_database_is_not_told() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    let mut owner = shop.database.owner().await;
    owner
        .execute("REVOKE SELECT ON events FROM waybill_service")
        .await
        .unwrap();
    owner
        .execute("REVOKE SELECT ON commands FROM waybill_service")
        .await
        .unwrap();
    for answer in [
        shop.staff.get(&placed.path("")).await,
        shop.staff.get(&placed.path("?at_version=1")).await,
        shop.staff
            .send(
                Method::POST,
                "/v1/orders",
                Some(order()),
                &[("idempotency-key", "k")],
            )
            .await,
    ] {
        let answer = answer.refused(503, "unavailable");
        assert!(!answer.header("retry-after").is_empty());
        for secret in [
            "permission",
            "events",
            "commands",
            "relation",
            "postgres",
            "sql",
        ] {
            assert!(
                !answer.text.to_lowercase().contains(secret),
                "{secret} in {}",
                answer.text
            );
        }
    }
    owner
        .execute("GRANT SELECT ON events, commands TO waybill_service")
        .await
        .unwrap();
    shop.close().await;
}

#[tokio::test]
async fn an_unreadable_order_is_told_and_others_are_not_affected() {
    let shop = Shop::open().await;
    let (broken, sound) = (shop.place().await, shop.place().await);
    shop.app.stop().await;
    let mut owner = shop.database.owner().await;
    for statement in [
        "ALTER TABLE events DISABLE TRIGGER USER",
        "UPDATE events SET event_version = '99.0', payload = '{\"Created\":{\"secret\":1}}' WHERE position = 1",
        "ALTER TABLE events ENABLE TRIGGER USER",
    ] {
        owner.execute(statement).await.unwrap();
    }
    let shop = Shop::open_on(shop.database, &[]).await;
    for answer in [
        shop.staff.get(&broken.path("")).await,
        shop.staff
            .post(&broken.path("/status"), json!({ "to": "processing" }))
            .await,
    ] {
        let answer = answer.refused(500, "order_unreadable");
        assert!(
            !answer.text.contains("secret") && !answer.text.contains("99.0"),
            "{}",
            answer.text
        );
    }
    let events = shop.customer.get(&broken.path("/events")).await.expect(200);
    assert_eq!(
        (
            &events.body["data"][0]["type"],
            events.body["data"][0].get("data")
        ),
        (&json!("order.unreadable"), None)
    );
    shop.customer.get(&sound.path("")).await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn commands_are_counted_by_what_became_of_them() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    shop.move_to(&placed, "shipped").await;
    shop.staff
        .post(&placed.path("/cancel"), json!({ "reason": "staff" }))
        .await
        .refused(409, "illegal_transition");
    let counted = shop.nobody.get("/metrics").await.expect(200).text;
    for line in [
        "waybill_commands_total{command=\"create\",outcome=\"applied\"}",
        "waybill_commands_total{command=\"change_status\",outcome=\"applied\"}",
        "waybill_commands_total{command=\"cancel\",outcome=\"illegal_transition\"}",
    ] {
        assert!(counted.contains(line), "{line} in {counted}");
    }
    assert!(
        !counted.contains(&placed.id),
        "ids would make as many series as orders"
    );
    shop.close().await;
}
