//! Read models on a log that another one has taken the place of, while a node still remembers the former.

use std::time::Duration;

use serde_json::json;
use sqlx::Executor as _;
use waybill_infra::log::LogOptions;
use waybill_projections::ReadModels;

use super::shop::Shop;

#[tokio::test]
async fn events_that_only_a_nodes_memory_has_get_into_no_read_model() {
    // Nothing tells the node that the log is another one.
    let options = LogOptions {
        poll: Duration::from_hours(1),
        ..LogOptions::default()
    };
    let shop = Shop::open_with(options).await;
    for _ in 0..5 {
        shop.place(json!({})).await;
    }
    // As if a standby that lacked the last events had been promoted.
    let mut owner = shop.database.owner().await;
    let cut = "ALTER TABLE events DISABLE TRIGGER USER;
               DELETE FROM order_keys WHERE order_id IN (SELECT aggregate_id FROM events WHERE position > 3);
               DELETE FROM events WHERE position > 3;
               ALTER TABLE events ENABLE TRIGGER USER";
    owner.execute(cut).await.unwrap();
    let models = ReadModels::start(shop.log.clone());
    tokio::time::sleep(Duration::from_secs(2)).await;
    let furthest: i64 = sqlx::query_scalar("SELECT max(position) FROM projections")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert!(
        furthest <= 3,
        "rows were made of an event that there is not: {furthest}"
    );
    // Once it is known, they go on.
    shop.log.new_epoch("a standby was promoted").await.unwrap();
    shop.place(json!({})).await;
    shop.settled(&models).await;
    models.close().await;
}
