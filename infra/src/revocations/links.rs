//! Tracking links: the times of those that are issued, and taking back all of an order's.
//!
//! Beside the other revocations and by the same means: recorded in Postgres, in memory of every node, told by the
//! same notification. The table knows until when an order's last link lives, so none outlives its revocation.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::Row;
use uuid::Uuid;
use waybill_domain::OrderId;

use super::{PAGE, Revocations, RevokeError, VALUE_BYTES_MAX, bound};

/// When a link was issued and when it ends, by the database's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkTimes {
    /// To the microsecond, later than every revocation of the order's links so far.
    pub issued_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl Revocations {
    /// The times of a new link of an order, for as long as `lifetime`; recorded, so that a revocation is
    /// remembered for as long.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn issue_link(
        &self,
        order_id: OrderId,
        lifetime: Duration,
    ) -> Result<LinkTimes, sqlx::Error> {
        let mut session = self.0.db.session().await?;
        let row = sqlx::query(include_str!("sql/issue_link.sql"))
            .persistent(self.0.db.persistent())
            .bind(Uuid::from(order_id))
            .bind(lifetime.as_secs_f64())
            .fetch_one(session.conn())
            .await?;
        session.finish().await?;
        Ok(LinkTimes {
            issued_at: row.try_get("link_issued_at")?,
            expires_at: row.try_get("link_expires_at")?,
        })
    }

    /// Takes back every link of an order that was issued up to now. This node knows it when the call returns,
    /// every other within a second. `longest` is for how long a link can live; `by` is the subject of whoever
    /// takes them back.
    ///
    /// # Errors
    /// See [`RevokeError`].
    pub async fn revoke_links(
        &self,
        order_id: OrderId,
        longest: Duration,
        by: &str,
    ) -> Result<(), RevokeError> {
        bound("by", by, VALUE_BYTES_MAX)?;
        if self.0.current.borrow().links() >= self.0.max {
            return Err(RevokeError::Full { max: self.0.max });
        }
        let mut session = self.0.db.session().await?;
        let row = sqlx::query(include_str!("sql/revoke_links.sql"))
            .persistent(self.0.db.persistent())
            .bind(Uuid::from(order_id))
            .bind(longest.as_secs_f64())
            .bind(by)
            .fetch_one(session.conn())
            .await?;
        session.finish().await?;
        let (revoked_at, expires_at) = (
            row.try_get("links_revoked_at")?,
            row.try_get("links_expire_at")?,
        );
        self.0.current.send_if_modified(|set| {
            std::sync::Arc::make_mut(set).revoke_links(order_id, revoked_at, expires_at)
        });
        Ok(())
    }

    /// Takes in what is new after `seen`, and returns the newest number that there is.
    pub(super) async fn read_links_on(&self, mut seen: i64) -> Result<i64, sqlx::Error> {
        loop {
            let mut session = self.0.db.session().await?;
            let rows = sqlx::query(include_str!("sql/links_after.sql"))
                .persistent(self.0.db.persistent())
                .bind(seen)
                .bind(PAGE)
                .fetch_all(session.conn())
                .await?;
            drop(session);
            let Some(last) = rows.last() else {
                return Ok(seen);
            };
            seen = last.try_get("change")?;
            let mut made = Vec::new();
            for row in &rows {
                let order_id: Uuid = row.try_get("order_id")?;
                let times = (row.try_get("revoked_at")?, row.try_get("expires_at")?);
                made.push((OrderId::from(order_id), times));
            }
            self.0.current.send_if_modified(|set| {
                let set = std::sync::Arc::make_mut(set);
                let mut changed = false;
                for (order_id, (revoked_at, expires_at)) in made {
                    changed |= set.revoke_links(order_id, revoked_at, expires_at);
                }
                changed
            });
        }
    }
}
