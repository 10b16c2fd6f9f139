//! Comparing the new copy with the live one.

use sqlx::Row;
use uuid::Uuid;
use waybill_domain::OrderId;

use super::{Compared, Phase, Rebuild, RebuildError};
use crate::slot::Slot;

/// Rows that are compared at once.
const PAGE: i64 = 5_000;
/// Orders that are named.
const EXAMPLES: usize = 20;

impl Rebuild<'_> {
    /// Compares all rows page by page, each page in a snapshot of its own: rows that an event after
    /// the lesser of both positions has touched are left out. `None` if the live copy was made from
    /// another log, because then there is nothing to be learned from it.
    pub(super) async fn compare(&self) -> Result<Option<Compared>, RebuildError> {
        let mut compared = Compared::default();
        let mut meter = self.meter(Phase::Comparing, 0);
        let (mut order, mut version, mut looked_at) = (Uuid::nil(), 0_i64, 0);
        let db = self.lease.db();
        loop {
            let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
            let mut transaction = db.begin_with(begin).await?;
            let positions = self.lease.positions(&mut transaction).await?;
            if !positions.matches {
                return Ok(None);
            }
            let both = positions.live.min(positions.rebuilt);
            let mut slot = Slot::new(&mut transaction, db);
            let row = slot
                .query(self.projection.compare_statement())
                .bind(order)
                .bind(version)
                .bind(PAGE)
                .bind(both.0.cast_signed())
                .fetch_one(slot.conn())
                .await?;
            drop(transaction);
            let rows: i64 = row.try_get("rows")?;
            looked_at += rows.cast_unsigned();
            compared.rows += row.try_get::<i64, _>("compared")?.cast_unsigned();
            compared.differing += row.try_get::<i64, _>("differing")?.cast_unsigned();
            for id in row.try_get::<Vec<Uuid>, _>("examples")? {
                let id = OrderId::from(id);
                if compared.examples.len() < EXAMPLES && !compared.examples.contains(&id) {
                    compared.examples.push(id);
                }
            }
            meter.show(looked_at).await?;
            if rows < PAGE {
                return Ok(Some(compared));
            }
            (order, version) = (row.try_get("last_order")?, row.try_get("last_version")?);
        }
    }
}
