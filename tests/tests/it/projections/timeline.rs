//! One order's history.

use serde_json::json;
use waybill_domain::{Audience, Status, fixtures};
use waybill_projections::ReadModels;

use super::shop::Shop;

#[tokio::test]
async fn an_orders_history_is_told_to_each_as_much_as_he_may_know() {
    let shop = Shop::open().await;
    let models = ReadModels::start(shop.log.clone());
    let order = shop.place(json!({})).await;
    shop.run(order, fixtures::update()).await;
    shop.run(order, fixtures::change_status(Status::Processing))
        .await;
    shop.run(order, fixtures::cancel()).await;
    shop.place(json!({})).await;
    shop.settled(&models).await;
    let mut told = Vec::new();
    for audience in Audience::ALL {
        let page = models.timeline().of(order, 0, 100, audience).await.unwrap();
        assert_eq!(page.position, shop.head());
        assert_eq!((page.next, page.stale), (None, false));
        told.push(json!({ "audience": audience, "entries": page.entries }));
    }
    insta::assert_json_snapshot!(told, {
        "[].entries[].recorded_at" => "[time]",
        "[].entries[].seconds_since_previous_status" => "[seconds]",
    });
    models.close().await;
}

#[tokio::test]
async fn a_long_history_comes_in_pages_and_the_times_between_statuses_span_them() {
    let shop = Shop::open().await;
    let order = shop.place(json!({})).await;
    for nth in 0..5 {
        let patch = json!({ "notes": format!("Note {nth}") });
        shop.run(order, waybill_domain::UpdateDetails::parse(patch).unwrap())
            .await;
    }
    shop.move_to(order, Status::Shipped).await;
    let models = ReadModels::start(shop.log.clone());
    shop.settled(&models).await;
    // As if an hour had passed since the order was placed.
    let mut owner = shop.database.owner().await;
    sqlx::query("UPDATE order_timeline_a.entries SET recorded_at = recorded_at - interval '1 hour' WHERE version = 1")
        .execute(&mut owner)
        .await
        .unwrap();
    let (mut after, mut versions, mut last) = (Some(0), Vec::new(), json!(null));
    while let Some(version) = after {
        let page = models
            .timeline()
            .of(order, version, 2, Audience::Staff)
            .await
            .unwrap();
        assert!(page.entries.len() <= 2);
        versions.extend(page.entries.iter().map(|e| e["version"].as_u64().unwrap()));
        last = page.entries.last().unwrap().clone();
        after = page.next;
    }
    assert_eq!(versions, [1, 2, 3, 4, 5, 6, 7]);
    let seconds = last["seconds_since_previous_status"].as_u64().unwrap();
    assert!((3_600..3_660).contains(&seconds), "{last}");
    models.close().await;
}
