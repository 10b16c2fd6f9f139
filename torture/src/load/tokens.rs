//! Tokens of the shop's own log-in.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use waybill_api::auth::{Minter, Role, TokenRequest};
use waybill_api::config::{Config, Sources};

use crate::stage;

/// Longer than any work, and [`BEFORE`].
const LIFETIME: Duration = Duration::from_mins(90);
/// How long ago they are made: a node whose clock was set back takes none from what is its future.
const BEFORE: TimeDelta = TimeDelta::minutes(15);

/// Makes them.
pub(super) struct Tokens(Minter);

impl Tokens {
    pub(super) fn new() -> anyhow::Result<Self> {
        // Only who signs, and with what, matters here.
        let variables = stage::variables("postgres://localhost/waybill");
        let config = Config::load(&Sources::from_variables(variables))
            .map_err(|errors| anyhow::anyhow!("{errors}"))?;
        Ok(Self(Minter::new(&config.auth)?))
    }

    pub(super) fn of(&self, subject: &str, roles: &[Role]) -> anyhow::Result<String> {
        let request = TokenRequest {
            subject: subject.parse()?,
            roles: roles.to_vec(),
            lifetime: LIFETIME,
            session_id: None,
        };
        Ok(self.0.mint(&request, Utc::now() - BEFORE)?)
    }
}
