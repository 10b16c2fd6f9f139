//! The order list: filters, sorts, pages, search, counts.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use waybill_domain::{Audience, OrderId, Status};
use waybill_projections::{ListError, ListPage, ListQuery, OrderList, ReadModels, Sort, WaitError};

use super::shop::{Shop, priced};

fn query() -> ListQuery {
    ListQuery {
        limit: 100,
        ..ListQuery::default()
    }
}

fn ids(page: &ListPage) -> Vec<OrderId> {
    page.rows
        .iter()
        .map(|row| row.summary["order_id"].as_str().unwrap().parse().unwrap())
        .collect()
}

async fn found(list: &OrderList, query: ListQuery) -> Vec<OrderId> {
    ids(&list.page(&query, Audience::Staff).await.unwrap())
}

#[tokio::test]
async fn a_page_shows_what_the_log_folds_to_and_the_position_that_it_reflects() {
    let shop = Shop::open().await;
    let models = ReadModels::start(shop.log.clone());
    let order = shop.place(json!({})).await;
    shop.move_to(order, Status::Processing).await;
    shop.settled(&models).await;
    let folded = shop.orders.load(order).await.unwrap().unwrap();
    for audience in Audience::ALL {
        let page = models.order_list().page(&query(), audience).await.unwrap();
        assert_eq!(page.position, shop.head());
        assert_eq!(page.rows.len(), 1);
        assert_eq!(page.rows[0].summary, folded.summary(audience));
        assert!(!page.rows[0].stale);
        assert_eq!(page.next, None);
    }
    models.close().await;
}

#[tokio::test]
async fn every_filter_keeps_what_it_names_and_nothing_else() {
    let shop = Shop::open().await;
    let models = ReadModels::start(shop.log.clone());
    let list = models.order_list();
    let tea = shop
        .place(json!({ "customer_id": "ann", "placed_at": "2025-01-01T00:00:00Z", "reference": "web-77" }))
        .await;
    let cup = shop
        .place(json!({ "customer_id": "ann", "placed_at": "2025-01-02T00:00:00Z", "pricing": priced("Blue cup", 900),
            "shipping_address": null }))
        .await;
    let lamp = shop
        .place(json!({ "customer_id": "bob", "placed_at": "2025-01-03T00:00:00Z", "pricing": priced("Lamp", 5000),
            "shipping_address": null }))
        .await;
    shop.move_to(cup, Status::Processing).await;
    shop.move_to(lamp, Status::Shipped).await;
    shop.settled(&models).await;

    let with = |change: &dyn Fn(&mut ListQuery)| {
        let mut query = query();
        change(&mut query);
        found(&list, query)
    };
    assert_eq!(with(&|_| ()).await, [lamp, cup, tea]);
    assert_eq!(with(&|q| q.statuses = vec![Status::Pending]).await, [tea]);
    assert_eq!(
        with(&|q| q.statuses = vec![Status::Shipped, Status::Pending, Status::Shipped]).await,
        [lamp, tea]
    );
    assert_eq!(
        with(&|q| q.customer = Some("ann".parse().unwrap())).await,
        [cup, tea]
    );
    let second = "2025-01-02T00:00:00Z";
    assert_eq!(
        with(&|q| q.placed_from = second.parse().ok()).await,
        [lamp, cup]
    );
    assert_eq!(with(&|q| q.placed_to = second.parse().ok()).await, [tea]);
    for (text, expected) in [
        ("blue", vec![cup]),
        ("BLU c", vec![cup]),
        ("cup blue", vec![cup]),
        ("lue", vec![]),
        ("ada@example", vec![tea]),
        ("Sample", vec![tea]),
        ("web-77", vec![tea]),
        ("ORD-10003", vec![lamp]),
        ("tea-250", vec![tea]),
        ("art", vec![lamp, cup]),
        ("bob", vec![lamp]),
        ("lamp cup", vec![]),
        ("!", vec![lamp, cup, tea]),
    ] {
        assert_eq!(
            with(&|q| q.text = Some(text.into())).await,
            expected,
            "{text}"
        );
    }

    let counts = |customer: Option<&str>| {
        let query = ListQuery {
            customer: customer.map(|c| c.parse().unwrap()),
            statuses: vec![Status::Delivered],
            counts: true,
            ..query()
        };
        let list = list.clone();
        async move {
            list.page(&query, Audience::Staff)
                .await
                .unwrap()
                .counts
                .unwrap()
        }
    };
    let of = |pending, processing, shipped| {
        BTreeMap::from([
            (Status::Pending, pending),
            (Status::Processing, processing),
            (Status::Shipped, shipped),
            (Status::Delivered, 0),
            (Status::Cancelled, 0),
        ])
    };
    assert_eq!(counts(None).await, of(1, 1, 1));
    assert_eq!(counts(Some("ann")).await, of(1, 1, 0));
    models.close().await;
}

#[tokio::test]
async fn pages_of_every_sort_join_without_a_gap_or_a_repeat() {
    let shop = Shop::open().await;
    let models = ReadModels::start(shop.log.clone());
    let list = models.order_list();
    let mut placed = Vec::new();
    for nth in 0..11_u64 {
        // Equal keys on purpose: the id then decides.
        let (day, total) = (1 + nth % 3, 100 * (nth % 4));
        let fields = json!({
            "placed_at": format!("2025-01-0{day}T00:00:00Z"),
            "pricing": priced("Cup", total),
        });
        placed.push((shop.place(fields).await, day, total, nth % 2));
    }
    // Those are updated last, one after the other.
    for (order, .., moved) in &placed {
        if *moved == 1 {
            shop.move_to(*order, Status::Shipped).await;
        }
    }
    shop.settled(&models).await;
    let (pending, open) = (
        vec![Status::Pending],
        vec![Status::Shipped, Status::Pending],
    );
    for (name, sort) in Sort::ALL {
        for statuses in [&vec![], &pending, &open] {
            let mut expected = placed.clone();
            expected.retain(|(.., moved)| *statuses != pending || *moved == 0);
            expected.sort_by_key(
                |(id, day, total, moved)| match name.trim_start_matches('-') {
                    "placed_at" => (*day, *id),
                    "total" => (*total, *id),
                    _ => (*moved, *id),
                },
            );
            if sort.descending {
                expected.reverse();
            }
            let mut query = ListQuery {
                sort,
                statuses: statuses.clone(),
                limit: 3,
                ..ListQuery::default()
            };
            let mut seen = Vec::new();
            loop {
                let page = list.page(&query, Audience::Staff).await.unwrap();
                seen.extend(ids(&page));
                query.after = page.next;
                if query.after.is_none() {
                    break;
                }
                assert_eq!(page.rows.len(), 3);
                let mut other = query.clone();
                other.sort.descending = !sort.descending;
                assert!(matches!(
                    list.page(&other, Audience::Staff).await,
                    Err(ListError::OtherSort { .. })
                ));
            }
            let expected: Vec<_> = expected.iter().map(|(id, ..)| *id).collect();
            assert_eq!(seen, expected, "{name} of {statuses:?}");
        }
    }
    models.close().await;
}

#[tokio::test]
async fn a_read_waits_for_a_position_and_says_so_when_it_does_not_come() {
    let shop = Shop::open().await;
    // Nobody applies anything, so the read stays behind.
    let idle = ReadModels::new(shop.log.clone());
    shop.place(json!({})).await;
    let behind = idle
        .order_list()
        .wait_for(shop.head(), Duration::from_millis(50))
        .await;
    assert!(
        matches!(behind, Err(WaitError::ReadBehind { reached }) if reached.0 == 0),
        "{behind:?}"
    );
    // Another node does, and the one that waits applies nothing itself.
    let waiting = idle.order_list();
    let head = shop.head();
    let wait = tokio::spawn(async move { waiting.wait_for(head, Duration::from_secs(5)).await });
    let models = ReadModels::start(shop.database.log().await);
    wait.await.unwrap().unwrap();
    assert_eq!(found(&idle.order_list(), query()).await.len(), 1);
    models.close().await;
}

#[tokio::test]
async fn two_nodes_apply_every_event_once() {
    let shop = Shop::open().await;
    let models = [
        ReadModels::start(shop.log.clone()),
        ReadModels::start(shop.database.log().await),
    ];
    let mut orders = Vec::new();
    for _ in 0..20 {
        orders.push(shop.place(json!({})).await);
    }
    for (order, to) in orders
        .iter()
        .flat_map(|o| [Status::Processing, Status::Shipped, Status::Delivered].map(|to| (*o, to)))
    {
        shop.move_to(order, to).await;
    }
    shop.settled(&models[0]).await;
    shop.settled(&models[1]).await;
    let page = models[1]
        .order_list()
        .page(
            &ListQuery {
                counts: true,
                ..query()
            },
            Audience::Staff,
        )
        .await
        .unwrap();
    assert_eq!(page.counts.unwrap()[&Status::Delivered], 20);
    for row in &page.rows {
        let order = row.summary["order_id"].as_str().unwrap().parse().unwrap();
        let folded = shop.orders.load(order).await.unwrap().unwrap();
        assert_eq!(row.summary, folded.summary(Audience::Staff));
    }
    for models in models {
        models.close().await;
    }
}
