//! The database of `waybill dev`: the one that was named, or a private one.

use std::path::{Path, PathBuf};

use anyhow::Context;
use sqlx::{Connection, PgConnection};
use waybill_infra::db::Db;
use waybill_infra::migrate::{self, SchemaError};
use waybill_infra::private_postgres::{self, Options, PrivatePostgres};

use super::Args;
use crate::config::database::{DIRECT_URL, MIGRATE_URL, URL};
use crate::config::{DatabaseConfig, Sources};

/// A database that is ready to be served from.
pub(super) struct Database {
    private: Option<PrivatePostgres>,
    url: String,
    data_dir: PathBuf,
}

impl Database {
    /// Starts a private Postgres, and supplies it to `sources`, unless these name a database. Brings the schema up
    /// to date.
    pub(super) async fn open(args: &Args, sources: &mut Sources) -> anyhow::Result<Self> {
        if sources.is_set(&URL) {
            Self::named(args, sources).await
        } else {
            Self::private(args, sources).await
        }
    }

    async fn named(args: &Args, sources: &Sources) -> anyhow::Result<Self> {
        anyhow::ensure!(
            !args.fresh,
            "--fresh deletes the private Postgres, but DATABASE_URL names another database: unset one of the two"
        );
        let data_dir = private_postgres::data_dir(args.data_dir.as_deref())?;
        let config = DatabaseConfig::load(sources)?;
        let db = Db::new(&config.options()).context("DATABASE_URL")?;
        let checked = migrate::check(&db).await;
        db.close().await;
        match checked {
            Ok(()) => {}
            Err(SchemaError::Behind { .. }) => {
                let mut owner = PgConnection::connect(config.migrate_url.expose())
                    .await
                    .context("the database cannot be reached (MIGRATE_DATABASE_URL)")?;
                migrate::run(&mut owner).await.context(
                    "the schema could not be brought up to date; MIGRATE_DATABASE_URL must be its owner",
                )?;
            }
            Err(SchemaError::Database(error)) => {
                return Err(error).context("the database cannot be reached (DATABASE_URL)");
            }
            Err(other) => return Err(other.into()),
        }
        Ok(Self {
            private: None,
            url: config.url.expose().to_owned(),
            data_dir,
        })
    }

    async fn private(args: &Args, sources: &mut Sources) -> anyhow::Result<Self> {
        anyhow::ensure!(
            !sources.is_set(&DIRECT_URL),
            "DATABASE_URL_DIRECT is set, but DATABASE_URL is not: set both, or none for a private Postgres"
        );
        let options = Options {
            bin_dir: DatabaseConfig::postgres_bin(sources)?,
            data_dir: args.data_dir.clone(),
            fresh: args.fresh,
            ..Options::kept()
        };
        let postgres =
            tokio::task::spawn_blocking(move || PrivatePostgres::start(&options)).await??;
        let provisioned = private_postgres::provision(&postgres).await?;
        // As flags, so that a MIGRATE_DATABASE_URL that is set for something else is not mixed with it.
        let origin = "the private Postgres";
        sources.flag(&URL, origin, &provisioned.service_url);
        sources.flag(&MIGRATE_URL, origin, &provisioned.owner_url);
        Ok(Self {
            url: provisioned.service_url,
            data_dir: postgres.data_dir().to_owned(),
            private: Some(postgres),
        })
    }

    /// Where small files are kept from one run to the next.
    pub(super) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The private Postgres' address, as the service; one that was named may hold a password.
    pub(super) fn private_url(&self) -> Option<&str> {
        self.private.as_ref().map(|_| self.url.as_str())
    }

    /// The address, as the service.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Stops the private Postgres, if there is one, and waits until it has gone.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        if let Some(postgres) = self.private {
            tokio::task::spawn_blocking(move || postgres.stop()).await??;
        }
        Ok(())
    }
}
