//! Pages of a topic's events from Postgres.

use std::sync::Arc;

use sqlx::postgres::PgRow;
use sqlx::{Row, query};
use uuid::Uuid;
use waybill_domain::{CustomerId, OrderId, Position};

use super::event::{self, LogEvent};
use super::tail::Tail;
use crate::db::Db;

/// Which events a reader wants. Decided by the log's own columns, so it is never behind the log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Every order.
    Orders,
    /// The orders of one customer.
    Customer(CustomerId),
    /// One order.
    Order(OrderId),
}

impl Topic {
    /// Whether `event` belongs to this topic.
    #[must_use]
    pub fn covers(&self, event: &LogEvent) -> bool {
        match self {
            Self::Orders => true,
            Self::Customer(id) => event.envelope.customer_id == *id,
            Self::Order(id) => event.envelope.order_id == *id,
        }
    }
}

/// A stretch of a topic.
#[derive(Clone, Debug)]
pub struct Page {
    /// In log order.
    pub events: Vec<Arc<LogEvent>>,
    /// Every event of the topic up to this position is in this page or in an earlier one.
    pub through: Position,
    /// Whether the page was cut at its limit, so that the next one will not be empty.
    pub more: bool,
}

const BY_POSITION: &str = include_str!("sql/read_all.sql");
const BY_CUSTOMER: &str = include_str!("sql/read_customer.sql");
const BY_ORDER: &str = include_str!("sql/read_order.sql");
const STREAM: &str = include_str!("sql/read_stream.sql");

/// A range scan of the index that serves a topic.
pub(super) struct Query {
    sql: &'static str,
    after: Position,
    limit: usize,
    key: Option<String>,
}

impl Query {
    /// The first `limit` events of `topic` after `after`.
    pub(super) fn of(topic: &Topic, after: Position, limit: usize) -> Self {
        let (sql, key) = match topic {
            Topic::Orders => (BY_POSITION, None),
            Topic::Customer(id) => (BY_CUSTOMER, Some(id.to_string())),
            Topic::Order(id) => (BY_ORDER, Some(id.to_string())),
        };
        Self {
            sql,
            after,
            limit,
            key,
        }
    }

    pub(super) async fn rows(self, db: &Db) -> Result<Vec<PgRow>, sqlx::Error> {
        let mut session = db.session().await?;
        let mut query = query(self.sql)
            .persistent(db.persistent())
            .bind(self.after.0.cast_signed())
            .bind(i64::try_from(self.limit).unwrap_or(i64::MAX));
        if let Some(key) = self.key {
            query = query.bind(key);
        }
        query.fetch_all(session.conn()).await
    }
}

/// Events from their rows, with the cursors that `seal` makes.
pub(super) fn load(
    rows: &[PgRow],
    seal: impl Fn(Position, Uuid) -> String,
) -> Result<Vec<Arc<LogEvent>>, sqlx::Error> {
    rows.iter()
        .map(|row| event::from_row(row, &seal).map(Arc::new))
        .collect()
}

pub(super) async fn stream(
    db: &Db,
    tail: &Tail,
    order: OrderId,
    after: u64,
    upto: Option<u64>,
    limit: usize,
) -> Result<Vec<Arc<LogEvent>>, sqlx::Error> {
    let mut session = db.session().await?;
    let query = query(STREAM)
        .persistent(db.persistent())
        .bind(order.to_string())
        .bind(after.cast_signed())
        .bind(upto.map_or(i64::MAX, u64::cast_signed))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = query.fetch_all(session.conn()).await?;
    load(&rows, |p, id| tail.seal(p, id))
}

/// The id of the event at `position`, to tell whether it is still the one that a cursor was made for.
pub(super) async fn event_id(db: &Db, position: Position) -> Result<Option<Uuid>, sqlx::Error> {
    let mut session = db.session().await?;
    let row = query(include_str!("sql/event_id.sql"))
        .persistent(db.persistent())
        .bind(position.0.cast_signed())
        .fetch_optional(session.conn())
        .await?;
    row.map(|row| row.try_get("event_id")).transpose()
}
