//! Where the log is.

use std::{path::PathBuf, time::Duration};

use waybill_infra::db::DbOptions;

use super::{ConfigErrors, Kind, Reader, Secret, Setting, Sources, Unless};

/// `DATABASE_URL`.
pub const URL: Setting = Setting {
    name: "DATABASE_URL",
    key: "database.url",
    kind: Kind::DatabaseUrl,
    unless: Unless::Required,
    meaning: "The database, as the role `waybill_service`, which may append and read. May lead through a transaction pooler.",
};
/// `MIGRATE_DATABASE_URL`.
pub const MIGRATE_URL: Setting = Setting {
    name: "MIGRATE_DATABASE_URL",
    key: "database.migrate_url",
    kind: Kind::DatabaseUrl,
    unless: Unless::Unset("`DATABASE_URL`"),
    meaning: "The same database as the schema's owner, for `waybill migrate` and `waybill epoch new` only. A serving node needs it not.",
};
/// `DATABASE_URL_DIRECT`.
pub const DIRECT_URL: Setting = Setting {
    name: "DATABASE_URL_DIRECT",
    key: "database.direct_url",
    kind: Kind::DatabaseUrl,
    unless: Unless::Unset("there is no pooler"),
    meaning: "The same database past a transaction pooler, for appending and for LISTEN. To be set if, and only if, `DATABASE_URL` leads through one.",
};
/// `WAYBILL_DATABASE_CONNECTIONS`.
pub const CONNECTIONS: Setting = Setting {
    name: "WAYBILL_DATABASE_CONNECTIONS",
    key: "database.connections",
    kind: Kind::Integer { min: 4, max: 500 },
    unless: Unless::Default("16"),
    meaning: "Most connections that one node opens, besides two that append and two that listen.",
};
/// `WAYBILL_DATABASE_ACQUIRE_TIMEOUT_MS`.
pub const ACQUIRE_TIMEOUT: Setting = Setting {
    name: "WAYBILL_DATABASE_ACQUIRE_TIMEOUT_MS",
    key: "database.acquire_timeout_ms",
    kind: Kind::Millis {
        min: 100,
        max: 60_000,
    },
    unless: Unless::Default("5000"),
    meaning: "Longest wait for a free connection before a request is answered with 503.",
};
/// `WAYBILL_POSTGRES_BIN`.
pub const POSTGRES_BIN: Setting = Setting {
    name: "WAYBILL_POSTGRES_BIN",
    key: "database.postgres_bin",
    kind: Kind::Path,
    unless: Unless::Unset("looked for in the usual places"),
    meaning: "Folder with `initdb` and `postgres` for the private Postgres of `waybill dev` and of the tests.",
};

pub(super) const SETTINGS: &[&Setting] = &[
    &URL,
    &MIGRATE_URL,
    &DIRECT_URL,
    &CONNECTIONS,
    &ACQUIRE_TIMEOUT,
    &POSTGRES_BIN,
];

/// Where the log is and how patient we are with it.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// As the service's role.
    pub url: Secret,
    /// As the schema's owner.
    pub migrate_url: Secret,
    /// Past the pooler; set if there is one.
    pub direct_url: Option<Secret>,
    /// Most connections of the pool.
    pub connections: u32,
    /// Longest wait for a connection.
    pub acquire_timeout: Duration,
    /// Folder of the Postgres programs, where it is not to be looked for.
    pub postgres_bin: Option<PathBuf>,
}

impl DatabaseConfig {
    /// Reads this concern alone, for commands that need no more.
    pub fn load(sources: &Sources) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(sources);
        let config = Self::read(&mut reader);
        reader.finish(config)
    }

    /// Where the schema's owner connects: `MIGRATE_DATABASE_URL`, or else `DATABASE_URL`. For commands that the
    /// owner runs, where nothing else may be set.
    pub fn owner_url(sources: &Sources) -> Result<Secret, ConfigErrors> {
        let mut reader = Reader::new(sources);
        let url = reader
            .database_url(&MIGRATE_URL)
            .or_else(|| reader.database_url(&URL));
        reader.finish(url.unwrap_or_else(|| Secret::new("")))
    }

    /// The folder of the Postgres programs alone, for `waybill dev`, which has no database yet.
    pub fn postgres_bin(sources: &Sources) -> Result<Option<PathBuf>, ConfigErrors> {
        let mut reader = Reader::new(sources);
        let folder = reader.path(&POSTGRES_BIN);
        reader.finish(folder)
    }

    /// The same for the layer that connects.
    #[must_use]
    pub fn options(&self) -> DbOptions {
        DbOptions {
            url: self.url.expose().to_owned(),
            direct_url: self.direct_url.as_ref().map(|url| url.expose().to_owned()),
            max_connections: self.connections,
            acquire_timeout: self.acquire_timeout,
        }
    }

    /// From `DATABASE_URL`, `MIGRATE_DATABASE_URL`, `DATABASE_URL_DIRECT`, `WAYBILL_DATABASE_CONNECTIONS`,
    /// `WAYBILL_DATABASE_ACQUIRE_TIMEOUT_MS`, `WAYBILL_POSTGRES_BIN`.
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let url = reader.database_url(&URL).unwrap_or_else(|| Secret::new(""));
        Self {
            migrate_url: reader
                .database_url(&MIGRATE_URL)
                .unwrap_or_else(|| url.clone()),
            direct_url: reader.database_url(&DIRECT_URL),
            url,
            connections: reader.integer(&CONNECTIONS),
            acquire_timeout: reader.duration(&ACQUIRE_TIMEOUT),
            postgres_bin: reader.path(&POSTGRES_BIN),
        }
    }
}
