//! The schema: applying it, and refusing one that this build does not know.

use sqlx::migrate::{Migrate, Migrator};
use sqlx::postgres::PgConnection;

use crate::db::Db;

/// Every migration that this build knows, oldest first. An applied one never changes.
pub static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// Why the schema cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// `waybill migrate` has not been run, or not by this build.
    #[error(
        "the database lacks migration {missing}: run `waybill migrate` with MIGRATE_DATABASE_URL set to its owner"
    )]
    Behind {
        /// The first migration that is missing.
        missing: i64,
    },
    /// A newer build has migrated the database.
    #[error(
        "the database has migration {unknown}, which this build does not know: run a newer waybill"
    )]
    Ahead {
        /// A migration that this build does not know.
        unknown: i64,
    },
    /// The database could not be asked.
    #[error("the schema could not be read: {0}")]
    Database(#[from] sqlx::Error),
    /// A migration failed.
    #[error("migrating: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

/// Brings the schema up to date. `connection` belongs to the database's owner.
///
/// # Errors
/// When a migration fails, or the database is ahead of this build.
pub async fn run(connection: &mut PgConnection) -> Result<(), SchemaError> {
    // Building an index on a large log may take long; migrations run alone and by hand.
    sqlx::query("SET statement_timeout = 0")
        .execute(&mut *connection)
        .await?;
    MIGRATOR.run(connection).await?;
    Ok(())
}

/// Checks that the schema is the one that this build knows: no less and no more.
///
/// # Errors
/// [`SchemaError::Behind`] and [`SchemaError::Ahead`] say what to do.
pub async fn check(db: &Db) -> Result<(), SchemaError> {
    let mut connection = db.connect_direct().await?;
    let applied = match connection.list_applied_migrations().await {
        Ok(applied) => applied.into_iter().map(|m| m.version).collect::<Vec<_>>(),
        // No table of migrations yet: a database that was never migrated.
        Err(sqlx::migrate::MigrateError::Execute(e))
            if e.as_database_error()
                .and_then(sqlx::error::DatabaseError::code)
                .as_deref()
                == Some("42P01") =>
        {
            Vec::new()
        }
        Err(e) => return Err(e.into()),
    };
    if let Some(missing) = MIGRATOR.iter().find(|m| !applied.contains(&m.version)) {
        return Err(SchemaError::Behind {
            missing: missing.version,
        });
    }
    if let Some(unknown) = applied.iter().find(|v| !MIGRATOR.version_exists(**v)) {
        return Err(SchemaError::Ahead { unknown: *unknown });
    }
    Ok(())
}
