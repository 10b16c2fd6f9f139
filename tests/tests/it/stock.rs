//! The stock `postgres-es` repository reads the log's events as they are.

use cqrs_es::EventStore;
use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore};
use postgres_es::PostgresEventRepository;
use waybill_domain::{Cancel, CancelReason, ChangeStatus, Order, Status, UpdateDetails, cqrs};
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::orders;

#[tokio::test]
async fn the_stock_repository_loads_the_same_order_from_the_same_rows() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    let order = orders::place(app.app(), "c1").await.receipt.order_id;
    let mut ship = ChangeStatus::to(Status::Processing);
    ship.internal_note = Some("kept apart".parse().unwrap());
    orders::run(app.app(), order, ship).await.unwrap();
    let notes = UpdateDetails::parse(serde_json::json!({"notes": "kept apart too"})).unwrap();
    orders::run(app.app(), order, notes).await.unwrap();
    let ours = orders::run(app.app(), order, Cancel::because(CancelReason::Inventory))
        .await
        .unwrap();

    // With no more rights than the service has.
    let pool = sqlx::PgPool::connect(&database.url()).await.unwrap();
    let events = PostgresEventRepository::new(pool.clone())
        .get_events::<Order>(&order.to_string())
        .await
        .unwrap();
    assert_eq!(
        events.iter().map(|e| e.sequence).collect::<Vec<_>>(),
        [1, 2, 3, 4]
    );
    assert!(
        events
            .iter()
            .all(|e| !e.payload.to_string().contains("kept apart")),
        "personal data is a column apart"
    );
    assert!(events.iter().all(|e| {
        e.metadata
            .as_object()
            .unwrap()
            .values()
            .all(serde_json::Value::is_string)
    }));

    let store = PersistedEventStore::<PostgresEventRepository, Order>::new_event_store(
        PostgresEventRepository::new(pool),
    )
    .with_upcasters(cqrs::upcasters());
    let stock = store.load_aggregate(&order.to_string()).await.unwrap();
    let (stock, ours) = (
        stock.aggregate.state().unwrap(),
        ours.order.order.state().unwrap(),
    );
    assert_eq!(
        (stock.status, &stock.pricing, &stock.order_number),
        (ours.status, &ours.pricing, &ours.order_number)
    );
    assert_eq!(stock.cancel_reason, Some(CancelReason::Inventory));
    assert_eq!(
        (stock.notes.as_ref(), stock.shipping_address.as_ref()),
        (None, None),
        "it reads no personal data"
    );
}
