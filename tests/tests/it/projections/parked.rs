//! What cannot be applied: parked where one order is concerned, waited for where a newer build may know.

use std::time::Duration;

use serde_json::json;
use sqlx::Executor;
use waybill_domain::{Audience, OrderId, Position, Status};
use waybill_projections::{ListQuery, ReadModels, Redriven, WaitError};

use super::shop::{Shop, priced};

/// Each order of the list with its status and whether it is stale.
async fn listed(models: &ReadModels) -> Vec<(OrderId, String, bool)> {
    let query = ListQuery {
        limit: 100,
        sort: "updated_at".parse().unwrap(),
        ..ListQuery::default()
    };
    let page = models
        .order_list()
        .page(&query, Audience::Staff)
        .await
        .unwrap();
    page.rows
        .iter()
        .map(|row| {
            let text = |field: &str| row.summary[field].as_str().unwrap().to_owned();
            (text("order_id").parse().unwrap(), text("status"), row.stale)
        })
        .collect()
}

#[tokio::test]
async fn a_malformed_event_parks_its_order_and_nothing_else() {
    let shop = Shop::open().await;
    let (broken, sound) = (shop.place(json!({})).await, shop.place(json!({})).await);
    shop.move_to(broken, Status::Processing).await;
    shop.append_raw(broken, "OrderStatusChanged", "1.0", r#"{"Nonsense":{}}"#)
        .await;
    let moved = r#"{"StatusChanged":{"from":"processing","to":"shipped"}}"#;
    shop.append_raw(broken, "OrderStatusChanged", "1.0", moved)
        .await;
    shop.move_to(sound, Status::Shipped).await;
    let models = ReadModels::start(shop.log.clone());
    shop.settled(&models).await;
    // What happened after the broken event is not taken in either: it may depend on it.
    assert_eq!(
        listed(&models).await,
        [
            (broken, "processing".to_owned(), true),
            (sound, "shipped".to_owned(), false)
        ]
    );
    // Later batches pass over the order too.
    shop.append_raw(broken, "OrderStatusChanged", "1.0", moved)
        .await;
    shop.settled(&models).await;
    assert_eq!(listed(&models).await.len(), 2);
    let still = models.redrive(broken, None).await.unwrap();
    let reason = "OrderStatusChanged is malformed".to_owned();
    assert_eq!(
        still,
        ["order_list", "order_timeline", "order_analytics"].map(|name| (
            name,
            Redriven::StillParked {
                reason: reason.clone()
            }
        ))
    );
    // Trying in vain has left everything as it was, the counts too.
    let query = ListQuery {
        counts: true,
        ..ListQuery::default()
    };
    let page = models
        .order_list()
        .page(&query, Audience::Staff)
        .await
        .unwrap();
    let counts = page.counts.unwrap();
    assert_eq!(
        (counts[&Status::Processing], counts[&Status::Shipped]),
        (1, 1)
    );
    assert_eq!(models.parked(10).await.unwrap().len(), 3);
    models.close().await;
}

#[tokio::test]
async fn an_event_that_postgres_refuses_is_found_among_its_neighbours() {
    let shop = Shop::open().await;
    let mut owner = shop.database.owner().await;
    owner
        .execute(
            "ALTER TABLE order_list_a.orders ADD CONSTRAINT no_fortunes CHECK (total < 1000000)",
        )
        .await
        .unwrap();
    let mut orders = Vec::new();
    for nth in 0..10 {
        let price = if nth == 4 { 5_000_000 } else { 500 };
        orders.push(shop.place(json!({ "pricing": priced("Cup", price) })).await);
    }
    for order in &orders {
        shop.move_to(*order, Status::Processing).await;
    }
    let models = ReadModels::start(shop.log.clone());
    shop.settled(&models).await;
    let rich = orders.remove(4);
    let listed = listed(&models).await;
    assert_eq!(
        listed.iter().map(|(id, ..)| *id).collect::<Vec<_>>(),
        orders
    );
    assert!(
        listed
            .iter()
            .all(|(_, status, stale)| status == "processing" && !stale)
    );
    let refusal = "Postgres refuses it with SQLSTATE 23514 (no_fortunes)".to_owned();
    let parked = models.parked(10).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!(
        (
            parked[0].projection,
            parked[0].order_id,
            parked[0].version,
            parked[0].waiting,
            &parked[0].reason
        ),
        ("order_list", rich, 1, 2, &refusal)
    );
    let list_status = async || models.status().await.unwrap().remove(0);
    assert_eq!(list_status().await.parked, 1);

    // Tried again too early, it stays where it is, and the reason is told.
    assert_eq!(
        models.redrive(rich, None).await.unwrap(),
        [
            ("order_list", Redriven::StillParked { reason: refusal }),
            ("order_timeline", Redriven::NotParked),
            ("order_analytics", Redriven::NotParked)
        ]
    );
    owner
        .execute("ALTER TABLE order_list_a.orders DROP CONSTRAINT no_fortunes")
        .await
        .unwrap();
    assert_eq!(
        models.redrive(rich, None).await.unwrap()[0],
        ("order_list", Redriven::Unparked)
    );
    assert_eq!(list_status().await.parked, 0);
    shop.move_to(rich, Status::Shipped).await;
    shop.settled(&models).await;
    assert_eq!(
        self::listed(&models).await.last(),
        Some(&(rich, "shipped".to_owned(), false))
    );
    assert_eq!(
        models.redrive(rich, None).await.unwrap()[0],
        ("order_list", Redriven::NotParked)
    );
    models.close().await;
}

#[tokio::test]
async fn an_event_of_a_newer_build_stops_the_list_and_parks_nothing() {
    let shop = Shop::open().await;
    let order = shop.place(json!({})).await;
    shop.append_raw(order, "OrderStatusChanged", "9.0", "{}")
        .await;
    shop.append_raw(order, "OrderStatusChanged", "9.0", "{}")
        .await;
    let models = ReadModels::start(shop.log.clone());
    let list = models.order_list();
    list.wait_for(Position(1), Duration::from_secs(5))
        .await
        .unwrap();
    let behind = list.wait_for(Position(2), Duration::from_millis(200)).await;
    assert!(
        matches!(
            behind,
            Err(WaitError::ReadBehind {
                reached: Position(1)
            })
        ),
        "{behind:?}"
    );
    assert_eq!(
        listed(&models).await,
        [(order, "pending".to_owned(), false)]
    );
    let mut owner = shop.database.owner().await;
    let why: String =
        sqlx::query_scalar("SELECT stopped_because FROM projections WHERE name = 'order_list'")
            .fetch_one(&mut owner)
            .await
            .unwrap();
    assert_eq!(
        why,
        "position 2: OrderStatusChanged 9.0 is not known to this build"
    );
    models.close().await;
}

#[tokio::test]
async fn rows_of_another_log_are_not_added_to() {
    let shop = Shop::open().await;
    shop.place(json!({})).await;
    let mut owner = shop.database.owner().await;
    // As after a restore of the log alone: the rows are ahead of it.
    owner
        .execute("UPDATE projections SET position = 1, event_id = gen_random_uuid()")
        .await
        .unwrap();
    shop.place(json!({})).await;
    let models = ReadModels::start(shop.log.clone());
    let behind = models
        .order_list()
        .wait_for(Position(2), Duration::from_millis(500))
        .await;
    assert!(behind.is_err());
    assert_eq!(listed(&models).await, []);
    let why: String =
        sqlx::query_scalar("SELECT stopped_because FROM projections WHERE name = 'order_list'")
            .fetch_one(&mut owner)
            .await
            .unwrap();
    assert!(why.contains("rebuild"), "{why}");
    models.close().await;
}
