//! The event log: what is appended, in which order it is read, and what the database refuses.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Executor;
use uuid::Uuid;
use waybill_domain::fixtures;
use waybill_domain::{
    Actor, ActorKind, Audience, Cancel, CancelReason, ChangeStatus, OrderCommand, OrderId, Policy,
    Position, Status,
};
use waybill_infra::commands::{CommandError, CommandHandler, Executed, Request};
use waybill_infra::log::{CommandKey, Cursor, EventLog, LogOptions, Outcome, Topic};
use waybill_infra::orders::Orders;
use waybill_projections::push::{Hub, Output, Subscription, Subscriptions};
use waybill_tests::database::TestDatabase;

struct Shop {
    log: EventLog,
    orders: Orders,
    handler: CommandHandler,
}

impl Shop {
    async fn open(database: &TestDatabase) -> Self {
        Self::on(database.log().await)
    }

    fn on(log: EventLog) -> Self {
        let orders = Orders::new(log.clone(), NonZeroUsize::new(100).unwrap());
        let handler = CommandHandler::new(log.clone(), orders.clone(), Policy::default());
        Self {
            log,
            orders,
            handler,
        }
    }

    async fn place(&self) -> Executed {
        let order_id = OrderId::from(Uuid::now_v7());
        let mut order = fixtures::new_order();
        order.reference = None;
        let order_number = fixtures::order_number(u64::from(rand::random::<u32>()));
        self.run(order_id, OrderCommand::from(order.numbered(order_number)))
            .await
            .unwrap()
    }

    async fn run(
        &self,
        order_id: OrderId,
        command: OrderCommand,
    ) -> Result<Executed, CommandError> {
        self.handler.execute(request(order_id, command, None)).await
    }
}

fn request(order_id: OrderId, command: OrderCommand, key: Option<CommandKey>) -> Request {
    Request {
        order_id,
        command,
        actor: Actor::new(ActorKind::Staff, "ann"),
        expected_version: None,
        key,
        correlation_id: "test".into(),
        causation_id: None,
    }
}

#[tokio::test]
async fn an_order_is_placed_moved_and_read_back_in_log_order() {
    let database = TestDatabase::create().await;
    let shop = Shop::open(&database).await;
    let placed = shop.place().await;
    let moved = shop
        .run(
            placed.receipt.order_id,
            ChangeStatus::to(Status::Shipped).into(),
        )
        .await
        .unwrap();
    assert_eq!(
        (moved.receipt.version, moved.receipt.position),
        (2, Position(2))
    );
    let refused = shop
        .run(
            placed.receipt.order_id,
            Cancel::because(CancelReason::Staff).into(),
        )
        .await
        .unwrap_err();
    assert!(matches!(refused, CommandError::Refused(_)), "{refused:?}");
    let page = shop
        .log
        .read(&Topic::Orders, Position(0), 10)
        .await
        .unwrap();
    assert_eq!(
        page.events
            .iter()
            .map(|e| e.wire_type())
            .collect::<Vec<_>>(),
        ["order.created", "order.status_changed"]
    );
    // And so does a node that starts now, from the database alone.
    let other = Shop::open(&database).await;
    let page = other
        .log
        .read(&Topic::Orders, Position(0), 10)
        .await
        .unwrap();
    assert_eq!(page.through, Position(2));
    let folded = other
        .orders
        .load(placed.receipt.order_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(*folded, *moved.order);
    shop.log.close().await;
}

#[tokio::test]
async fn a_repeated_key_gets_the_first_answer_and_another_request_is_refused() {
    let database = TestDatabase::create().await;
    let (here, there) = (Shop::open(&database).await, Shop::open(&database).await);
    let placed = here.place().await;
    let key = CommandKey {
        key: [1; 32],
        request: [1; 32],
    };
    let ship = || {
        request(
            placed.receipt.order_id,
            ChangeStatus::to(Status::Shipped).into(),
            Some(key),
        )
    };
    let first = here.handler.execute(ship()).await.unwrap();
    let again = there.handler.execute(ship()).await.unwrap();
    assert!(!first.receipt.repeated && again.receipt.repeated);
    assert_eq!(
        (again.receipt.version, again.receipt.position),
        (first.receipt.version, first.receipt.position)
    );
    assert_eq!(again.order, first.order);
    let mut other = ship();
    other.key = Some(CommandKey {
        key: [1; 32],
        request: [2; 32],
    });
    assert!(matches!(
        there.handler.execute(other).await,
        Err(CommandError::KeyReused)
    ));
    assert_eq!(
        here.log
            .read(&Topic::Orders, Position(0), 10)
            .await
            .unwrap()
            .events
            .len(),
        2
    );
}

#[tokio::test]
async fn what_changes_nothing_is_remembered_under_its_key_and_appends_nothing() {
    let database = TestDatabase::create().await;
    let shop = Shop::open(&database).await;
    let placed = shop.place().await;
    let key = CommandKey {
        key: [9; 32],
        request: [9; 32],
    };
    let stay = || {
        request(
            placed.receipt.order_id,
            ChangeStatus::to(Status::Pending).into(),
            Some(key),
        )
    };
    let first = shop.handler.execute(stay()).await.unwrap();
    assert_eq!(
        (first.receipt.outcome, first.receipt.version),
        (Outcome::Unchanged, 1)
    );
    shop.run(
        placed.receipt.order_id,
        ChangeStatus::to(Status::Processing).into(),
    )
    .await
    .unwrap();
    let again = shop.handler.execute(stay()).await.unwrap();
    assert!(again.receipt.repeated);
    assert_eq!(
        (again.receipt.outcome, again.receipt.version),
        (Outcome::Unchanged, 1)
    );
}

#[tokio::test]
async fn a_subscription_replays_and_goes_live_without_a_gap_or_a_repeat() {
    let database = TestDatabase::create().await;
    let shop = Shop::open(&database).await;
    let hub = Hub::start(&shop.log, tokio_util::sync::CancellationToken::new());
    let mut subscriptions = Subscriptions::new(shop.log.clone(), shop.orders.clone(), &hub, 10);
    let first = shop.place().await;
    let wanted = Subscription {
        id: "a".into(),
        topic: Topic::Orders,
        audience: Audience::Staff,
        types: Vec::new(),
        include_order: true,
    };
    subscriptions
        .subscribe(wanted, &Cursor::Earliest)
        .await
        .unwrap();
    let writer = {
        let (handler, order) = (shop.handler.clone(), first.receipt.order_id);
        tokio::spawn(async move {
            for (nth, to) in [Status::Processing, Status::Shipped, Status::Delivered]
                .into_iter()
                .enumerate()
            {
                tokio::time::sleep(Duration::from_millis(5 * nth as u64)).await;
                handler
                    .execute(request(order, ChangeStatus::to(to).into(), None))
                    .await
                    .unwrap();
            }
        })
    };
    let mut seen = Vec::new();
    let mut lives = 0;
    while seen.len() < 4 {
        tokio::time::timeout(Duration::from_secs(5), subscriptions.ready())
            .await
            .expect("nothing came");
        for output in subscriptions.next().await.unwrap() {
            match output {
                Output::Event(d) => {
                    let order: serde_json::Value =
                        serde_json::from_slice(d.order.as_ref().unwrap()).unwrap();
                    assert_eq!(order["version"], d.event.envelope.version);
                    seen.push(d.event.position().0);
                }
                Output::Live { .. } => lives += 1,
                other => panic!("{other:?}"),
            }
        }
    }
    writer.await.unwrap();
    assert_eq!(seen, [1, 2, 3, 4]);
    assert_eq!(lives, 1);
}

#[tokio::test]
async fn what_comes_in_the_middle_of_a_replay_is_not_lost_when_the_replay_ends_with_a_full_page() {
    let database = TestDatabase::create().await;
    let shop = Arc::new(Shop::open(&database).await);
    let hub = Hub::start(&shop.log, tokio_util::sync::CancellationToken::new());
    // Two full pages of the replay.
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..512 {
        let shop = Arc::clone(&shop);
        writers.spawn(async move { shop.place().await });
    }
    writers.join_all().await;
    let settled = async {
        while hub.published() < Position(512) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), settled)
        .await
        .expect("all are published");
    let mut subscriptions = Subscriptions::new(shop.log.clone(), shop.orders.clone(), &hub, 10);
    let wanted = Subscription {
        id: "a".into(),
        topic: Topic::Orders,
        audience: Audience::Staff,
        types: Vec::new(),
        include_order: false,
    };
    subscriptions
        .subscribe(wanted, &Cursor::Earliest)
        .await
        .unwrap();
    let mut positions = Vec::new();
    while positions.len() < 513 {
        let ready = tokio::time::timeout(Duration::from_secs(5), subscriptions.ready()).await;
        ready.unwrap_or_else(|_| panic!("only {} came", positions.len()));
        for output in subscriptions.next().await.unwrap() {
            if let Output::Event(delivery) = output {
                positions.push(delivery.event.position().0);
            }
        }
        if positions.len() == 256 {
            shop.place().await;
            while hub.published() < Position(513) {
                tokio::task::yield_now().await;
            }
        }
    }
    assert!(positions.iter().copied().eq(1..=513));
}

#[tokio::test]
async fn the_database_refuses_every_change_of_what_was_appended() {
    let database = TestDatabase::create().await;
    let shop = Shop::open(&database).await;
    shop.place().await;
    let mut owner = database.owner().await;
    let service = database.db();
    for (sql, of_service, of_owner) in [
        ("UPDATE events SET payload = '{}'", "42501", "23001"),
        ("DELETE FROM events", "42501", "23001"),
        ("TRUNCATE events", "42501", "23001"),
        ("UPDATE commands SET version = 9", "42501", ""),
        ("DROP TABLE events", "42501", ""),
        (
            "INSERT INTO events SELECT position + 1, gen_random_uuid(), aggregate_type, aggregate_id, sequence + 1, event_type, event_version, payload, personal, metadata, customer_id, order_number, recorded_at, actor_kind, actor_id, command_id, correlation_id, causation_id FROM events",
            "42501",
            "",
        ),
    ] {
        let error = service.pool().execute(sql).await.expect_err(sql);
        assert_eq!(
            error.as_database_error().unwrap().code().unwrap(),
            of_service,
            "{sql}"
        );
        if !of_owner.is_empty() {
            let error = owner.execute(sql).await.expect_err(sql);
            assert_eq!(
                error.as_database_error().unwrap().code().unwrap(),
                of_owner,
                "{sql}"
            );
        }
    }
}

#[tokio::test]
async fn many_writers_share_commits_and_leave_no_gap() {
    let database = TestDatabase::create().await;
    let shops = [
        Arc::new(Shop::open(&database).await),
        Arc::new(Shop::open(&database).await),
    ];
    let mut writers = tokio::task::JoinSet::new();
    for nth in 0..16_usize {
        let shop = Arc::clone(&shops[nth % 2]);
        writers.spawn(async move {
            for _ in 0..10 {
                let placed = shop.place().await;
                shop.run(
                    placed.receipt.order_id,
                    ChangeStatus::to(Status::Processing).into(),
                )
                .await
                .unwrap();
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    let mut head = shops[0].log.head();
    let all = head.wait_for(|head| head.mark.position == Position(320));
    tokio::time::timeout(Duration::from_secs(5), all)
        .await
        .expect("the other node's events are here within a poll")
        .unwrap();
    let page = shops[0]
        .log
        .read(&Topic::Orders, Position(0), 1_000)
        .await
        .unwrap();
    assert_eq!(page.events.len(), 320);
    assert!(
        page.events
            .iter()
            .zip(1..)
            .all(|(event, position)| event.position() == Position(position))
    );
    assert!(
        page.events
            .is_sorted_by_key(|event| event.envelope.recorded_at)
    );
}

#[tokio::test]
async fn a_failover_that_lost_events_is_noticed_however_fast_the_log_grows_again() {
    let database = TestDatabase::create().await;
    // Only what the tail meets may tell it: no poll comes to its help.
    let options = LogOptions {
        poll: Duration::from_hours(1),
        ..LogOptions::default()
    };
    for lost_and_found in [(1, 3), (2, 1), (2, 3)] {
        let (lost, found) = lost_and_found;
        let shop = Shop::on(database.log_with(options).await);
        for _ in 0..5 {
            shop.place().await;
        }
        let epoch = shop.log.head().borrow().epoch;
        let head = shop.log.head().borrow().mark.position;
        // As if a standby that lacked the last events had been promoted.
        let mut owner = database.owner().await;
        let cut = format!(
            "ALTER TABLE events DISABLE TRIGGER USER;
             DELETE FROM order_keys WHERE order_id IN (SELECT aggregate_id FROM events WHERE position > {0});
             DELETE FROM events WHERE position > {0};
             ALTER TABLE events ENABLE TRIGGER USER",
            head.0 - lost
        );
        owner.execute(cut.as_str()).await.unwrap();
        for _ in 0..found {
            shop.place().await;
        }
        let mut watch = shop.log.head();
        let noticed = watch.wait_for(|head| head.epoch == epoch + 1);
        tokio::time::timeout(Duration::from_secs(5), noticed)
            .await
            .unwrap_or_else(|_| panic!("{lost_and_found:?}: not noticed"))
            .unwrap();
        let page = shop
            .log
            .read(&Topic::Orders, Position(0), 100)
            .await
            .unwrap();
        let shown: Vec<Uuid> = page
            .events
            .iter()
            .map(|e| e.envelope.event_id.into())
            .collect();
        let stored: Vec<Uuid> = sqlx::query_scalar("SELECT event_id FROM events ORDER BY position")
            .fetch_all(&mut owner)
            .await
            .unwrap();
        assert_eq!(shown, stored, "{lost_and_found:?}");
        shop.log.close().await;
    }
}

#[tokio::test]
async fn what_could_not_be_finished_is_handed_out_later_and_no_cursor_passes_it() {
    let database = TestDatabase::create().await;
    let writer = Shop::open(&database).await;
    let placed = writer.place().await.receipt.order_id;
    // The reader's database can be taken away.
    let reader = Shop::open(&database).await;
    let hub = Hub::start(&reader.log, tokio_util::sync::CancellationToken::new());
    let mut subscriptions = Subscriptions::new(reader.log.clone(), reader.orders.clone(), &hub, 10);
    let wanted = Subscription {
        id: "a".into(),
        topic: Topic::Order(placed),
        audience: Audience::Staff,
        types: Vec::new(),
        include_order: true,
    };
    subscriptions.subscribe(wanted, &Cursor::Now).await.unwrap();
    // Its summary has to be loaded, because the reader has not seen the order before.
    writer
        .run(placed, ChangeStatus::to(Status::Processing).into())
        .await
        .unwrap();
    writer.place().await;
    while hub.published() < Position(3) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    reader.log.db().pool().close().await;
    subscriptions
        .next()
        .await
        .expect_err("the summary cannot be loaded");
    let woken = tokio::time::timeout(Duration::from_secs(1), subscriptions.ready()).await;
    woken.expect("what is left over waits for nothing");
    assert!(
        subscriptions.cursors().await.unwrap().is_empty(),
        "a cursor passed an event"
    );
    // Nothing is piled on top meanwhile, and it is still there.
    subscriptions.next().await.expect_err("still away");
    assert!(subscriptions.unsubscribe("a"));
    let outputs = subscriptions.next().await.unwrap();
    assert!(outputs.is_empty(), "nobody wants it any more: {outputs:?}");
}

#[tokio::test]
async fn a_lookup_is_never_made_by_scanning_a_table() {
    let database = TestDatabase::create().await;
    let mut owner = database.owner().await;
    // Grown since the plans were made, and not analysed: as in the first minutes of an import.
    owner
        .execute("ALTER TABLE order_keys SET (autovacuum_enabled = off)")
        .await
        .unwrap();
    let shop = Shop::open(&database).await;
    for _ in 0..10 {
        shop.place().await;
    }
    let grow = "INSERT INTO order_keys SELECT gen_random_uuid()::text, 'GROWN-' || g, 'r' || g, 'c' FROM generate_series(1, 50000) g";
    owner.execute(grow).await.unwrap();
    let shop = Arc::new(shop);
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let shop = Arc::clone(&shop);
        writers.spawn(async move { shop.place().await });
    }
    writers.join_all().await;
    tokio::time::sleep(Duration::from_millis(1_500)).await; // until the statistics are sent
    let read: i64 = sqlx::query_scalar(
        "SELECT sum(seq_tup_read + idx_tup_fetch)::bigint FROM pg_stat_user_tables WHERE relname = 'order_keys'",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    let index: i64 = sqlx::query_scalar(
        "SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE relname = 'order_keys'",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert!(
        read + index < 10_000,
        "{read} rows and {index} index entries were read for 210 orders"
    );
}
