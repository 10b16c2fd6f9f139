//! Idempotency: a request that is sent again is carried out once, and answered as it was.

use reqwest::Method;
use serde_json::json;

use super::*;

async fn keyed(caller: &Client, method: Method, path: &str, key: &str, body: Value) -> Answer {
    caller
        .send(method, path, Some(body), &[("idempotency-key", key)])
        .await
}

async fn count(shop: &Shop, what: &'static str) -> i64 {
    let mut owner = shop.database.owner().await;
    sqlx::query_scalar(what)
        .fetch_one(&mut owner)
        .await
        .unwrap()
}

const EVENTS: &str = "SELECT count(*) FROM events";

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_is_marked() {
    let shop = Shop::open().await;
    let create = || keyed(&shop.service, Method::POST, "/v1/orders", "k1", order());
    let first = create().await.expect(201);
    assert_eq!(first.header("idempotent-replayed"), "");
    let path = format!("/v1/orders/{}", first.text_of("order_id"));
    let moved = keyed(
        &shop.staff,
        Method::POST,
        &format!("{path}/status"),
        "k2",
        json!({ "to": "processing" }),
    )
    .await
    .expect(200);
    keyed(
        &shop.staff,
        Method::POST,
        &format!("{path}/status"),
        "k3",
        json!({ "to": "shipped" }),
    )
    .await
    .expect(200);

    let again = create().await.expect(201);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.body, first.body, "as it was then, not as it is now");
    assert_eq!(
        (again.header("etag"), again.header("location")),
        (first.header("etag"), first.header("location"))
    );
    let again = keyed(
        &shop.staff,
        Method::POST,
        &format!("{path}/status"),
        "k2",
        json!({ "to": "processing" }),
    )
    .await
    .expect(200);
    assert_eq!(
        (again.header("idempotent-replayed"), &again.body),
        ("true", &moved.body)
    );
    assert_eq!(count(&shop, EVENTS).await, 3);
    shop.close().await;
}

#[tokio::test]
async fn what_changed_nothing_is_remembered_too() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    let path = placed.path("/status");
    let first = keyed(
        &shop.staff,
        Method::POST,
        &path,
        "k",
        json!({ "to": "pending" }),
    )
    .await
    .expect(200);
    shop.move_to(&placed, "shipped").await;
    let again = keyed(
        &shop.staff,
        Method::POST,
        &path,
        "k",
        json!({ "to": "pending" }),
    )
    .await
    .expect(200);
    assert_eq!(
        (&again.body, &again.body["outcome"]),
        (&first.body, &json!("unchanged"))
    );
    shop.close().await;
}

#[tokio::test]
async fn repeats_use_up_no_order_numbers() {
    let shop = Shop::open().await;
    let number = |answer: &Answer| -> u64 {
        answer
            .text_of("order_number")
            .trim_start_matches("ORD-")
            .parse()
            .unwrap()
    };
    let first = keyed(&shop.service, Method::POST, "/v1/orders", "k", order()).await;
    for _ in 0..5 {
        keyed(&shop.service, Method::POST, "/v1/orders", "k", order())
            .await
            .expect(201);
    }
    assert_eq!(number(&shop.place().await.answer), number(&first) + 1);
    shop.close().await;
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    let other = shop.place().await;
    let path = placed.path("/status");
    keyed(
        &shop.staff,
        Method::POST,
        &path,
        "k",
        json!({ "to": "processing" }),
    )
    .await
    .expect(200);
    for (method, path, body) in [
        (Method::POST, path.clone(), json!({ "to": "shipped" })),
        (
            Method::POST,
            other.path("/status"),
            json!({ "to": "processing" }),
        ),
        (
            Method::POST,
            placed.path("/cancel"),
            json!({ "reason": "other" }),
        ),
        (Method::PATCH, placed.path(""), json!({ "notes": null })),
        (Method::POST, "/v1/orders".to_owned(), order()),
    ] {
        let headers = [("idempotency-key", "k"), ("if-match", "*")];
        let headers = if method == Method::PATCH {
            &headers[..]
        } else {
            &headers[..1]
        };
        let answer = shop.staff.send(method, &path, Some(body), headers).await;
        answer.refused(422, "idempotency_key_reused");
    }
    assert_eq!(count(&shop, EVENTS).await, 3);
    shop.close().await;
}

#[tokio::test]
async fn a_key_is_its_callers_own() {
    let shop = Shop::open().await;
    let first = keyed(&shop.service, Method::POST, "/v1/orders", "k", order())
        .await
        .expect(201);
    let second = keyed(&shop.staff, Method::POST, "/v1/orders", "k", order())
        .await
        .expect(201);
    assert_ne!(first.body["order_id"], second.body["order_id"]);
    shop.close().await;
}

#[tokio::test]
async fn the_key_is_looked_up_before_the_version() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    let patch = async |tag: Option<&str>| {
        let mut headers = vec![("idempotency-key", "k")];
        headers.extend(tag.map(|tag| ("if-match", tag)));
        let body = Some(json!({ "notes": "late" }));
        shop.staff
            .send(Method::PATCH, &placed.path(""), body, &headers)
            .await
    };
    patch(None).await.refused(428, "precondition_required");
    let first = patch(Some("\"1\"")).await.expect(200);
    shop.move_to(&placed, "processing").await;
    // Stale by now, or not sent at all: it was done, and that is what is told.
    for tag in [Some("\"1\""), Some("\"7\""), None] {
        let again = patch(tag).await.expect(200);
        assert_eq!(
            (again.header("idempotent-replayed"), &again.body),
            ("true", &first.body)
        );
    }
    shop.close().await;
}

#[tokio::test]
async fn a_refusal_is_not_remembered() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    let path = placed.path("/cancel");
    let body = json!({ "reason": "customer", "expected_version": 2 });
    let cancel = || keyed(&shop.customer, Method::POST, &path, "k", body.clone());
    cancel().await.refused(409, "version_conflict");
    shop.staff
        .patch(&placed.path(""), 1, json!({ "notes": "x" }))
        .await
        .expect(200);
    let done = cancel().await.expect(200);
    assert_eq!(done.header("idempotent-replayed"), "");
    shop.close().await;
}

#[tokio::test]
async fn concurrent_repeats_are_carried_out_once() {
    let shop = Shop::open().await;
    let sent = (0..12).map(|_| keyed(&shop.service, Method::POST, "/v1/orders", "k", order()));
    let answers = futures::future::join_all(sent).await;
    let ids: std::collections::HashSet<_> = answers
        .iter()
        .map(|a| a.clone().expect(201).text_of("order_id").to_owned())
        .collect();
    assert_eq!((ids.len(), count(&shop, EVENTS).await), (1, 1));
    let replayed = answers
        .iter()
        .filter(|a| a.header("idempotent-replayed") == "true");
    assert_eq!(replayed.count(), 11);
    shop.close().await;
}

#[tokio::test]
async fn keys_have_bounds() {
    let shop = Shop::open().await;
    for (key, status) in [
        ("x".repeat(255), 201),
        ("x".repeat(256), 400),
        (String::new(), 400),
    ] {
        keyed(&shop.service, Method::POST, "/v1/orders", &key, order())
            .await
            .expect(status);
    }
    shop.close().await;
}

/// Roles may have changed since; a repeat must not show what the caller may no longer see.
#[tokio::test]
async fn a_repeat_shows_only_what_its_caller_may_see_now() {
    let shop = Shop::open().await;
    let create = async |roles: &[Role]| {
        let caller = shop.app.client("cust-9", roles);
        keyed(&caller, Method::POST, "/v1/orders", "k", order()).await
    };
    create(&[Role::Staff]).await.expect(201);
    create(&[]).await.refused(404, "not_found");
    shop.close().await;
}
