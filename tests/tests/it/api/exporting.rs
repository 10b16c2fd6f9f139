//! Lists as files.

use std::collections::HashMap;

use chrono::{TimeDelta, Utc};
use waybill_domain::{Cancel, CancelReason, OrderId};
use waybill_tests::orders;

use super::*;

type Line = HashMap<String, String>;

fn lines(answer: &Answer) -> Vec<Line> {
    assert_eq!(
        answer.header("content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    assert!(
        answer
            .header("content-disposition")
            .starts_with("attachment")
    );
    let mut reader = csv::Reader::from_reader(answer.text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

/// More than two pages, by two customers, each placed a minute after the one before.
async fn many(shop: &Shop) -> Vec<OrderId> {
    let begin = Utc::now() - TimeDelta::hours(5);
    let mut placed = Vec::new();
    for nth in 0..230 {
        let customer = if nth % 10 == 0 {
            fixtures::CUSTOMER
        } else {
            "c2"
        };
        let order = orders::place_with(shop.app.app(), customer, |order| {
            order.placed_at = Some((begin + TimeDelta::minutes(nth)).into());
        })
        .await;
        placed.push(order.receipt.order_id);
    }
    placed
}

/// The file, once it can have everything that was written so far.
async fn export(shop: &Shop, caller: &Client, query: &str) -> Vec<Line> {
    let head = shop.app.app().log.head().borrow().mark.position;
    let reflecting = format!("/v1/orders?limit=1&min_position={}", head.0);
    shop.staff.get(&reflecting).await.expect(200);
    lines(
        &caller
            .get(&format!("/v1/orders.csv?{query}"))
            .await
            .expect(200),
    )
}

#[tokio::test]
async fn a_file_has_every_order_that_matches_once_and_in_order() {
    let shop = Shop::open().await;
    let mut placed = many(&shop).await;
    let cancelled = Cancel::because(CancelReason::Fraud);
    orders::run(shop.app.app(), placed[7], cancelled)
        .await
        .unwrap();
    let ids = |lines: &[Line]| -> Vec<OrderId> {
        lines
            .iter()
            .map(|line| line["order_id"].parse().unwrap())
            .collect()
    };
    let all = export(&shop, &shop.staff, "sort=placed_at").await;
    assert_eq!(ids(&all), placed);
    assert_eq!(
        (&*all[7]["status"], &*all[7]["cancel_reason"]),
        ("cancelled", "fraud")
    );
    let others = export(&shop, &shop.staff, "status=pending,processing").await;
    placed.remove(7);
    placed.reverse();
    assert_eq!(ids(&others), placed);
    let own = export(&shop, &shop.customer, "").await;
    assert_eq!(own.len(), 23);
    assert!(
        own.iter()
            .all(|line| line["customer_id"] == fixtures::CUSTOMER)
    );
    shop.close().await;
}

#[tokio::test]
async fn a_line_says_what_the_list_says_and_runs_nothing() {
    let shop = Shop::open().await;
    let mut order = order();
    order["reference"] = json!("=1+1");
    order["shipping_address"]["name"] = json!("Ada \"the first\", of Leeds & Sons");
    let placed = shop.place_as(order).await;
    let line = export(&shop, &shop.staff, "").await.remove(0);
    let listed = shop.staff.get("/v1/orders").await.expect(200).body["data"][0].clone();
    assert_eq!(line["order_number"], placed.number);
    assert_eq!(line["reference"], "'=1+1");
    assert_eq!(line["recipient"], listed["recipient"].as_str().unwrap());
    for column in [
        "order_id",
        "customer_id",
        "status",
        "placed_at",
        "updated_at",
        "currency",
        "city",
    ] {
        assert_eq!(line[column], listed[column].as_str().unwrap(), "{column}");
    }
    let total = listed["total"].as_u64().unwrap();
    assert_eq!(line["total"], format!("{}.{:02}", total / 100, total % 100));
    assert_eq!(line["item_count"], listed["item_count"].to_string());
    assert_eq!(line["stale"], "false");
    assert_eq!(line["tracking_number"], "");
    shop.close().await;
}

#[tokio::test]
async fn what_cannot_be_exported_is_named() {
    let shop = Shop::open().await;
    for (query, field) in [
        ("sort=total", "sort"),
        ("status=lost", "status"),
        ("from=yesterday", "from"),
    ] {
        let refused = shop.staff.get(&format!("/v1/orders.csv?{query}")).await;
        let refused = refused.refused(400, "malformed_request");
        assert_eq!(
            refused.body["errors"][0]["field"], field,
            "{}",
            refused.text
        );
    }
    let paged = shop.staff.get("/v1/orders.csv?limit=5").await;
    paged.refused(400, "malformed_request");
    shop.close().await;
}
