//! Many who go on from places of their own at once: each page of the log is read for all of them.

use std::collections::HashSet;
use std::sync::Arc;

use futures::future::join_all;
use sqlx::Executor;
use tokio::task::JoinSet;
use waybill_domain::{CustomerId, Position};
use waybill_infra::log::{Cursor, EventLog, LogEvent, LogOptions, PagesRead, Topic};
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::orders;

/// Events of a block, as the log reads them.
const BLOCK: u64 = 512;
/// Events that a node has in memory just after its start, in these tests: a little more than a block.
const FEW: usize = 600;

/// A log of `events` events, in turn those of ten customers.
async fn filled(database: &TestDatabase, events: u64) {
    let app = TestApp::start(database).await;
    let mut placed = 0;
    while placed < events {
        let batch = 128.min(events - placed);
        let place = |nth: u64| orders::place(app.app(), CUSTOMERS[(nth % 10) as usize]);
        join_all((placed..placed + batch).map(place)).await;
        placed += batch;
    }
    app.stop().await;
}

const CUSTOMERS: [&str; 10] = ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"];

/// A node that has just been started.
async fn restarted(database: &TestDatabase) -> EventLog {
    let options = LogOptions {
        ring_events: FEW,
        ring_preload: FEW,
        ..LogOptions::default()
    };
    database.log_with(options).await
}

async fn replay(log: &EventLog, topic: &Topic, after: Position) -> Vec<Arc<LogEvent>> {
    let (mut events, mut after) = (Vec::new(), after);
    loop {
        let page = log.read(topic, after, 256).await.expect("a page");
        events.extend(page.events);
        after = page.through;
        if !page.more {
            return events;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replays_from_many_places_read_each_block_of_the_log_once() {
    let database = TestDatabase::create().await;
    let all = 4 * BLOCK + 100;
    filled(&database, all).await;
    let log = restarted(&database).await;
    let truth = log.walk(&Topic::Orders, Position(0), 10_000).await.unwrap();
    assert_eq!(truth.events.len() as u64, all);
    let truth = Arc::new(truth.events);
    let before = log.pages_read();

    // A third follows all orders, the others a customer each; everyone resumes by a cursor of his own.
    let mut replays = JoinSet::new();
    for nth in 0..300_usize {
        let (log, truth) = (log.clone(), Arc::clone(&truth));
        replays.spawn(async move {
            let held = &truth[nth * 6];
            let topic = match nth % 3 {
                0 => Topic::Orders,
                _ => Topic::Customer(CUSTOMERS[nth % 10].parse::<CustomerId>().unwrap()),
            };
            let cursor = Cursor::Opaque(held.cursor.clone());
            let after = log.resolve(&cursor).await.unwrap();
            assert_eq!(after, held.position());
            assert_eq!(log.cursor_at(after).await.unwrap(), held.cursor);
            let got = replay(&log, &topic, after).await;
            let rest = truth[nth * 6 + 1..].iter();
            let wanted = rest.filter(|e| topic.covers(e)).map(|e| e.position());
            assert!(got.iter().map(|e| e.position()).eq(wanted), "{topic:?}");
        });
    }
    while let Some(done) = replays.join_next().await {
        done.unwrap();
    }
    let pages = log.pages_read();
    let expected = PagesRead {
        shared: 4,
        ..before
    };
    assert_eq!(pages, expected, "each block once, and nobody alone");
    log.close().await;
}

#[tokio::test]
async fn two_blocks_are_read_ahead_of_who_takes_all_orders_and_no_more() {
    let database = TestDatabase::create().await;
    filled(&database, 5 * BLOCK + 100).await;
    let log = restarted(&database).await;
    let read = async |blocks: u64| {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while log.pages_read().shared < blocks && std::time::Instant::now() < until {
            tokio::task::yield_now().await;
        }
        // What else was asked for would be counted before this is answered.
        log.walk(&Topic::Orders, Position(0), 1).await.unwrap();
        assert_eq!(log.pages_read().shared, blocks);
    };
    let page = log.read(&Topic::Orders, Position(0), 256).await.unwrap();
    read(3).await;
    let page = log.read(&Topic::Orders, page.through, 256).await.unwrap();
    read(3).await;
    log.read(&Topic::Orders, page.through, 256).await.unwrap();
    read(4).await;
    log.close().await;
}

#[tokio::test]
async fn a_customer_far_back_is_asked_for_by_himself_and_walkers_share_nothing() {
    let database = TestDatabase::create().await;
    filled(&database, BLOCK + 200).await;
    // Places far back, without filling a log for it: what is there is repeated behind it.
    let mut owner = database.owner().await;
    let grow = "INSERT INTO events SELECT e.position + g * 712, gen_random_uuid(), aggregate_type,
            aggregate_id, sequence + g, event_type, event_version, payload, personal, metadata,
            customer_id, order_number, recorded_at, actor_kind, actor_id, command_id,
            correlation_id, causation_id
        FROM events e, generate_series(1, 14) g";
    owner.execute(grow).await.unwrap();
    let log = restarted(&database).await;
    let all = 15 * 712;

    let customer = Topic::Customer("c3".parse().unwrap());
    let read = log.read(&customer, Position(0), 256).await.unwrap();
    let walked = log.walk(&customer, Position(0), 256).await.unwrap();
    let positions = |events: &[Arc<LogEvent>]| -> Vec<_> {
        events.iter().map(|event| event.position()).collect()
    };
    assert_eq!(positions(&read.events), positions(&walked.events));
    let expected = PagesRead {
        shared: 0,
        alone: 1,
        walked: 1,
    };
    assert_eq!(log.pages_read(), expected);

    // Nearer, it is looked for in the blocks, and found in all of them.
    let near = Position(all - 8_000);
    let found = replay(&log, &customer, near).await;
    assert!(found.iter().all(|event| customer.covers(event)));
    let numbers: Vec<i64> = sqlx::query_scalar(
        "SELECT position FROM events WHERE customer_id = 'c3' AND position > $1 ORDER BY position",
    )
    .bind(near.0.cast_signed())
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert!(
        positions(&found)
            .iter()
            .map(|p| p.0.cast_signed())
            .eq(numbers)
    );
    let pages = log.pages_read();
    assert!((15..=17).contains(&pages.shared), "{pages:?}");
    log.close().await;
}

#[tokio::test]
async fn nothing_of_a_life_of_the_log_is_shown_in_the_next_one() {
    let database = TestDatabase::create().await;
    filled(&database, 3 * BLOCK).await;
    let log = restarted(&database).await;
    let old = replay(&log, &Topic::Orders, Position(0)).await;
    let ids = |events: &[Arc<LogEvent>]| -> HashSet<_> {
        events.iter().map(|e| e.envelope.event_id).collect()
    };
    let (epoch, held) = (log.head().borrow().epoch, old[40].cursor.clone());

    // As after a restore from a backup: at the same places there are other events.
    let mut owner = database.owner().await;
    owner
        .execute(
            "ALTER TABLE events DISABLE TRIGGER USER;
             UPDATE events SET event_id = gen_random_uuid();
             ALTER TABLE events ENABLE TRIGGER USER",
        )
        .await
        .unwrap();
    log.new_epoch("a test").await.unwrap();
    assert_eq!(log.head().borrow().epoch, epoch + 1);

    let new = replay(&log, &Topic::Orders, Position(0)).await;
    assert_eq!(new.len(), old.len());
    assert!(ids(&new).is_disjoint(&ids(&old)), "an old page was served");
    log.resolve(&Cursor::Opaque(held)).await.unwrap_err();
    for event in [&new[0], &new[700], &new[1_000]] {
        let cursor = Cursor::Opaque(event.cursor.clone());
        assert_eq!(log.resolve(&cursor).await.unwrap(), event.position());
    }
    log.close().await;
}
