//! Which of the shop's own ids are orders already. Never behind the log.

use std::collections::HashMap;

use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgRow;
use waybill_domain::stored;
use waybill_domain::{CustomerId, OrderEvent, OrderId, Reference, Timestamp};

use crate::db::Db;

/// What can never change of the order that has a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The order.
    pub order_id: OrderId,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// When it was placed, by the shop's word; not known if this build cannot read its first event.
    pub placed_at: Option<Timestamp>,
    /// Leads to the request that placed it.
    pub correlation_id: String,
}

/// The orders that have one of `references`; what is not in the answer is no order's reference.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<'a>(
    db: &Db,
    references: impl IntoIterator<Item = &'a Reference>,
) -> Result<HashMap<Reference, Known>, sqlx::Error> {
    let references: Vec<&str> = references.into_iter().map(Reference::as_str).collect();
    if references.is_empty() {
        return Ok(HashMap::new());
    }
    let mut session = db.session().await?;
    let rows = sqlx::query(include_str!("sql/find_by_references.sql"))
        // Planned each time: the first plan would be one for the empty table that an import begins with.
        .persistent(false)
        .bind(references)
        .fetch_all(session.conn())
        .await?;
    rows.iter().map(known).collect()
}

fn known(row: &PgRow) -> Result<(Reference, Known), sqlx::Error> {
    let bad = |e: &dyn std::fmt::Display| sqlx::Error::Decode(e.to_string().into());
    let text = |column: &str| row.try_get::<&str, _>(column);
    let created = stored::load(
        text("event_type")?,
        text("event_version")?,
        row.try_get::<Value, _>("payload")?,
        None,
    );
    let known = Known {
        order_id: text("order_id")?.parse().map_err(|e| bad(&e))?,
        customer_id: text("customer_id")?.parse().map_err(|e| bad(&e))?,
        placed_at: match created {
            Ok(OrderEvent::Created(created)) => Some(created.placed_at),
            _ => None,
        },
        correlation_id: text("correlation_id")?.to_owned(),
    };
    Ok((text("reference")?.parse().map_err(|e| bad(&e))?, known))
}
