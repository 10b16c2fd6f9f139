//! `waybill migrate`: the schema, as the database's owner.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context;
use sqlx::{Connection, PgConnection};

use super::output::out;
use crate::config::{DatabaseConfig, Sources};

/// Shown by `--help`.
pub(super) const EXAMPLES: &str = "\
Example:
  MIGRATE_DATABASE_URL=postgres://owner@db/orders waybill migrate

Needs MIGRATE_DATABASE_URL, or DATABASE_URL if that is the owner. Makes the role waybill_service; the role that
`waybill serve` connects as is made by you:  CREATE ROLE waybill_app LOGIN PASSWORD '…' IN ROLE waybill_service;";

/// Applies what is missing.
pub(super) async fn run(sources: &Sources) -> anyhow::Result<ExitCode> {
    let owner = DatabaseConfig::owner_url(sources)?;
    let mut connection = PgConnection::connect(owner.expose())
        .await
        .context("the database cannot be reached (MIGRATE_DATABASE_URL)")?;
    waybill_infra::migrate::run(&mut connection).await?;
    writeln!(out(), "The schema is up to date.")?;
    Ok(ExitCode::SUCCESS)
}
