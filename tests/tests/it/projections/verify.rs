//! Whether the log is whole, and the read models what a replay makes of it.

use serde_json::json;
use sqlx::Executor;
use waybill_domain::{OrderId, Status};
use waybill_projections::ReadModels;
use waybill_projections::verify::{Verified, VerifyOptions, VerifyProgress};

use super::shop::Shop;

async fn verify(models: &ReadModels) -> Verified {
    let options = VerifyOptions {
        page: 5,
        findings: 3,
    };
    let on_progress =
        |progress: VerifyProgress| assert!(progress.total == 0 || progress.done <= progress.total);
    models.verify(options, &on_progress).await.unwrap()
}

fn problems(verified: &Verified) -> Vec<(Option<OrderId>, &str)> {
    let findings = verified.findings.iter();
    findings.map(|f| (f.order_id, f.problem.as_str())).collect()
}

#[tokio::test]
async fn what_is_whole_is_found_whole_while_it_grows() {
    let shop = Shop::open().await;
    let models = ReadModels::start(shop.log.clone());
    for _ in 0..12 {
        let order = shop.place(json!({})).await;
        shop.move_to(order, Status::Processing).await;
    }
    // Not settled on purpose: that a projection is behind is no contradiction.
    let verified = verify(&models).await;
    assert_eq!(problems(&verified), []);
    assert_eq!(
        (verified.events, verified.orders, verified.found),
        (24, 12, 0)
    );
    models.close().await;
}

#[tokio::test]
async fn every_kind_of_damage_is_found() {
    let shop = Shop::open().await;
    let models = ReadModels::start(shop.log.clone());
    let mut orders = Vec::new();
    for _ in 0..8 {
        orders.push(shop.place(json!({})).await);
    }
    shop.settled(&models).await;
    let mut owner = shop.database.owner().await;
    for (damage, order, expected) in [
        (
            "UPDATE order_list_a.orders SET search = '' WHERE order_id = $1",
            Some(orders[0]),
            "order_list says something else than a replay up to 8",
        ),
        (
            "DELETE FROM order_timeline_a.entries WHERE order_id = $1",
            Some(orders[1]),
            "order_timeline says something else than a replay up to 8",
        ),
        (
            "UPDATE order_list_a.status_counts SET orders = 9 WHERE $1::uuid IS NULL",
            None,
            "order_list: the count of pending orders is wrong",
        ),
    ] {
        let before = verify(&models).await.found;
        sqlx::query(damage)
            .bind(order.map(OrderId::as_uuid))
            .execute(&mut owner)
            .await
            .unwrap();
        let verified = verify(&models).await;
        assert!(
            problems(&verified).contains(&(order, expected)),
            "{verified:?}"
        );
        assert_eq!(verified.found, before + 1);
    }

    // The log itself can only be damaged past its triggers.
    owner
        .execute("SET session_replication_role = replica")
        .await
        .unwrap();
    for (damage, order, expected) in [
        (
            "UPDATE events SET recorded_at = recorded_at - interval '1 day' WHERE aggregate_id = $1",
            orders[7],
            "was recorded before the event before it",
        ),
        (
            "UPDATE events SET sequence = 2 WHERE aggregate_id = $1",
            orders[6],
            "has version 2, expected 1",
        ),
        (
            "UPDATE events SET payload = '{}' WHERE aggregate_id = $1",
            orders[5],
            "cannot be loaded: OrderCreated is malformed",
        ),
        (
            "DELETE FROM events WHERE aggregate_id = $1",
            orders[4],
            "the positions from 5 on are missing",
        ),
    ] {
        sqlx::query(damage)
            .bind(order.to_string())
            .execute(&mut owner)
            .await
            .unwrap();
        let options = VerifyOptions {
            findings: 100,
            ..VerifyOptions::default()
        };
        let verified = models.verify(options, &|_| ()).await.unwrap();
        assert!(
            problems(&verified)
                .iter()
                .any(|(_, problem)| *problem == expected),
            "{expected}: {verified:?}"
        );
    }
    let verified = models
        .verify(VerifyOptions::default(), &|_| ())
        .await
        .unwrap();
    let stray = (Some(orders[4]), "is in order_list and not in the log");
    assert!(problems(&verified).contains(&stray), "{verified:?}");
    assert_eq!(verify(&models).await.findings.len(), 3);
    models.close().await;
}

#[tokio::test]
async fn a_parked_order_is_a_finding() {
    let shop = Shop::open().await;
    let models = ReadModels::start(shop.log.clone());
    let mut owner = shop.database.owner().await;
    owner
        .execute("ALTER TABLE order_list_a.orders ADD CONSTRAINT none CHECK (version < 2)")
        .await
        .unwrap();
    let order = shop.place(json!({})).await;
    shop.move_to(order, Status::Processing).await;
    shop.settled(&models).await;
    assert_eq!(
        problems(&verify(&models).await),
        [(Some(order), "is parked in order_list")]
    );
    models.close().await;
}
