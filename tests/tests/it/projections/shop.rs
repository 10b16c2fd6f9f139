//! A shop whose orders the tests of the read models are about.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;
use waybill_domain::fixtures;
use waybill_domain::{Actor, ActorKind, NewOrder, OrderCommand, OrderId, Policy, Position, Status};
use waybill_infra::commands::{CommandError, CommandHandler, Executed, Request};
use waybill_infra::log::{EventLog, LogOptions};
use waybill_infra::orders::Orders;
use waybill_projections::ReadModels;
use waybill_tests::database::TestDatabase;

pub struct Shop {
    pub database: TestDatabase,
    pub log: EventLog,
    pub orders: Orders,
    pub handler: CommandHandler,
    next_number: AtomicU64,
}

impl Shop {
    pub async fn open() -> Self {
        Self::open_with(LogOptions::default()).await
    }

    pub async fn open_with(options: LogOptions) -> Self {
        let database = TestDatabase::create().await;
        let log = database.log_with(options).await;
        let orders = Orders::new(log.clone(), NonZeroUsize::new(1_000).unwrap());
        let handler = CommandHandler::new(log.clone(), orders.clone(), Policy::default());
        Self {
            database,
            log,
            orders,
            handler,
            next_number: AtomicU64::new(1),
        }
    }

    /// Places the fixtures' order with these fields in place of its own.
    pub async fn place(&self, with: Value) -> OrderId {
        let mut body = fixtures::new_order_json();
        let fields = body.as_object_mut().unwrap();
        fields.remove("reference");
        fields.extend(with.as_object().unwrap().clone());
        let number = fixtures::order_number(self.next_number.fetch_add(1, Ordering::Relaxed));
        let order = NewOrder::parse(body).unwrap().numbered(number);
        let order_id = OrderId::from(Uuid::now_v7());
        self.run(order_id, OrderCommand::from(order)).await;
        order_id
    }

    pub async fn run(&self, order_id: OrderId, command: impl Into<OrderCommand>) -> Executed {
        self.try_run(order_id, command).await.unwrap()
    }

    pub async fn try_run(
        &self,
        order_id: OrderId,
        command: impl Into<OrderCommand>,
    ) -> Result<Executed, CommandError> {
        let request = Request {
            order_id,
            command: command.into(),
            actor: Actor::new(ActorKind::Staff, "ann"),
            expected_version: None,
            key: None,
            correlation_id: "test".into(),
            causation_id: None,
        };
        self.handler.execute(request).await
    }

    pub async fn move_to(&self, order_id: OrderId, to: Status) -> Executed {
        self.run(order_id, waybill_domain::ChangeStatus::to(to))
            .await
    }

    pub fn head(&self) -> Position {
        self.log.head().borrow().mark.position
    }

    /// Waits until every read model reflects everything in the log.
    pub async fn settled(&self, models: &ReadModels) {
        models
            .order_list()
            .wait_for(self.head(), Duration::from_secs(10))
            .await
            .unwrap();
        models
            .timeline()
            .wait_for(self.head(), Duration::from_secs(10))
            .await
            .unwrap();
        models
            .analytics()
            .wait_for(self.head(), Duration::from_secs(10))
            .await
            .unwrap();
    }

    /// Writes an event that no build would write, as the next one of the log.
    pub async fn append_raw(
        &self,
        order_id: OrderId,
        event_type: &str,
        version: &str,
        payload: &str,
    ) {
        let mut owner: PgConnection = self.database.owner().await;
        let position: i64 = sqlx::query_scalar(
            "INSERT INTO events SELECT (SELECT max(position) + 1 FROM events), $2, aggregate_type, aggregate_id,
                 sequence + 1, $3, $4, $5::json, NULL, metadata, customer_id, order_number, recorded_at,
                 actor_kind, actor_id, command_id, correlation_id, causation_id
             FROM events WHERE aggregate_id = $1 ORDER BY sequence DESC LIMIT 1 RETURNING position",
        )
        .bind(order_id.to_string())
        .bind(Uuid::now_v7())
        .bind(event_type)
        .bind(version)
        .bind(payload)
        .fetch_one(&mut owner)
        .await
        .unwrap();
        // No notification: the tail finds it by its poll.
        let mut head = self.log.head();
        let seen = head.wait_for(|head| head.mark.position.0.cast_signed() >= position);
        tokio::time::timeout(Duration::from_secs(5), seen)
            .await
            .expect("the tail reads it")
            .unwrap();
    }
}

/// Pricing of one line at this price.
pub fn priced(title: &str, cents: u64) -> Value {
    json!({
        "currency": "EUR",
        "items": [{ "line_id": "1", "sku": "ART-9", "title": title, "quantity": 1, "unit_price": cents }],
        "total": cents,
    })
}
