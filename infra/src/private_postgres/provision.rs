//! Makes a private Postgres ready to be served from: a database, its schema, and a role for the service.

use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};

use super::{PrivatePostgres, SUPERUSER};
use crate::migrate::{self, SchemaError};

/// The database that a private Postgres serves.
pub const DATABASE: &str = "waybill";
/// The role that a node connects as: it has the rights of `waybill_service` and no others.
pub const SERVICE_ROLE: &str = "waybill_app";

/// Why a private Postgres could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// The schema could not be brought up to date.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// It did not do as it was told.
    #[error("the private Postgres could not be set up: {0}")]
    Database(#[from] sqlx::Error),
}

/// Where a private Postgres that is ready can be reached.
#[derive(Debug, Clone)]
pub struct Provisioned {
    /// As the schema's owner.
    pub owner_url: String,
    /// As the service.
    pub service_url: String,
}

/// Makes the database, brings its schema up to date, and makes the service's role; whatever is there already stays.
pub async fn provision(postgres: &PrivatePostgres) -> Result<Provisioned, ProvisionError> {
    let mut server = PgConnection::connect(&postgres.url("postgres", SUPERUSER)).await?;
    let exists: bool = sqlx::query_scalar(include_str!("sql/database_exists.sql"))
        .bind(DATABASE)
        .fetch_one(&mut server)
        .await?;
    if !exists {
        server
            .execute(include_str!("sql/create_database.sql"))
            .await?;
    }
    server.close().await?;

    let owner_url = postgres.url(DATABASE, SUPERUSER);
    let mut owner = PgConnection::connect(&owner_url).await?;
    migrate::run(&mut owner).await?;
    owner.execute(include_str!("sql/create_role.sql")).await?;
    owner.close().await?;
    Ok(Provisioned {
        owner_url,
        service_url: postgres.url(DATABASE, SERVICE_ROLE),
    })
}
