//! One rebuild of a projection at a time, across nodes.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection, Postgres, Row, Transaction};
use tokio::sync::Mutex;
use uuid::Uuid;
use waybill_domain::Position;
use waybill_infra::db::Db;

use super::{Phase, RebuildError, RebuildOptions};

/// The right to write to the copy of a projection that is not live. Every transaction that does so
/// renews it first, and locks it with that, so it cannot be lost in the middle of one.
pub(super) struct Lease {
    db: Db,
    name: &'static str,
    id: Uuid,
    lasts: Duration,
    grace: Duration,
    /// A session that ends if the server crashes. Others are made anew without a word.
    witness: Mutex<PgConnection>,
}

/// How far the live copy and the new one are.
pub(super) struct Positions {
    pub(super) live: Position,
    pub(super) rebuilt: Position,
    /// Whether the live copy was made from the log that is there now.
    pub(super) matches: bool,
}

impl Lease {
    pub(super) async fn take(
        db: Db,
        name: &'static str,
        options: RebuildOptions,
    ) -> Result<Self, RebuildError> {
        let lease = Self {
            witness: Mutex::new(db.connect_direct().await?),
            db,
            name,
            id: Uuid::now_v7(),
            lasts: options.lease,
            grace: options.grace,
        };
        let mut session = lease.db.session().await?;
        let taken = sqlx::query(include_str!("sql/begin.sql"))
            .persistent(lease.db.persistent())
            .bind(lease.name)
            .bind(lease.id)
            .bind(lease.lasts)
            .execute(session.conn())
            .await?;
        session.finish().await?;
        match taken.rows_affected() {
            1 => Ok(lease),
            _ => Err(RebuildError::Running),
        }
    }

    pub(super) fn db(&self) -> &Db {
        &self.db
    }

    pub(super) async fn renew(
        &self,
        phase: Phase,
        done: u64,
        total: u64,
    ) -> Result<(), RebuildError> {
        let mut session = self.db.session().await?;
        let renewed = sqlx::query(include_str!("sql/renew.sql"))
            .persistent(self.db.persistent())
            .bind(self.name)
            .bind(self.id)
            .bind(self.lasts)
            .bind(phase.as_str())
            .bind(done.cast_signed())
            .bind(total.cast_signed())
            .execute(session.conn())
            .await?;
        session.finish().await?;
        held(renewed.rows_affected() == 1)?;
        self.nothing_was_lost().await
    }

    /// That the server has not crashed since the lease was taken.
    pub(super) async fn nothing_was_lost(&self) -> Result<(), RebuildError> {
        let asked = self.witness.lock().await.ping().await;
        asked.map_err(|_| RebuildError::ServerRestarted)
    }

    pub(super) async fn end(&self, outcome: &str) -> Result<(), RebuildError> {
        let mut session = self.db.session().await?;
        sqlx::query(include_str!("sql/end.sql"))
            .persistent(self.db.persistent())
            .bind(self.name)
            .bind(self.id)
            .bind(outcome)
            .execute(session.conn())
            .await?;
        session.finish().await?;
        Ok(())
    }

    /// A transaction that has entered the copy that is not live, with how far that is.
    pub(super) async fn begin(
        &self,
    ) -> Result<(Transaction<'static, Postgres>, Position), RebuildError> {
        let mut transaction = self.db.begin().await?;
        no_sync(&mut transaction).await?;
        let position = self.enter(&mut transaction).await?;
        Ok((transaction, position))
    }

    pub(super) async fn enter(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
    ) -> Result<Position, RebuildError> {
        let position: Option<i64> = sqlx::query_scalar(include_str!("sql/enter.sql"))
            .persistent(self.db.persistent())
            .bind(self.name)
            .bind(self.id)
            .bind(self.lasts)
            .fetch_optional(&mut **transaction)
            .await?;
        let position = position.ok_or(RebuildError::LeaseLost)?;
        Ok(Position(position.cast_unsigned()))
    }

    /// Says, in the transaction that did it, that the copy now reflects `to`, where `event` is.
    pub(super) async fn advance(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        from: Position,
        to: Position,
        event: Option<Uuid>,
    ) -> Result<(), RebuildError> {
        let moved = sqlx::query(include_str!("sql/reached.sql"))
            .persistent(self.db.persistent())
            .bind(self.name)
            .bind(self.id)
            .bind(from.0.cast_signed())
            .bind(to.0.cast_signed())
            .bind(event)
            .execute(&mut **transaction)
            .await?;
        held(moved.rows_affected() == 1)
    }

    pub(super) async fn reached(&self) -> Result<Position, RebuildError> {
        let (_, position) = self.begin().await?;
        Ok(position)
    }

    pub(super) async fn clear(&self) -> Result<(), RebuildError> {
        let mut transaction = self.db.begin().await?;
        let cleared: bool = sqlx::query_scalar(include_str!("sql/clear.sql"))
            .persistent(self.db.persistent())
            .bind(self.name)
            .bind(self.id)
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
        held(cleared)
    }

    /// Takes step `nth` of the indexing, from 1, and tells how many there are.
    pub(super) async fn index(&self, nth: i32) -> Result<i32, RebuildError> {
        let mut transaction = self.db.begin().await?;
        no_sync(&mut transaction).await?;
        // The one thing here that may take longer than 5 s: an index is built as a whole.
        sqlx::query("SET LOCAL statement_timeout = 0")
            .persistent(false)
            .execute(&mut *transaction)
            .await?;
        let steps: Option<i32> = sqlx::query_scalar(include_str!("sql/index.sql"))
            .persistent(self.db.persistent())
            .bind(self.name)
            .bind(self.id)
            .bind(nth)
            .bind(self.lasts)
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
        steps.ok_or(RebuildError::LeaseLost)
    }

    /// How long somebody may still be reading what is not live any more.
    pub(super) async fn grace(&self) -> Result<Duration, RebuildError> {
        let mut session = self.db.session().await?;
        let seconds: f64 = sqlx::query_scalar(include_str!("sql/grace.sql"))
            .persistent(self.db.persistent())
            .bind(self.name)
            .bind(self.grace)
            .fetch_one(session.conn())
            .await?;
        Ok(Duration::try_from_secs_f64(seconds).unwrap_or_default())
    }

    pub(super) async fn positions(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
    ) -> Result<Positions, sqlx::Error> {
        let row = sqlx::query(include_str!("sql/positions.sql"))
            .persistent(self.db.persistent())
            .bind(self.name)
            .fetch_one(&mut **transaction)
            .await?;
        let position = |column| {
            row.try_get::<i64, _>(column)
                .map(|p| Position(p.cast_unsigned()))
        };
        Ok(Positions {
            live: position("live")?,
            rebuilt: position("rebuilt")?,
            matches: row.try_get("matches")?,
        })
    }

    pub(super) async fn switch(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
    ) -> Result<(), RebuildError> {
        let switched = sqlx::query(include_str!("sql/switch.sql"))
            .persistent(self.db.persistent())
            .bind(self.name)
            .bind(self.id)
            .execute(&mut **transaction)
            .await?;
        held(switched.rows_affected() == 1)
    }
}

/// Lets a transaction commit without waiting for the disk. A server that crashes takes the rebuild with it
/// ([`Lease::nothing_was_lost`]), and the next one begins anew; the switch waits, and with that for everything that
/// was written before it.
async fn no_sync(transaction: &mut Transaction<'static, Postgres>) -> Result<(), sqlx::Error> {
    sqlx::query("SET LOCAL synchronous_commit = off")
        .persistent(false)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

fn held(held: bool) -> Result<(), RebuildError> {
    if held {
        Ok(())
    } else {
        Err(RebuildError::LeaseLost)
    }
}
