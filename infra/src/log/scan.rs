//! Every order's stream, one order after the other: for what is made anew from the whole log.

use sqlx::Row;
use sqlx::postgres::PgRow;
use waybill_domain::{OrderId, Position, Version};

use super::event::{self, LogEvent};
use crate::db::Db;

/// A stored event, fetched and not yet read. Reading costs more than fetching, and can be done by
/// another thread.
pub struct RawEvent(PgRow);

impl RawEvent {
    /// The order that it happened to.
    ///
    /// # Errors
    /// When the column does not hold an order's id.
    pub fn order_id(&self) -> Result<OrderId, sqlx::Error> {
        let id: &str = self.0.try_get("aggregate_id")?;
        id.parse()
            .map_err(|e: waybill_domain::BoundError| sqlx::Error::Decode(e.to_string().into()))
    }

    /// The order's version after it.
    ///
    /// # Errors
    /// When the column cannot be read.
    pub fn version(&self) -> Result<Version, sqlx::Error> {
        Ok(self.0.try_get::<i64, _>("sequence")?.cast_unsigned())
    }

    /// The event. Its `cursor` is empty: nobody resumes from the middle of a scan.
    ///
    /// # Errors
    /// When its envelope cannot be read.
    pub fn load(&self) -> Result<LogEvent, sqlx::Error> {
        event::from_row(&self.0, |_, _| String::new())
    }
}

pub(super) async fn scan(
    db: &Db,
    after: Option<(OrderId, Version)>,
    upto: Position,
    limit: usize,
) -> Result<Vec<RawEvent>, sqlx::Error> {
    let (order, version) = after.map_or_else(
        || (String::new(), 0),
        |(order, version)| (order.to_string(), version.cast_signed()),
    );
    let mut session = db.session().await?;
    let rows = sqlx::query(include_str!("sql/scan.sql"))
        .persistent(db.persistent())
        .bind(order)
        .bind(version)
        .bind(upto.0.cast_signed())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(session.conn())
        .await?;
    Ok(rows.into_iter().map(RawEvent).collect())
}
