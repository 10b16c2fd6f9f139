//! One copy of a projection's tables, inside a transaction whose search path leads to it.

use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::Query;
use sqlx::{Postgres, Transaction};
use waybill_infra::db::Db;

/// A transaction that has entered one of a projection's two copies: unqualified table names mean that
/// copy's. Obtained from the functions that enter one, see `infra/migrations/0010_projections.sql`.
pub struct Slot<'t> {
    connection: &'t mut PgConnection,
    persistent: bool,
}

impl<'t> Slot<'t> {
    pub(crate) fn new(transaction: &'t mut Transaction<'static, Postgres>, db: &Db) -> Self {
        Self {
            connection: transaction,
            persistent: db.persistent(),
        }
    }

    /// The same copy, through a savepoint.
    pub(crate) fn within(savepoint: &'t mut Transaction<'_, Postgres>, persistent: bool) -> Self {
        Self {
            connection: savepoint,
            persistent,
        }
    }

    pub(crate) fn persistent(&self) -> bool {
        self.persistent
    }

    /// A statement that is prepared for as long as this database allows.
    pub fn query<'q>(&self, sql: &'q str) -> Query<'q, Postgres, PgArguments> {
        sqlx::query(sql).persistent(self.persistent)
    }

    /// Lets the statements of the rest of the transaction take longer than the 5 s that entering a copy
    /// allows: for what looks at every row, and that nobody waits for.
    pub(crate) async fn take_any_time(&mut self) -> Result<(), sqlx::Error> {
        sqlx::query("SET LOCAL statement_timeout = 0")
            .persistent(false)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// The connection to run it on.
    pub fn conn(&mut self) -> &mut PgConnection {
        self.connection
    }
}
