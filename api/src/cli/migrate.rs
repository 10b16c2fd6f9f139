//! `waybill migrate`: the schema, as the database's owner.

use std::process::ExitCode;

use anyhow::Context;
use sqlx::{Connection, PgConnection};

use crate::config::{DatabaseConfig, Sources};

/// Applies what is missing.
pub(super) async fn run(sources: &Sources) -> anyhow::Result<ExitCode> {
    let config = DatabaseConfig::load(sources)?;
    let mut connection = PgConnection::connect(config.migrate_url.expose())
        .await
        .context("the database cannot be reached (MIGRATE_DATABASE_URL)")?;
    waybill_infra::migrate::run(&mut connection).await?;
    anstream::println!("The schema is up to date.");
    Ok(ExitCode::SUCCESS)
}
