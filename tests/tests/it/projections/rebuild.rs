//! Making a read model anew beside the live one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Executor, PgConnection};
use waybill_domain::{Audience, OrderId, Position, Status};
use waybill_infra::db::{Db, DbOptions};
use waybill_infra::log::{EventLog, LogOptions};
use waybill_projections::rebuild::{Phase, Progress, RebuildError, RebuildOptions};
use waybill_projections::verify::VerifyOptions;
use waybill_projections::{ListQuery, OrderList, ReadModels, Redriven};
use waybill_tests::pooler::Pooler;

use super::shop::{Shop, priced};

fn quick() -> RebuildOptions {
    RebuildOptions {
        page: 7,
        lease: Duration::from_secs(2),
        grace: Duration::from_millis(50),
        switch: true,
    }
}

fn unseen(_: Progress) {}

async fn active(owner: &mut PgConnection, name: &str) -> String {
    sqlx::query_scalar("SELECT active FROM projections WHERE name = $1")
        .bind(name)
        .fetch_one(owner)
        .await
        .unwrap()
}

/// Whether the list says of every order what the log folds to.
async fn assert_true(shop: &Shop, models: &ReadModels, orders: &[OrderId]) {
    shop.settled(models).await;
    let query = ListQuery {
        limit: 100,
        counts: true,
        ..ListQuery::default()
    };
    let page = models
        .order_list()
        .page(&query, Audience::Staff)
        .await
        .unwrap();
    let mut listed: Vec<Value> = page.rows.into_iter().map(|row| row.summary).collect();
    let mut folded = Vec::new();
    for order in orders {
        let order = shop.orders.load(*order).await.unwrap().unwrap();
        folded.push(order.summary(Audience::Staff));
    }
    for rows in [&mut listed, &mut folded] {
        rows.sort_by_key(|row| row["order_id"].to_string());
    }
    assert_eq!(listed, folded);
    for (status, count) in page.counts.unwrap() {
        let folded = folded.iter().filter(|row| row["status"] == status.as_str());
        assert_eq!(count, folded.count() as u64, "{status}");
    }
}

/// Places and moves orders until it is over.
async fn keep_writing(shop: Arc<Shop>, over: Arc<AtomicBool>) -> Vec<OrderId> {
    let mut placed = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let order = shop.place(json!({})).await;
        shop.move_to(order, Status::Processing).await;
        placed.push(order);
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    placed
}

/// Reads pages until it is over, and sees no position go back and no order disappear.
async fn keep_reading(list: OrderList, over: Arc<AtomicBool>) -> usize {
    let query = ListQuery {
        limit: 100,
        counts: true,
        ..ListQuery::default()
    };
    let (mut position, mut rows, mut pages) = (Position(0), 0, 0);
    while !over.load(Ordering::Relaxed) {
        let page = list.page(&query, Audience::Staff).await.unwrap();
        assert!(
            page.position >= position,
            "{} after {position}",
            page.position
        );
        assert!(
            page.rows.len() >= rows,
            "{} rows after {rows}",
            page.rows.len()
        );
        (position, rows, pages) = (page.position, page.rows.len(), pages + 1);
    }
    pages
}

#[tokio::test]
async fn a_rebuild_under_traffic_finds_what_is_wrong_and_puts_it_right() {
    let shop = Arc::new(Shop::open().await);
    let models = ReadModels::start(shop.log.clone());
    let mut orders = Vec::new();
    for _ in 0..20 {
        orders.push(shop.place(json!({})).await);
    }
    shop.move_to(orders[3], Status::Processing).await;
    shop.settled(&models).await;
    let mut owner = shop.database.owner().await;
    for (tamper, order) in [
        (
            "UPDATE order_list_a.orders SET total = 1 WHERE order_id = $1",
            orders[3],
        ),
        (
            "DELETE FROM order_list_a.orders WHERE order_id = $1",
            orders[5],
        ),
        (
            "DELETE FROM order_timeline_a.entries WHERE order_id = $1",
            orders[7],
        ),
    ] {
        sqlx::query(tamper)
            .bind(order.as_uuid())
            .execute(&mut owner)
            .await
            .unwrap();
    }
    // Meanwhile orders come and move, and a reader sees no position go back.
    let over = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn(keep_writing(Arc::clone(&shop), Arc::clone(&over)));
    let reader = tokio::spawn(keep_reading(models.order_list(), Arc::clone(&over)));
    let list = models
        .rebuild("order_list", quick(), &unseen)
        .await
        .unwrap();
    let timeline = models
        .rebuild("order_timeline", quick(), &unseen)
        .await
        .unwrap();
    over.store(true, Ordering::Relaxed);
    orders.extend(writer.await.unwrap());
    assert!(reader.await.unwrap() > 0);
    assert_eq!(active(&mut owner, "order_list").await, "b");

    let compared = list.compared.unwrap();
    assert_eq!(
        (compared.differing, compared.examples),
        (2, vec![orders[3], orders[5]])
    );
    assert!(list.switched && list.events >= 21 && list.orders >= 20 && list.parked == 0);
    let compared = timeline.compared.unwrap();
    assert_eq!(
        (compared.differing, compared.examples),
        (1, vec![orders[7]])
    );
    assert_true(&shop, &models, &orders).await;
    let history = models
        .timeline()
        .of(orders[3], 0, 10, Audience::Staff)
        .await
        .unwrap();
    assert_eq!(history.entries.len(), 2);

    // And back again, with nothing to find this time.
    let again = models
        .rebuild("order_list", quick(), &unseen)
        .await
        .unwrap();
    assert_eq!(again.compared.unwrap().differing, 0);
    assert_eq!(active(&mut owner, "order_list").await, "a");
    shop.move_to(orders[0], Status::Shipped).await;
    assert_true(&shop, &models, &orders).await;
    // What is not live is kept empty.
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM order_list_b.orders")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(left, 0);
    models.close().await;
}

#[tokio::test]
async fn a_rebuild_that_dies_leaves_the_live_copy_alone_and_the_next_one_works() {
    let shop = Shop::open().await;
    let models = ReadModels::start(shop.log.clone());
    let mut orders = Vec::new();
    for _ in 0..30 {
        orders.push(shop.place(json!({})).await);
    }
    shop.settled(&models).await;
    for dies_in in [
        Phase::Folding,
        Phase::Indexing,
        Phase::CatchingUp,
        Phase::Switching,
    ] {
        let dying = models.clone();
        let (told, mut reached) = tokio::sync::mpsc::unbounded_channel();
        let rebuild = tokio::spawn(async move {
            let options = RebuildOptions {
                lease: Duration::from_millis(700),
                ..quick()
            };
            let on_progress = |progress: Progress| {
                if progress.phase == dies_in {
                    told.send(()).ok();
                }
            };
            dying.rebuild("order_list", options, &on_progress).await
        });
        reached.recv().await.unwrap();
        rebuild.abort();
        assert!(rebuild.await.unwrap_err().is_cancelled());
        // Its lease still stands, for all that anybody knows.
        let early = models.rebuild("order_list", quick(), &unseen).await;
        assert!(matches!(early, Err(RebuildError::Running)), "{early:?}");
        shop.move_to(orders[0], Status::Pending).await;
        assert_true(&shop, &models, &orders).await;
        tokio::time::sleep(Duration::from_millis(800)).await;
    }
    let made = models
        .rebuild("order_list", quick(), &unseen)
        .await
        .unwrap();
    assert_eq!(made.compared.unwrap().differing, 0);
    orders.push(shop.place(json!({})).await);
    assert_true(&shop, &models, &orders).await;
    let status = models.status().await.unwrap().remove(0);
    let rebuild = status.rebuild.unwrap();
    assert_eq!(
        (rebuild.running, rebuild.outcome.as_deref()),
        (false, Some("switched"))
    );
    models.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_which_a_crash_may_have_taken_rows_is_not_switched_to() {
    let shop = Shop::open().await;
    let models = ReadModels::start(shop.log.clone());
    let orders = vec![shop.place(json!({})).await];
    shop.settled(&models).await;
    let mut owner = shop.database.owner().await;
    let before = active(&mut owner, "order_list").await;
    let (told, mut reached) = tokio::sync::mpsc::unbounded_channel();
    let (go_on, gone) = std::sync::mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let rebuilding = models.clone();
    let rebuild = tokio::spawn(async move {
        let on_progress = |progress: Progress| {
            if progress.phase == Phase::Comparing && told.send(()).is_ok() {
                // Only the first time: nobody says so twice.
                tokio::task::block_in_place(|| gone.lock().unwrap().recv().ok());
            }
        };
        rebuilding
            .rebuild("order_list", quick(), &on_progress)
            .await
    });
    reached.recv().await.unwrap();
    // As in a crash, all sessions end; whoever asks next gets another one.
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    drop(go_on);
    let ended = rebuild.await.unwrap();
    assert!(
        matches!(ended, Err(RebuildError::ServerRestarted)),
        "{ended:?}"
    );
    assert_eq!(active(&mut owner, "order_list").await, before);
    assert_true(&shop, &models, &orders).await;
    models.close().await;
}

#[tokio::test]
async fn what_cannot_be_applied_is_parked_in_the_new_copy_too() {
    let shop = Shop::open().await;
    let models = ReadModels::start(shop.log.clone());
    let broken = shop.place(json!({})).await;
    let rich = shop.place(json!({ "pricing": priced("Cup", 500) })).await;
    let sound = shop.place(json!({})).await;
    shop.append_raw(broken, "OrderStatusChanged", "1.0", "{}")
        .await;
    shop.run(
        rich,
        waybill_domain::UpdateDetails::parse(json!({ "pricing": priced("Crown", 5_000_000) }))
            .unwrap(),
    )
    .await;
    shop.settled(&models).await;
    let mut owner = shop.database.owner().await;
    owner
        .execute(
            "ALTER TABLE order_list_b.orders ADD CONSTRAINT no_fortunes CHECK (total < 1000000)",
        )
        .await
        .unwrap();
    let made = models
        .rebuild("order_list", quick(), &unseen)
        .await
        .unwrap();
    assert_eq!((made.orders, made.parked), (3 - 1, 2));
    // The broken order is as it was; the rich one is stale now, as it was before it was rich.
    let compared = made.compared.unwrap();
    assert_eq!((compared.differing, compared.examples), (1, vec![rich]));
    let query = ListQuery {
        limit: 10,
        ..ListQuery::default()
    };
    let page = models
        .order_list()
        .page(&query, Audience::Staff)
        .await
        .unwrap();
    let mut rows: Vec<_> = page
        .rows
        .iter()
        .map(|row| {
            (
                row.summary["order_id"].as_str().unwrap().parse().unwrap(),
                row.summary["total"].as_u64().unwrap(),
                row.stale,
            )
        })
        .collect();
    rows.sort();
    assert_eq!(
        rows,
        [
            (broken, 6475, true),
            (rich, 500, true),
            (sound, 6475, false)
        ]
    );
    owner
        .execute("ALTER TABLE order_list_b.orders DROP CONSTRAINT no_fortunes")
        .await
        .unwrap();
    assert_eq!(
        models.redrive(rich, None).await.unwrap()[0],
        ("order_list", Redriven::Unparked)
    );
    models.close().await;
}

#[tokio::test]
async fn a_rebuild_brings_rows_of_another_log_back() {
    let shop = Shop::open().await;
    let orders = [shop.place(json!({})).await, shop.place(json!({})).await];
    let mut owner = shop.database.owner().await;
    owner
        .execute("UPDATE projections SET position = 900, event_id = gen_random_uuid()")
        .await
        .unwrap();
    let models = ReadModels::start(shop.log.clone());
    let made = models
        .rebuild("order_list", quick(), &unseen)
        .await
        .unwrap();
    assert!(made.compared.is_none() && made.position == Position(2));
    for name in ["order_timeline", "order_analytics"] {
        models.rebuild(name, quick(), &unseen).await.unwrap();
    }
    shop.move_to(orders[0], Status::Processing).await;
    // The runner has stopped, and looks again now and then.
    assert_true(&shop, &models, &orders).await;
    assert!(
        models
            .status()
            .await
            .unwrap()
            .iter()
            .all(|status| status.stopped_because.is_none())
    );
    models.close().await;
}

#[tokio::test]
async fn rows_that_another_build_wrote_another_way_do_not_differ() {
    let shop = Shop::open().await;
    let models = ReadModels::start(shop.log.clone());
    let rewritten = shop.place(json!({})).await;
    let changed = shop.place(json!({})).await;
    shop.settled(&models).await;
    let mut owner = shop.database.owner().await;
    for (table, column) in [
        ("order_list_a.orders", "state"),
        ("order_timeline_a.entries", "entry"),
    ] {
        // The same JSON in another order and with other spaces; and other JSON.
        for (order, sql) in [
            (rewritten, "jsonb_pretty(C::jsonb)::json"),
            (changed, r#"(C::jsonb || '{"version": 9}')::json"#),
        ] {
            let set = sql.replace('C', column);
            let sql = format!("UPDATE {table} SET {column} = {set} WHERE order_id = '{order}'");
            let updated = owner.execute(sql.as_str()).await.unwrap();
            assert_eq!(updated.rows_affected(), 1, "{table}");
        }
    }
    let options = RebuildOptions {
        switch: false,
        ..quick()
    };
    for name in ["order_list", "order_timeline"] {
        let made = models.rebuild(name, options, &unseen).await.unwrap();
        let compared = made.compared.unwrap();
        assert_eq!((compared.rows, compared.differing), (2, 1), "{name}");
        assert_eq!(compared.examples, [changed], "{name}");
    }
    models.close().await;
}

#[tokio::test]
async fn comparing_only_switches_nothing() {
    let shop = Shop::open().await;
    let models = ReadModels::start(shop.log.clone());
    shop.place(json!({})).await;
    shop.settled(&models).await;
    let options = RebuildOptions {
        switch: false,
        ..quick()
    };
    let made = models
        .rebuild("order_list", options, &unseen)
        .await
        .unwrap();
    assert!(!made.switched);
    assert_eq!(made.compared.unwrap().rows, 1);
    let mut owner = shop.database.owner().await;
    assert_eq!(active(&mut owner, "order_list").await, "a");
    assert!(matches!(
        models.rebuild("nonsense", options, &unseen).await,
        Err(RebuildError::UnknownProjection(_))
    ));
    models.close().await;
}

#[tokio::test]
async fn everything_works_behind_a_transaction_pooler() {
    let Some(pooler) = Pooler::start() else {
        eprintln!("SKIPPED: this machine has no pgbouncer (apt-get install pgbouncer)");
        return;
    };
    let shop = Shop::open().await;
    let mut options = DbOptions::new(pooler.url(&shop.database));
    options.direct_url = Some(shop.database.url());
    let db = Db::new(&options).unwrap();
    let log = EventLog::open(db, LogOptions::default()).await.unwrap();
    let models = ReadModels::start(log);
    let mut owner = shop.database.owner().await;
    owner
        .execute("ALTER TABLE order_list_a.orders ADD CONSTRAINT none CHECK (total < 1000000)")
        .await
        .unwrap();
    let rich = shop
        .place(json!({ "pricing": priced("Crown", 5_000_000) }))
        .await;
    let mut orders = vec![rich];
    for _ in 0..20 {
        orders.push(shop.place(json!({})).await);
    }
    shop.settled(&models).await;
    owner
        .execute("ALTER TABLE order_list_a.orders DROP CONSTRAINT none")
        .await
        .unwrap();
    assert_eq!(
        models.redrive(rich, None).await.unwrap()[0],
        ("order_list", Redriven::Unparked)
    );
    assert_true(&shop, &models, &orders).await;
    for name in ["order_list", "order_timeline", "order_analytics"] {
        let made = models.rebuild(name, quick(), &unseen).await.unwrap();
        let compared = made.compared.unwrap();
        assert_eq!((compared.rows, compared.differing), (21, 0), "{name}");
    }
    assert_true(&shop, &models, &orders).await;
    let verified = models
        .verify(VerifyOptions::default(), &|_| ())
        .await
        .unwrap();
    assert_eq!(verified.findings, []);
    models.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_in_just_before_the_switch_is_not_lost_by_it() {
    let shop = Shop::open().await;
    let models = ReadModels::start(shop.log.clone());
    let first = shop.place(json!({})).await;
    shop.settled(&models).await;
    let last = std::sync::Mutex::new(None);
    let on_progress = |progress: Progress| {
        let mut last = last.lock().unwrap();
        if progress.phase == Phase::Switching && last.is_none() {
            // The new copy has caught up, and now the live one goes ahead of it.
            let placed = async {
                let order = shop.place(json!({})).await;
                shop.settled(&models).await;
                order
            };
            let here = tokio::runtime::Handle::current();
            *last = Some(tokio::task::block_in_place(|| here.block_on(placed)));
        }
    };
    let made = models
        .rebuild("order_list", quick(), &on_progress)
        .await
        .unwrap();
    assert_eq!(made.position, shop.head());
    let last = last.into_inner().unwrap().unwrap();
    assert_true(&shop, &models, &[first, last]).await;
    models.close().await;
}
