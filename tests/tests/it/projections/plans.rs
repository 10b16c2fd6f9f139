//! At 100,000 orders every documented filter and sort finds its index.

use serde_json::Value;
use sqlx::Executor;
use waybill_domain::Status;
use waybill_projections::{ListQuery, ReadModels};

use super::shop::Shop;

/// Rows as the list has them, without their states, which no plan looks at: 2,000 customers; the newest
/// 4,000 orders are still open, as in a shop that has been at it for a while.
const ORDERS: &str = "
    INSERT INTO order_list_a.orders
    SELECT gen_random_uuid(), 'cust-' || n % 2000,
        CASE WHEN n <= 95000 THEN 'delivered' WHEN n <= 96000 THEN 'cancelled' WHEN n <= 97500 THEN 'shipped'
             WHEN n <= 99000 THEN 'processing' ELSE 'pending' END,
        2, n, timestamptz '2025-01-01' + n * interval '5 minutes',
        timestamptz '2025-01-01' + n * interval '5 minutes' + (n * 7919 % 5000) * interval '1 minute',
        n * 7919 % 100000,
        array_to_tsvector(ARRAY['ord', (10000 + n)::text, 'cust', 'tea', 'w' || n % 5000, 'x' || n % 300]),
        '{}'
    FROM generate_series(1, 100000) n";

/// The indexes on the orders that a plan uses, and whether it looks at every row.
fn uses(plan: &Value, found: &mut Vec<String>) {
    match plan {
        Value::Array(parts) => parts.iter().for_each(|part| uses(part, found)),
        Value::Object(node) => {
            let text = |field: &str| node.get(field).and_then(Value::as_str);
            if let Some(index) = text("Index Name").filter(|name| name.starts_with("orders_")) {
                found.push(index.to_owned());
            }
            if text("Node Type") == Some("Seq Scan") && text("Relation Name") == Some("orders") {
                found.push("every row".to_owned());
            }
            node.values().for_each(|part| uses(part, found));
        }
        _ => {}
    }
}

#[tokio::test]
async fn every_filter_and_every_sort_is_served_by_an_index() {
    let shop = Shop::open().await;
    let mut owner = shop.database.owner().await;
    owner.execute(ORDERS).await.unwrap();
    owner
        .execute("VACUUM ANALYZE order_list_a.orders")
        .await
        .unwrap();
    let list = ReadModels::new(shop.log.clone()).order_list();
    let time = |text: &str| Some(text.parse().unwrap());
    for (sort, by_sort, by_status) in [
        ("placed_at", "orders_by_placed", "orders_by_status_placed"),
        (
            "updated_at",
            "orders_by_updated",
            "orders_by_status_updated",
        ),
        ("total", "orders_by_total", "orders_by_total"),
    ] {
        let with = |change: &dyn Fn(&mut ListQuery)| {
            let mut query = ListQuery {
                limit: 25,
                ..ListQuery::default()
            };
            change(&mut query);
            query
        };
        let queries = [
            (with(&|_| ()), by_sort),
            (with(&|q| q.statuses = vec![Status::Pending]), by_status),
            (with(&|q| q.statuses = vec![Status::Delivered]), by_status),
            (
                with(&|q| q.statuses = vec![Status::Pending, Status::Processing]),
                by_status,
            ),
            (
                with(&|q| q.customer = Some("cust-77".parse().unwrap())),
                "orders_by_customer",
            ),
            (
                with(&|q| {
                    q.customer = Some("cust-77".parse().unwrap());
                    q.statuses = vec![Status::Delivered];
                }),
                "orders_by_customer",
            ),
            (
                with(&|q| {
                    q.placed_from = time("2025-06-01T00:00:00Z");
                    q.placed_to = time("2025-06-02T00:00:00Z");
                }),
                "orders_by_placed",
            ),
            (
                with(&|q| q.text = Some("ORD-10777".into())),
                "orders_by_word",
            ),
            (
                with(&|q| {
                    q.text = Some("ORD-10777".into());
                    q.statuses = vec![Status::Pending, Status::Delivered];
                }),
                "orders_by_word",
            ),
            // Nearly every order has it, so the first pages of the sort have enough of them.
            (with(&|q| q.text = Some("tea".into())), by_sort),
            (
                with(&|q| {
                    q.text = Some("w42".into());
                    q.statuses = vec![Status::Delivered];
                }),
                "orders_by_word",
            ),
        ];
        for (mut query, index) in queries {
            for direction in ["", "-"] {
                query.sort = format!("{direction}{sort}").parse().unwrap();
                let mut found = Vec::new();
                uses(&list.explain(&query).await.unwrap(), &mut found);
                assert_eq!(found, [index], "{query:?}");
            }
        }
    }
}
