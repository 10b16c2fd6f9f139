//! How far a projection is: reading it, moving it, waiting for it.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Postgres, Row, Transaction};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use uuid::Uuid;
use waybill_domain::Position;
use waybill_infra::db::Db;

/// How long a read waits for a projection at most.
pub const READ_WAIT: Duration = Duration::from_secs(5);
/// How often the database is asked while waiting: another node may be the one that applies.
const POLL: Duration = Duration::from_millis(100);

/// The projection did not get as far as the caller had to see.
#[derive(Debug, thiserror::Error)]
pub enum WaitError {
    /// It is behind, and was still so when the time was up.
    #[error("the read model reflects the log up to {reached} only")]
    ReadBehind {
        /// How far it got.
        reached: Position,
    },
    /// The database could not be asked.
    #[error("the read model's position could not be read: {0}")]
    Database(#[from] sqlx::Error),
}

/// The checkpoint of one projection. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    db: Db,
    name: &'static str,
    /// What this node knows; the database may be further.
    known: watch::Sender<Position>,
    /// Tells this node's runner that a reader waits.
    wanted: Arc<Notify>,
}

/// The checkpoint as a writer found and locked it.
pub(crate) struct Claim {
    pub(crate) position: Position,
    /// Whether the rows were made from the log that is there now.
    pub(crate) matches: bool,
}

impl Checkpoint {
    pub(crate) fn new(db: Db, name: &'static str) -> Self {
        Self {
            db,
            name,
            known: watch::Sender::new(Position(0)),
            wanted: Arc::new(Notify::new()),
        }
    }

    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    /// Where this node last saw it.
    #[must_use]
    pub fn known(&self) -> Position {
        *self.known.borrow()
    }

    pub(crate) fn learn(&self, position: Position) {
        self.known.send_if_modified(|known| {
            let news = *known != position;
            *known = position;
            news
        });
    }

    /// Where it is.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn read(&self) -> Result<Position, sqlx::Error> {
        let mut session = self.db.session().await?;
        let position: i64 = sqlx::query_scalar(include_str!("sql/position.sql"))
            .persistent(self.db.persistent())
            .bind(self.name)
            .fetch_one(session.conn())
            .await?;
        Ok(Position(position.cast_unsigned()))
    }

    /// Waits until everything up to `position` is applied, whichever node does it, at most `patience`.
    /// A read that begins after this sees at least that.
    ///
    /// # Errors
    /// [`WaitError::ReadBehind`] when the time is up.
    pub async fn wait_for(&self, position: Position, patience: Duration) -> Result<(), WaitError> {
        let until = Instant::now() + patience;
        let mut known = self.known.subscribe();
        loop {
            let here = *known.borrow_and_update();
            if here >= position {
                return Ok(());
            }
            let stored = self.read().await?;
            if stored >= position {
                return Ok(());
            }
            let now = Instant::now();
            if now >= until {
                return Err(WaitError::ReadBehind { reached: stored });
            }
            self.wanted.notify_one();
            // Either way it is looked at again; that the runner is gone ends nothing.
            let _ = tokio::time::timeout_at(until.min(now + POLL), known.changed()).await;
        }
    }

    /// Returns when a reader waits for what was not applied yet.
    pub(crate) async fn wanted(&self) {
        self.wanted.notified().await;
    }

    /// Locks the checkpoint and enters the live copy. `None` when another node is at it, unless told to
    /// `wait` for it.
    pub(crate) async fn claim(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        wait: bool,
    ) -> Result<Option<Claim>, sqlx::Error> {
        let row = sqlx::query(include_str!("sql/claim.sql"))
            .persistent(self.db.persistent())
            .bind(self.name)
            .bind(wait)
            .fetch_optional(&mut **transaction)
            .await?;
        row.map(|row| {
            Ok(Claim {
                position: Position(row.try_get::<i64, _>("position")?.cast_unsigned()),
                matches: row.try_get("matches")?,
            })
        })
        .transpose()
    }

    /// Moves the claimed checkpoint. `event` is the one at `to`; `None` leaves it where it is.
    pub(crate) async fn advance(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        from: Position,
        to: Position,
        event: Option<Uuid>,
        stopped: Option<&str>,
    ) -> Result<(), sqlx::Error> {
        let moved = sqlx::query(include_str!("sql/advance.sql"))
            .persistent(self.db.persistent())
            .bind(self.name)
            .bind(from.0.cast_signed())
            .bind(to.0.cast_signed())
            .bind(event)
            .bind(stopped)
            .execute(&mut **transaction)
            .await?;
        // The row is locked, so the log is another one than the events were read from: nothing of this
        // transaction may stand.
        match moved.rows_affected() {
            1 => Ok(()),
            _ => Err(sqlx::Error::RowNotFound),
        }
    }

    /// Begins a read: one snapshot of the live copy and of the position that it reflects.
    pub(crate) async fn snapshot(
        &self,
    ) -> Result<(Transaction<'static, Postgres>, Position), sqlx::Error> {
        let mut transaction = self
            .db
            .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await?;
        let position: i64 = sqlx::query_scalar(include_str!("sql/use.sql"))
            .persistent(self.db.persistent())
            .bind(self.name)
            .fetch_one(&mut *transaction)
            .await?;
        Ok((transaction, Position(position.cast_unsigned())))
    }
}
