//! Replay: pages of a topic's events, from the ring where it reaches back far enough, else from Postgres.

use std::sync::Arc;

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{Postgres, Row};
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

pub(super) const BY_POSITION: &str = include_str!("sql/read_all.sql");
const BY_CUSTOMER: &str = include_str!("sql/read_customer.sql");
const BY_ORDER: &str = include_str!("sql/read_order.sql");
const STREAM: &str = include_str!("sql/read_stream.sql");

pub(super) async fn read(
    db: &Db,
    tail: &Tail,
    topic: &Topic,
    after: Position,
    limit: usize,
) -> Result<Page, sqlx::Error> {
    if let Some(page) = tail.read(topic, after, limit) {
        return Ok(page);
    }
    // Taken before the query: what the query then sees reaches at least this far.
    let head = tail.position();
    let events = match topic {
        Topic::Orders => rows(db, tail, |q| q, BY_POSITION, after, limit).await?,
        Topic::Customer(id) => {
            rows(
                db,
                tail,
                |q| q.bind(id.to_string()),
                BY_CUSTOMER,
                after,
                limit,
            )
            .await?
        }
        Topic::Order(id) => {
            rows(db, tail, |q| q.bind(id.to_string()), BY_ORDER, after, limit).await?
        }
    };
    let more = events.len() == limit;
    let last = events.last().map_or(after, |e| e.position());
    Ok(Page {
        events,
        more,
        through: if more { last } else { last.max(head) },
    })
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
    let query = sqlx::query(STREAM)
        .persistent(db.persistent())
        .bind(order.to_string())
        .bind(after.cast_signed())
        .bind(upto.map_or(i64::MAX, u64::cast_signed))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = query.fetch_all(session.conn()).await?;
    rows.iter()
        .map(|row| event::from_row(row, |p, id| tail.seal(p, id)).map(Arc::new))
        .collect()
}

async fn rows<'q>(
    db: &Db,
    tail: &Tail,
    bind_key: impl FnOnce(Query<'q, Postgres, PgArguments>) -> Query<'q, Postgres, PgArguments>,
    sql: &'q str,
    after: Position,
    limit: usize,
) -> Result<Vec<Arc<LogEvent>>, sqlx::Error> {
    let mut session = db.session().await?;
    let query = sqlx::query(sql)
        .persistent(db.persistent())
        .bind(after.0.cast_signed())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = bind_key(query).fetch_all(session.conn()).await?;
    rows.iter()
        .map(|row| event::from_row(row, |p, id| tail.seal(p, id)).map(Arc::new))
        .collect()
}

/// The id of the event at `position`, to tell whether it is still the one that a cursor was made for.
pub(super) async fn event_id(
    db: &Db,
    position: Position,
) -> Result<Option<uuid::Uuid>, sqlx::Error> {
    let mut session = db.session().await?;
    let row = sqlx::query(include_str!("sql/event_id.sql"))
        .persistent(db.persistent())
        .bind(position.0.cast_signed())
        .fetch_optional(session.conn())
        .await?;
    row.map(|row| row.try_get("event_id")).transpose()
}
