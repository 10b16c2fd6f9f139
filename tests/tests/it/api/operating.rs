//! Sessions, revocations, and looking after the read models.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::*;

#[tokio::test]
async fn a_session_speaks_for_its_caller_until_it_is_ended() {
    let shop = Shop::open().await;
    let begun = shop
        .customer
        .send(Method::POST, "/v1/session", None, &[])
        .await
        .expect(201);
    let cookie = begun
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert!(
        begun.header("set-cookie").contains("HttpOnly")
            && begun.header("set-cookie").contains("SameSite=Lax")
    );
    let own = shop.app.url("");
    let with = async |method: Method, path: &str, origin: &str| {
        shop.nobody
            .send(
                method,
                path,
                None,
                &[("cookie", &cookie), ("origin", origin)],
            )
            .await
    };
    let me = with(Method::GET, "/v1/me", "https://evil.test")
        .await
        .expect(200);
    assert_eq!(
        (&me.body["subject"], &me.body["credential"]),
        (&json!(fixtures::CUSTOMER), &json!("session_cookie"))
    );
    assert_eq!(me.body["session_id"], begun.body["session_id"]);
    with(Method::DELETE, "/v1/session", "https://evil.test")
        .await
        .refused(403, "origin_refused");
    with(Method::GET, "/v1/me", &own).await.expect(200);
    let ended = with(Method::DELETE, "/v1/session", &own).await.expect(204);
    assert!(ended.header("set-cookie").contains("Max-Age=0"));
    // A copy of the cookie is worth nothing any more; the token that it came from is.
    with(Method::GET, "/v1/me", &own)
        .await
        .refused(401, "token_revoked");
    with(Method::DELETE, "/v1/session", &own).await.expect(204);
    shop.customer.get("/v1/me").await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn whoever_was_revoked_is_refused_at_once() {
    let shop = Shop::open().await;
    shop.stranger.get("/v1/me").await.expect(200);
    let body = json!({ "kind": "subject", "value": "cust-8", "reason": "account taken over" });
    let made = shop
        .admin
        .post("/v1/admin/revocations", body)
        .await
        .expect(201);
    assert_eq!(
        (&made.body["by"], &made.body["kind"]),
        (&json!("root"), &json!("subject"))
    );
    shop.stranger
        .get("/v1/me")
        .await
        .refused(401, "token_revoked");
    shop.customer.get("/v1/me").await.expect(200);

    for value in ["a", "b"] {
        shop.admin
            .post(
                "/v1/admin/revocations",
                json!({ "kind": "token", "value": value }),
            )
            .await
            .expect(201);
    }
    let page = shop
        .admin
        .get("/v1/admin/revocations?limit=2")
        .await
        .expect(200);
    let values = |page: &Answer| -> Vec<String> {
        page.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["value"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(values(&page), ["b", "a"]);
    let next = format!(
        "/v1/admin/revocations?page_cursor={}",
        page.text_of("next_cursor")
    );
    let page = shop.admin.get(&next).await.expect(200);
    assert_eq!(
        (values(&page), &page.body["next_cursor"]),
        (vec!["cust-8".to_owned()], &Value::Null)
    );

    for (body, field) in [
        (json!({ "kind": "token", "value": "" }), "value"),
        (
            json!({ "kind": "token", "value": "x", "reason": "" }),
            "reason",
        ),
        (
            json!({ "kind": "token", "value": "x", "expires_at": "2020-01-01T00:00:00Z" }),
            "expires_at",
        ),
        (json!({ "kind": "house", "value": "x" }), "kind"),
    ] {
        let refused = shop
            .admin
            .post("/v1/admin/revocations", body)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(refused.body["errors"][0]["field"], field);
    }
    shop.close().await;
}

#[tokio::test]
async fn a_read_model_is_made_anew_while_it_is_read() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    let begun = shop
        .admin
        .send(
            Method::POST,
            "/v1/admin/projections/order_list/rebuild",
            None,
            &[],
        )
        .await
        .expect(202);
    assert_eq!(
        begun.body,
        json!({ "projection": "order_list", "outcome": "begun" })
    );
    let again = shop
        .admin
        .send(
            Method::POST,
            "/v1/admin/projections/order_list/rebuild",
            None,
            &[],
        )
        .await;
    again.refused(409, "rebuild_running");
    let outcome = async || {
        let status = shop.admin.get("/v1/admin/projections").await.expect(200);
        let all = status.body["data"].as_array().unwrap().clone();
        assert_eq!(all.len(), 3);
        all.into_iter()
            .find(|one| one["name"] == "order_list")
            .unwrap()["rebuild"]["outcome"]
            .clone()
    };
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(30);
    while outcome().await == Value::Null {
        assert!(
            tokio::time::Instant::now() < until,
            "the rebuild goes on and on"
        );
        shop.staff.get("/v1/orders").await.expect(200);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(outcome().await, "switched");
    let list = shop.staff.get("/v1/orders").await.expect(200);
    assert_eq!(list.body["data"][0]["order_id"], placed.id);
    shop.close().await;
}

#[tokio::test]
async fn a_parked_order_is_shown_and_brought_back() {
    let shop = Shop::open().await;
    let (parked, sound) = (shop.place().await, shop.place().await);
    let position = sound.answer.body["position"].as_u64().unwrap();
    shop.staff
        .get(&format!("/v1/orders?min_position={position}"))
        .await
        .expect(200);
    // As the runner parks it when an event does not fit.
    let mut owner = shop.database.owner().await;
    sqlx::query("INSERT INTO order_list_a.parked (order_id, version, position, reason) VALUES ($1, 1, 1, 'tried')")
        .bind(parked.id.parse::<uuid::Uuid>().unwrap())
        .execute(&mut owner)
        .await
        .unwrap();
    let list = shop.admin.get("/v1/admin/parked").await.expect(200);
    assert_eq!(list.body["data"][0]["order_id"], parked.id);
    let rows = shop
        .staff
        .get("/v1/orders?sort=placed_at")
        .await
        .expect(200);
    let stale = |id: &str| {
        rows.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["order_id"] == id)
            .unwrap()["stale"]
            .clone()
    };
    assert_eq!(
        (stale(&parked.id), stale(&sound.id)),
        (json!(true), json!(false))
    );

    let redrive = |query: &str| format!("/v1/admin/parked/{}/redrive{query}", parked.number);
    let elsewhere = redrive("?projection=order_timeline");
    let elsewhere = shop.admin.send(Method::POST, &elsewhere, None, &[]).await;
    assert_eq!(
        elsewhere.expect(200).body["results"],
        json!([{ "projection": "order_timeline", "outcome": "not_parked" }])
    );
    let nowhere = redrive("?projection=orders");
    let nowhere = shop.admin.send(Method::POST, &nowhere, None, &[]).await;
    let nowhere = nowhere.refused(400, "malformed_request");
    assert_eq!(nowhere.body["errors"][0]["field"], "projection");
    let redriven = shop
        .admin
        .send(Method::POST, &redrive(""), None, &[])
        .await
        .expect(200);
    assert_eq!(
        redriven.body,
        json!({ "order_id": parked.id, "results": [
            { "projection": "order_list", "outcome": "unparked" },
            { "projection": "order_timeline", "outcome": "not_parked" },
            { "projection": "order_analytics", "outcome": "not_parked" },
        ]})
    );
    assert_eq!(
        shop.admin.get("/v1/admin/parked").await.expect(200).body["data"],
        json!([])
    );
    let missing = shop
        .admin
        .send(Method::POST, "/v1/admin/parked/none/redrive", None, &[])
        .await;
    missing.refused(404, "not_found");
    shop.close().await;
}

#[tokio::test]
async fn a_node_that_has_lost_a_task_is_not_ready() {
    let shop = Shop::open().await;
    let vital = shop.app.app().log.vital().clone();
    shop.nobody.get("/readyz").await.expect(200);
    assert!(!vital.has_failed());
    let never = tokio_util::sync::CancellationToken::new();
    let work = async { panic!("as tested") };
    vital.watch("a test's", never, work).await;
    tokio::time::timeout(Duration::from_secs(5), shop.app.failed())
        .await
        .expect("whoever runs the node is told");
    let mut ready = shop.nobody.get("/readyz").await;
    while ready.status == 200 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        ready = shop.nobody.get("/readyz").await;
    }
    ready.refused(503, "draining");
    shop.close().await;
}
