//! Tokens, sessions and subjects whose access was taken back, and the tracking links of orders.
//!
//! Recorded in Postgres, held in memory by every node ([`RevocationSet`]), and brought there by a
//! notification, or by a poll once a second if that is lost. A node that can't reach the database goes
//! on with what it knows; a revocation can't be made then either.

mod links;
mod set;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::{Row, postgres::PgRow};
use tokio::sync::{Mutex, Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::db::{Db, guarded};
use crate::listening::{Listening, SILENCE};

pub use links::LinkTimes;
pub use set::{AccountCredential, Credential, Revocation, RevocationKind, RevocationSet};

/// The channel on which the database tells of new ones.
const CHANNEL: &str = "waybill_revocations";
/// A lost notification costs no more than this.
const POLL: Duration = Duration::from_secs(1);
/// How long one look may take.
const LOOK: Duration = Duration::from_secs(15);
/// How often expired rows are deleted.
const FORGET: Duration = Duration::from_hours(1);
/// How often everything in force is read anew. Reading on by number misses what was recorded after the
/// database was restored from a backup, because numbers then begin again lower.
const ANEW: Duration = Duration::from_mins(1);
/// Rows read at once.
const PAGE: i64 = 1_000;
/// Longest token or session id, or subject, in bytes.
pub const VALUE_BYTES_MAX: usize = 256;
/// Longest reason in bytes.
pub const REASON_BYTES_MAX: usize = 500;

/// A revocation to be made.
#[derive(Debug, Clone)]
pub struct NewRevocation {
    /// What it is about.
    pub kind: RevocationKind,
    /// The token's id, the session's id, or the subject: 1 to [`VALUE_BYTES_MAX`] bytes.
    pub value: String,
    /// When the last token that it can concern has expired.
    pub expires_at: DateTime<Utc>,
    /// Why, for people: at most [`REASON_BYTES_MAX`] bytes.
    pub reason: Option<String>,
    /// The subject of whoever makes it.
    pub by: String,
}

/// Why a revocation was not made.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// As many are in force as may be.
    #[error("{max} revocations are in force, which is as many as may be")]
    Full {
        /// The bound.
        max: usize,
    },
    /// A text is empty, too long, or holds a zero byte.
    #[error("{field} must be 1 to {max_bytes} bytes without U+0000")]
    Bound {
        /// Which.
        field: &'static str,
        /// Its bound.
        max_bytes: usize,
    },
    /// Nothing that it concerns could still live.
    #[error("it would have expired already")]
    Expired,
    /// The database failed; it may or may not have been recorded. Making it again does no harm.
    #[error("recording the revocation: {0}")]
    Database(#[from] sqlx::Error),
}

/// The revocations of this database. Cheap to clone.
#[derive(Clone)]
pub struct Revocations(Arc<Shared>);

struct Shared {
    db: Db,
    max: usize,
    current: watch::Sender<Arc<RevocationSet>>,
    /// What is in memory; locked while reading on, so that there is one reader.
    seen: Mutex<Seen>,
    look: Notify,
}

/// The newest numbers that are in memory.
#[derive(Default)]
struct Seen {
    revocation: i64,
    links: i64,
}

impl Revocations {
    /// Reads what is in force. A node must not serve before that. `max` bounds how many may be in force, and
    /// apart from those of how many orders the links may be taken back.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn open(db: Db, max: usize) -> Result<Self, sqlx::Error> {
        let (current, _) = watch::channel(Arc::default());
        let shared = Shared {
            db,
            max,
            current,
            seen: Mutex::default(),
            look: Notify::new(),
        };
        let revocations = Self(Arc::new(shared));
        revocations.read_on().await?;
        Ok(revocations)
    }

    /// Always the newest set; tells of every change.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Arc<RevocationSet>> {
        self.0.current.subscribe()
    }

    /// Records one. This node knows it when the call returns, every other within a second.
    ///
    /// # Errors
    /// See [`RevokeError`].
    pub async fn revoke(&self, new: &NewRevocation) -> Result<Revocation, RevokeError> {
        bound("value", &new.value, VALUE_BYTES_MAX)?;
        bound("by", &new.by, VALUE_BYTES_MAX)?;
        if let Some(reason) = &new.reason {
            bound("reason", reason, REASON_BYTES_MAX)?;
        }
        if new.expires_at <= Utc::now() {
            return Err(RevokeError::Expired);
        }
        if self.0.current.borrow().len() >= self.0.max {
            return Err(RevokeError::Full { max: self.0.max });
        }
        let mut session = self.0.db.session().await?;
        let row = sqlx::query(include_str!("revocations/sql/insert.sql"))
            .persistent(self.0.db.persistent())
            .bind(new.kind.as_str())
            .bind(&new.value)
            .bind(new.expires_at)
            .bind(&new.reason)
            .bind(&new.by)
            .fetch_one(session.conn())
            .await?;
        session.finish().await?;
        let made = revocation(&row)?;
        self.0
            .current
            .send_if_modified(|set| Arc::make_mut(set).insert(&made));
        Ok(made)
    }

    /// Those in force, newest first, from below number `before` on; at most `limit`, which is at most
    /// 1,000.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn list(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Revocation>, sqlx::Error> {
        let mut session = self.0.db.session().await?;
        let rows = sqlx::query(include_str!("revocations/sql/list.sql"))
            .persistent(self.0.db.persistent())
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::from(limit).min(PAGE))
            .fetch_all(session.conn())
            .await?;
        rows.iter().map(revocation).collect()
    }

    /// Follows the database until `stop`: to be spawned by a serving node.
    pub async fn run(self, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.listen() => {}
            () = self.poll() => {}
            () = self.read_anew_often() => {}
            () = self.forget() => {}
        }
    }

    async fn poll(&self) {
        let mut poll = tokio::time::interval(POLL);
        poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            tokio::select! { _ = poll.tick() => {}, () = self.0.look.notified() => {} }
            // A server that has vanished without a word never answers.
            let outcome = tokio::time::timeout(LOOK, guarded(self.read_on()))
                .await
                .unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut));
            if let Err(error) = &outcome
                && !failing
            {
                tracing::error!(%error, "revocations can't be read; going on with those that are known");
            }
            failing = outcome.is_err();
            metrics::gauge!("waybill_revocations_behind").set(if failing { 1.0 } else { 0.0 });
        }
    }

    async fn read_anew_often(&self) {
        loop {
            tokio::time::sleep(ANEW).await;
            // A failure shows in the poll, which asks much oftener, and waits for what this holds meanwhile.
            let _ = tokio::time::timeout(LOOK, guarded(self.read_anew())).await;
        }
    }

    /// Takes in everything in force, also what has a lower number than what is known.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn read_anew(&self) -> Result<(), sqlx::Error> {
        *self.0.seen.lock().await = Seen::default();
        self.read_on().await
    }

    async fn listen(&self) {
        loop {
            let listened = async {
                let mut listening = Listening::to(&self.0.db, CHANNEL, SILENCE).await?;
                // What was made while nobody listened.
                self.0.look.notify_one();
                while listening.next().await?.is_some() {
                    self.0.look.notify_one();
                }
                Ok::<_, sqlx::Error>(())
            };
            if let Err(error) = guarded(listened).await {
                tracing::warn!(%error, "not listening for revocations; polling until it works again");
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn forget(&self) {
        let mut hourly = tokio::time::interval(FORGET);
        loop {
            hourly.tick().await;
            match guarded(self.forget_expired()).await {
                Ok(0) => {}
                Ok(forgotten) => tracing::info!(forgotten, "deleted expired revocations"),
                Err(error) => tracing::warn!(%error, "expired revocations could not be deleted"),
            }
        }
    }

    /// Deletes what expired more than an hour ago, and says how many there were.
    ///
    /// # Errors
    /// When the database can't do it.
    pub async fn forget_expired(&self) -> Result<i64, sqlx::Error> {
        let mut session = self.0.db.session().await?;
        let forgotten = sqlx::query_scalar(include_str!("revocations/sql/forget.sql"))
            .persistent(self.0.db.persistent())
            .fetch_one(session.conn())
            .await?;
        let links: i64 = sqlx::query_scalar(include_str!("revocations/sql/forget_links.sql"))
            .persistent(self.0.db.persistent())
            .fetch_one(session.conn())
            .await?;
        session.finish().await?;
        tracing::debug!(links, "forgot the tracking links of as many orders");
        Ok(forgotten)
    }

    /// Takes in what is new, and lets go of what has expired.
    async fn read_on(&self) -> Result<(), sqlx::Error> {
        let mut seen = self.0.seen.lock().await;
        loop {
            let page = self.page_after(seen.revocation).await?;
            let Some(last) = page.last() else { break };
            self.0.current.send_if_modified(|set| {
                let set = Arc::make_mut(set);
                let mut changed = false;
                for made in &page {
                    changed |= set.insert(made);
                }
                changed
            });
            seen.revocation = last.id;
        }
        seen.links = self.read_links_on(seen.links).await?;
        let now = Utc::now();
        self.0
            .current
            .send_if_modified(|set| set.has_expired(now) && Arc::make_mut(set).expire(now));
        let in_force = u32::try_from(self.0.current.borrow().len()).unwrap_or(u32::MAX);
        metrics::gauge!("waybill_revocations_in_force").set(f64::from(in_force));
        let links = u32::try_from(self.0.current.borrow().links()).unwrap_or(u32::MAX);
        metrics::gauge!("waybill_tracking_revocations_in_force").set(f64::from(links));
        Ok(())
    }

    async fn page_after(&self, seen: i64) -> Result<Vec<Revocation>, sqlx::Error> {
        let mut session = self.0.db.session().await?;
        let rows = sqlx::query(include_str!("revocations/sql/after.sql"))
            .persistent(self.0.db.persistent())
            .bind(seen)
            .bind(PAGE)
            .fetch_all(session.conn())
            .await?;
        rows.iter().map(revocation).collect()
    }
}

fn revocation(row: &PgRow) -> Result<Revocation, sqlx::Error> {
    let kind: String = row.try_get("kind")?;
    let kind = RevocationKind::named(&kind)
        .ok_or_else(|| sqlx::Error::Decode(format!("{kind:?} is no kind of revocation").into()))?;
    Ok(Revocation {
        id: row.try_get("revocation_id")?,
        kind,
        value: row.try_get("value")?,
        revoked_at: row.try_get("revoked_at")?,
        expires_at: row.try_get("expires_at")?,
        reason: row.try_get("reason")?,
        by: row.try_get("revoked_by")?,
    })
}

fn bound(field: &'static str, text: &str, max_bytes: usize) -> Result<(), RevokeError> {
    let fine = (1..=max_bytes).contains(&text.len()) && !text.contains('\0');
    if fine {
        Ok(())
    } else {
        Err(RevokeError::Bound { field, max_bytes })
    }
}
