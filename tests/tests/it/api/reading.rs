//! Lists, events of one order, and what an answer reflects.

use serde_json::json;

use super::*;

#[tokio::test]
async fn a_list_shows_what_was_written_to_whoever_may_see_it() {
    let shop = Shop::open().await;
    let first = shop.place().await;
    let second = shop.place().await;
    let cursor = shop
        .move_to(&first, "processing")
        .await
        .text_of("cursor")
        .to_owned();

    let list = |query: &str| format!("/v1/orders?min_position={cursor}&{query}");
    let page = shop
        .staff
        .get(&list("counts=true&limit=1"))
        .await
        .expect(200);
    assert_eq!(page.body["data"][0]["order_id"], second.id);
    assert_eq!(page.body["counts"]["processing"], 1);
    assert!(page.body["position"].is_u64());
    let next = list(&format!(
        "limit=1&page_cursor={}",
        page.text_of("next_cursor")
    ));
    for (other, detail) in [
        (
            "status=processing",
            "belongs to a list with another `status`",
        ),
        ("sort=total", "belongs to a list sorted by -placed_at"),
    ] {
        let answer = shop.staff.get(&format!("{next}&{other}")).await;
        let answer = answer.refused(400, "invalid_cursor");
        assert_eq!(
            answer.body["errors"],
            json!([{ "field": "page_cursor", "detail": detail }])
        );
    }
    let page = shop.staff.get(&next).await.expect(200);
    assert_eq!(
        (&page.body["data"][0]["order_id"], &page.body["next_cursor"]),
        (&json!(first.id), &Value::Null)
    );
    let page = shop
        .staff
        .get(&list("status=processing,shipped"))
        .await
        .expect(200);
    assert_eq!(page.body["data"].as_array().unwrap().len(), 1);

    let own = shop.customer.get(&list("")).await.expect(200);
    assert_eq!(own.body["data"].as_array().unwrap().len(), 2);
    assert_eq!(own.body.get("position"), None);
    let foreign = shop.stranger.get(&list("counts=true")).await.expect(200);
    assert_eq!(
        (&foreign.body["data"], &foreign.body["counts"]["pending"]),
        (&json!([]), &json!(0))
    );
    let asked = format!("/v1/orders?customer={}", fixtures::CUSTOMER);
    shop.stranger.get(&asked).await.refused(403, "forbidden");
    shop.customer.get(&asked).await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn parameters_out_of_bounds_are_named() {
    let shop = Shop::open().await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("status=open", "status"),
        ("sort=name", "sort"),
        ("from=yesterday", "from"),
        ("customer=", "customer"),
        ("colour=red", "colour"),
    ] {
        let answer = shop.staff.get(&format!("/v1/orders?{query}")).await;
        let answer = answer.refused(400, "malformed_request");
        assert_eq!(answer.body["errors"][0]["field"], field, "{}", answer.text);
    }
    for (query, field) in [
        ("page_cursor=x", "page_cursor"),
        ("min_position=x", "min_position"),
    ] {
        let answer = shop.staff.get(&format!("/v1/orders?{query}")).await;
        let answer = answer.refused(400, "invalid_cursor");
        assert_eq!(answer.body["errors"][0]["field"], field, "{}", answer.text);
    }
    let long = format!("/v1/orders?q={}", "x".repeat(201));
    shop.staff
        .get(&long)
        .await
        .refused(400, "malformed_request");
    shop.staff.get("/v1/orders?limit=100").await.expect(200);
    shop.close().await;
}

#[tokio::test]
async fn an_orders_events_come_in_pages_in_the_form_in_which_they_are_pushed() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    shop.move_to(&placed, "processing").await;
    let last = shop.move_to(&placed, "shipped").await;
    let page = shop
        .customer
        .get(&placed.path("/events?limit=2"))
        .await
        .expect(200);
    let types = |page: &Answer| -> Vec<String> {
        let events = page.body["data"].as_array().unwrap();
        events
            .iter()
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(types(&page), ["order.created", "order.status_changed"]);
    let next = format!("/events?page_cursor={}", page.text_of("next_cursor"));
    let page = shop.customer.get(&placed.path(&next)).await.expect(200);
    assert_eq!(
        (types(&page), &page.body["next_cursor"]),
        (vec!["order.status_changed".to_owned()], &Value::Null)
    );
    assert_eq!(page.body["data"][0]["cursor"], last.body["cursor"]);
    assert_eq!(
        page.body["data"][0].get("actor"),
        None,
        "actors are for staff"
    );

    // The same bytes as on the other channels.
    let pushed = shop
        .customer
        .get(&format!("/v1/events?topic=order:{}", placed.id))
        .await
        .expect(200);
    let all = shop.customer.get(&placed.path("/events")).await.expect(200);
    assert_eq!(all.body["data"], pushed.body["data"]);
    shop.stranger
        .get(&placed.path("/events"))
        .await
        .refused(404, "not_found");
    shop.staff
        .get(&placed.path("/events?page_cursor=x"))
        .await
        .refused(400, "invalid_cursor");
    shop.close().await;
}

#[tokio::test]
async fn an_order_is_shown_as_it_was() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    shop.move_to(&placed, "processing").await;
    shop.move_to(&placed, "shipped").await;
    for (version, status) in [(1, "pending"), (2, "processing"), (3, "shipped")] {
        let was = shop
            .customer
            .get(&placed.path(&format!("?at_version={version}")))
            .await
            .expect(200);
        assert_eq!(
            (&was.body["status"], was.version()),
            (&json!(status), version)
        );
        assert_eq!(was.header("etag"), format!("\"{version}\""));
        assert_eq!(
            was.body.get("allowed_actions"),
            None,
            "nobody acts in the past"
        );
    }
    for version in [0, 4] {
        let path = placed.path(&format!("?at_version={version}"));
        shop.customer.get(&path).await.refused(404, "not_found");
    }
    shop.stranger
        .get(&placed.path("?at_version=1"))
        .await
        .refused(404, "not_found");
    shop.close().await;
}

#[tokio::test]
async fn an_order_that_is_known_is_not_sent_again() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    let read = async |name: &str, tag: &str| {
        shop.customer
            .send(reqwest::Method::GET, &placed.path(""), None, &[(name, tag)])
            .await
    };
    let known = read("if-none-match", "\"1\"").await.expect(304);
    assert_eq!((known.text.as_str(), known.header("etag")), ("", "\"1\""));
    shop.move_to(&placed, "processing").await;
    read("if-none-match", "\"1\"").await.expect(200);
    read("if-match", "\"2\"").await.expect(200);
    let stale = read("if-match", "\"1\"")
        .await
        .refused(412, "precondition_failed");
    assert_eq!(
        (stale.header("etag"), &stale.body["current_version"]),
        ("\"2\"", &json!(2))
    );
    read("if-match", "2")
        .await
        .refused(400, "malformed_request");
    shop.close().await;
}

#[tokio::test]
async fn a_read_waits_for_the_position_that_it_must_reflect() {
    let shop = Shop::open_with(&[("WAYBILL_READ_WAIT_MAX_MS", "300")]).await;
    let placed = shop.place().await;
    let head = placed.answer.body["position"].as_u64().unwrap();
    for path in [
        placed.path(""),
        placed.path("/events"),
        "/v1/orders".to_owned(),
    ] {
        let ahead = format!("{path}?min_position={}", head + 1);
        let behind = shop.staff.get(&ahead).await.refused(503, "read_behind");
        assert_eq!(behind.header("retry-after"), "1");
        let there = shop
            .staff
            .get(&format!("{path}?min_position={head}"))
            .await
            .expect(200);
        assert!(there.body["position"].as_u64() >= Some(head));
        // Bare positions are for staff, made-up cursors for nobody.
        let bare = shop
            .customer
            .get(&format!("{path}?min_position={head}"))
            .await;
        bare.refused(400, "malformed_request");
        let made_up = shop
            .customer
            .get(&format!("{path}?min_position={}", "A".repeat(22)))
            .await;
        made_up.refused(410, "cursor_reset");
    }
    shop.close().await;

    let shop = Shop::open().await;
    let placed = shop.place().await;
    let ahead = placed.path("?min_position=2");
    let (read, moved) = tokio::join!(shop.staff.get(&ahead), shop.move_to(&placed, "processing"));
    assert_eq!((read.expect(200).version(), moved.version()), (2, 2));
    shop.close().await;
}

#[tokio::test]
async fn a_read_of_a_database_that_went_back_in_time_says_that_it_is_behind() {
    let shop = Shop::open_with(&[("WAYBILL_READ_WAIT_MAX_MS", "300")]).await;
    let placed = shop.place().await;
    shop.move_to(&placed, "processing").await;
    let paths = [
        "/v1/orders?".to_owned(),
        "/v1/orders.csv?".to_owned(),
        "/v1/analytics?".to_owned(),
        placed.path("/timeline?"),
    ];
    for path in &paths {
        shop.staff
            .get(&format!("{path}min_position=2"))
            .await
            .expect(200);
    }
    // As if an older backup had been restored, or a standby that lagged been promoted: this node has seen the
    // read models at 2. The event's id is none, so that nobody brings them up to date.
    let back = "UPDATE projections SET position = 1, event_id = gen_random_uuid()";
    let mut owner = shop.database.owner().await;
    sqlx::query(back).execute(&mut owner).await.unwrap();
    for path in &paths {
        let read = shop.staff.get(&format!("{path}min_position=2")).await;
        read.refused(503, "read_behind");
    }
    shop.close().await;
}
