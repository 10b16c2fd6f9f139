//! `GET /v1/analytics`: what is asked for, and what comes.

use chrono::{Days, Utc};
use serde_json::json;
use sqlx::Connection as _;

use super::*;

#[tokio::test]
async fn figures_reflect_what_was_written() {
    let shop = Shop::open().await;
    let (kept, cancelled) = (shop.place().await, shop.place().await);
    let body = json!({ "reason": "fraud" });
    let answer = shop.staff.post(&cancelled.path("/cancel"), body).await;
    let position = answer.expect(200).body["position"].as_u64().unwrap();
    let placed_on = kept.answer.body["order"]["placed_at"].as_str().unwrap()[..10].to_owned();
    let total = &kept.answer.body["order"]["pricing"]["total"];

    let path = format!("/v1/analytics?from={placed_on}&to={placed_on}&min_position={position}");
    let figures = shop.staff.get(&path).await.expect(200);
    assert_eq!(figures.body["position"], position);
    assert!(!figures.text_of("cursor").is_empty());
    let said = |member: &str| figures.body[member].clone();
    assert_eq!(
        json!([
            said("by"),
            said("time_zone"),
            said("from"),
            said("to"),
            said("parked")
        ]),
        json!(["day", "UTC", placed_on, placed_on, 0])
    );
    let period = json!({ "start": format!("{placed_on}T00:00:00.000000Z"), "orders": 2, "cancelled": 1, "revenue": total });
    assert_eq!(
        said("currencies"),
        json!([{ "currency": "EUR", "orders": 2, "cancelled": 1, "revenue": total, "periods": [period] }])
    );
    // Called off today, however long ago it was placed.
    assert_eq!(said("cancellations"), json!([]));
    assert_eq!(
        said("totals"),
        json!({ "orders": 2, "cancelled": 1, "cancellations": 0 })
    );

    let today = shop.admin.get("/v1/analytics?by=hour").await.expect(200);
    assert_eq!(
        today.body["cancellations"],
        json!([{ "reason": "fraud", "count": 1 }])
    );
    let pending = &today.body["time_in_status"][0];
    assert_eq!(
        (&pending["status"], &pending["count"]),
        (&json!("pending"), &json!(1))
    );
    assert!(pending["median_secs"].is_f64() && pending["median_secs"] == pending["p95_secs"]);
    assert_eq!(
        today.body["time_in_status"][2],
        json!({ "status": "shipped", "count": 0, "median_secs": null, "p95_secs": null })
    );
    shop.close().await;
}

#[tokio::test]
async fn figures_that_lack_events_say_how_many() {
    let shop = Shop::open().await;
    let order = shop.place().await;
    let said = order.answer.body["position"].as_u64().unwrap();
    let lag = async |query: &str| {
        let figures = shop.staff.get(&format!("/v1/analytics{query}")).await;
        let body = figures.expect(200).body;
        (body["position"].clone(), body["lag_events"].clone())
    };
    let all = lag(&format!("?min_position={said}")).await;
    assert_eq!(all, (json!(said), json!(0)));
    // Somebody else has the checkpoint, and does nothing with it.
    let mut owner = shop.database.owner().await;
    let mut holding = owner.begin().await.unwrap();
    sqlx::query("SELECT FROM projections WHERE name = 'order_analytics' FOR UPDATE")
        .execute(&mut *holding)
        .await
        .unwrap();
    shop.place().await;
    shop.place().await;
    assert_eq!(lag("").await, (json!(said), json!(2)));
    holding.rollback().await.unwrap();
    drop(owner);
    let all = lag(&format!("?min_position={}", said + 2)).await;
    assert_eq!(all, (json!(said + 2), json!(0)));
    shop.close().await;
}

#[tokio::test]
async fn a_range_has_defaults_and_bounds_that_are_named() {
    let shop = Shop::open().await;
    let now = Utc::now().date_naive();
    for (query, days) in [("", 30), ("?by=day", 30), ("?by=hour", 2)] {
        let figures = shop.staff.get(&format!("/v1/analytics{query}")).await;
        let figures = figures.expect(200);
        // Midnight may pass while it is asked.
        let to: chrono::NaiveDate = figures.text_of("to").parse().unwrap();
        assert!((now..=now + Days::new(1)).contains(&to));
        let from: chrono::NaiveDate = figures.text_of("from").parse().unwrap();
        assert_eq!((to - from).num_days() + 1, days, "{query}");
    }
    for query in [
        "?from=2024-01-01&to=2024-12-31",
        "?by=hour&from=2024-01-01&to=2024-01-31",
        "?from=1970-01-01&to=1970-01-01",
    ] {
        shop.staff
            .get(&format!("/v1/analytics{query}"))
            .await
            .expect(200);
    }
    let date = "must be a date written YYYY-MM-DD, years 1970 to 9999";
    for (query, field, detail) in [
        ("by=week", "by", "must be hour or day"),
        ("from=2024-1-1", "from", date),
        ("from=2024-02-30", "from", date),
        ("to=1969-12-31", "to", date),
        ("to=2024-01-01T00:00:00Z", "to", date),
        (
            "from=2024-01-02&to=2024-01-01",
            "from",
            "must not be after `to`, which is 2024-01-01",
        ),
        (
            "from=2024-01-01&to=2025-01-01",
            "from",
            "must leave a range of at most 366 days with `by=day`, up to and including 2025-01-01",
        ),
        (
            "by=hour&from=2024-01-01&to=2024-02-01",
            "from",
            "must leave a range of at most 31 days with `by=hour`, up to and including 2024-02-01",
        ),
    ] {
        let answer = shop.staff.get(&format!("/v1/analytics?{query}")).await;
        let answer = answer.refused(400, "malformed_request");
        assert_eq!(
            answer.body["errors"],
            json!([{ "field": field, "detail": detail }]),
            "{query}"
        );
    }
    shop.close().await;
}
