//! Configuration: the environment, an optional TOML file, and the table that documents both.
//!
//! Every setting is one [`Setting`] constant, in the file of its concern; [`SETTINGS`] lists them all.
//! The constant holds the name, the type, the bounds and the default, and both the parser and
//! `docs/configuration.md` read them from there, so that neither can say what the other doesn't do.
//!
//! A flag beats an environment variable, which beats the TOML file, which beats what the code supplies ([`Sources::supply`],
//! used by `waybill dev` for its own database and key), which beats the default. A variable that is set
//! to nothing counts as not set. All mistakes are reported together, each with its variable's name, what
//! is allowed, and what was given (a secret's value never).
//!
//! Begin with [`Config::load`]; [`sources`] is the only place of the project that reads settings from
//! the environment.

pub mod auth;
pub mod database;
mod document;
mod error;
pub mod http;
pub mod limits;
pub mod log;
pub mod orders;
pub mod projections;
pub mod push;
mod reader;
mod secret;
mod setting;
pub mod sources;
pub mod tracking;

pub use auth::{AuthConfig, ClaimNames, KeySource, TokenAlgorithm};
pub use database::DatabaseConfig;
pub use document::markdown;
pub use error::{ConfigError, ConfigErrors};
pub use http::{CookieSecurity, HttpConfig, Origin};
pub use limits::{LimitsConfig, Rate};
pub use log::{LogConfig, LogFormat};
pub use orders::OrdersConfig;
pub use projections::ProjectionsConfig;
pub use push::PushConfig;
pub use secret::Secret;
pub use setting::{Kind, Setting, Unless};
pub use sources::Sources;
pub use tracking::{NotifierKind, TrackingConfig};

use reader::Reader;

/// The settings by concern, in the order of the documentation.
pub const SETTINGS: &[(&str, &[&Setting])] = &[
    ("Database", database::SETTINGS),
    ("HTTP", http::SETTINGS),
    ("Authentication", auth::SETTINGS),
    ("Orders", orders::SETTINGS),
    ("Push", push::SETTINGS),
    ("Tracking links", tracking::SETTINGS),
    ("Limits", limits::SETTINGS),
    ("Projections", projections::SETTINGS),
    ("Log", log::SETTINGS),
];

/// Everything that a serving node is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the log is.
    pub database: DatabaseConfig,
    /// The listener and what it accepts.
    pub http: HttpConfig,
    /// Whose tokens are believed.
    pub auth: AuthConfig,
    /// What the shop decides about orders.
    pub orders: OrdersConfig,
    /// Open sockets and replay.
    pub push: PushConfig,
    /// Links for guests.
    pub tracking: TrackingConfig,
    /// Rates and other bounds.
    pub limits: LimitsConfig,
    /// The read models.
    pub projections: ProjectionsConfig,
    /// What is logged, and how.
    pub log: LogConfig,
}

impl Config {
    /// Reads every concern and reports all mistakes at once.
    ///
    /// Commands that need less than a whole node load their concern alone, for example
    /// [`DatabaseConfig::load`].
    pub fn load(sources: &Sources) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(sources);
        let config = Self {
            database: DatabaseConfig::read(&mut reader),
            http: HttpConfig::read(&mut reader),
            auth: AuthConfig::read(&mut reader),
            orders: OrdersConfig::read(&mut reader),
            push: PushConfig::read(&mut reader),
            tracking: TrackingConfig::read(&mut reader),
            limits: LimitsConfig::read(&mut reader),
            projections: ProjectionsConfig::read(&mut reader),
            log: LogConfig::read(&mut reader),
        };
        if config.push.long_poll_max >= config.http.request_timeout {
            reader.conflict(
                &[&push::LONG_POLL_MAX, &http::REQUEST_TIMEOUT],
                "a long poll must be able to end before its request times out: the first must be the smaller",
            );
        }
        reader.finish(config)
    }
}

#[cfg(test)]
mod tests;
