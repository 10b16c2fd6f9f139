//! Everything works with a transaction pooler between the service and Postgres.

use std::sync::Arc;

use serde_json::json;
use waybill_api::auth::Role;
use waybill_domain::{ChangeStatus, Position, Status};
use waybill_infra::log::Topic;
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::orders;
use waybill_tests::pooler::Pooler;
use waybill_tests::socket::Socket;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_behind_a_transaction_pooler_append_project_and_push() {
    let Some(pooler) = Pooler::start() else {
        eprintln!("SKIPPED: this machine has no pgbouncer (apt-get install pgbouncer)");
        return;
    };
    let database = TestDatabase::create().await;
    let (through, direct) = (pooler.url(&database), database.url());
    let variables = [
        ("DATABASE_URL", through.as_str()),
        ("DATABASE_URL_DIRECT", direct.as_str()),
        ("WAYBILL_PUSH_RING_EVENTS", "64"),
    ];
    let (here, there) = (
        Arc::new(TestApp::start_with(&database, &variables).await),
        TestApp::start_with(&database, &variables).await,
    );
    let mut socket = Socket::hello(there.address, &there.token("ann", &[Role::Staff])).await;
    socket.subscribe("a", "orders", "earliest").await;
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let here = Arc::clone(&here);
        writers.spawn(async move {
            for _ in 0..5 {
                let order = orders::place(here.app(), "c1").await.receipt.order_id;
                orders::run(here.app(), order, ChangeStatus::to(Status::Shipped))
                    .await
                    .unwrap();
                // Loads, looks up and folds, all through the pooler.
                assert_eq!(
                    here.app()
                        .orders
                        .load(order)
                        .await
                        .unwrap()
                        .unwrap()
                        .version,
                    2
                );
            }
        });
    }
    writers.join_all().await;
    for position in 1..=200 {
        assert_eq!(
            socket.frame_of("event").await["event"]["position"],
            position
        );
    }
    // The ring is too small for this: the log is read, through the pooler.
    assert_eq!(
        here.app()
            .log
            .read(&Topic::Orders, Position(0), 1_000)
            .await
            .unwrap()
            .events
            .len(),
        200
    );
    let list = there.app().read_models.order_list();
    list.wait_for(Position(200), std::time::Duration::from_secs(5))
        .await
        .unwrap();
    socket
        .send(&json!({"type": "subscribe", "id": "list", "topic": "orders", "snapshot": true}))
        .await;
    assert_eq!(
        socket.frame_of("snapshot").await["orders"]
            .as_array()
            .unwrap()
            .len(),
        100
    );
}
