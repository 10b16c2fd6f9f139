//! The ready-made tokens of `waybill dev`.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::auth::{MintError, Minter, Role, TokenRequest};
use crate::config::AuthConfig;
use crate::demo::DEMO_CUSTOMER;

/// A week, so that a page left open goes on working.
const LIFETIME: Duration = Duration::from_hours(7 * 24);

/// One token a role.
pub(super) struct Tokens {
    pub(super) admin: String,
    pub(super) staff: String,
    pub(super) service: String,
    /// For [`DEMO_CUSTOMER`].
    pub(super) customer: String,
    pub(super) expires_at: DateTime<Utc>,
}

impl Tokens {
    /// None where tokens are checked by public keys, since their issuer alone can make them.
    pub(super) fn mint(config: &AuthConfig) -> anyhow::Result<Option<Self>> {
        let minter = match Minter::new(config) {
            Ok(minter) => minter,
            Err(MintError::NoSecret) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let now = Utc::now();
        let lifetime = LIFETIME.min(config.lifetime_max);
        let mint = |subject: &str, role| -> anyhow::Result<String> {
            let request = TokenRequest {
                subject: subject.parse()?,
                roles: vec![role],
                lifetime,
                session_id: None,
            };
            Ok(minter.mint(&request, now)?)
        };
        Ok(Some(Self {
            admin: mint("dev-admin", Role::Admin)?,
            staff: mint("dev-staff", Role::Staff)?,
            service: mint("dev-service", Role::Service)?,
            customer: mint(DEMO_CUSTOMER, Role::Customer)?,
            expires_at: now + lifetime,
        }))
    }
}
