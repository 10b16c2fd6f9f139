//! How often, and how, a read model is written.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::Executor as _;
use waybill_projections::ReadModels;

use super::shop::Shop;

/// Notes every step of every read model, and whether its commit waits for the disk.
const NOTE: &str = "
    CREATE TABLE steps (name text, durable boolean);
    CREATE FUNCTION note_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
        INSERT INTO public.steps VALUES (NEW.name, current_setting('synchronous_commit')::boolean);
        RETURN NULL;
    END $$;
    CREATE TRIGGER note_step AFTER UPDATE ON projections FOR EACH ROW EXECUTE FUNCTION note_step();";

#[tokio::test]
async fn events_that_come_one_after_the_other_are_taken_in_together_without_waiting_for_the_disk() {
    const ORDERS: usize = 60;
    let shop = Shop::open().await;
    let mut owner = shop.database.owner().await;
    owner.execute(NOTE).await.unwrap();
    let models = ReadModels::start(shop.log.clone());
    let began = Instant::now();
    for _ in 0..ORDERS {
        shop.place(json!({})).await;
        // Time enough for a step of its own.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let placing = began.elapsed();
    shop.settled(&models).await;
    let (steps, durable): (i64, i64) = sqlx::query_as(
        "SELECT count(*), count(*) FILTER (WHERE durable) FROM steps WHERE name = 'order_list'",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    // One at once, one every 40 ms, and what is left when somebody asks for it.
    let most = 5 + placing.as_millis() / 40;
    assert!(
        (1..=most.cast_signed()).contains(&steps.into()),
        "{steps} steps for {ORDERS} orders in {placing:?}"
    );
    assert_eq!(durable, 0, "waited for the disk");
    models.close().await;
}
