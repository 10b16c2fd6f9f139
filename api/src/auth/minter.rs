//! Makes tokens from the configured secret, for `waybill token`, `waybill dev` and tests.

use std::time::Duration;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Map, Value, json};
use uuid::Uuid;
use waybill_domain::CustomerId;

use super::Role;
use crate::config::{AuthConfig, KeySource};

/// Makes tokens that a node of the same configuration accepts.
pub struct Minter {
    key: EncodingKey,
    config: AuthConfig,
}

/// What a new token is to say.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// Who the bearer is.
    pub subject: CustomerId,
    /// His roles; none means customer.
    pub roles: Vec<Role>,
    /// How long the token lives; at most what the configuration allows.
    pub lifetime: Duration,
    /// The session it belongs to.
    pub session_id: Option<String>,
}

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// Tokens are checked by public keys here, so only their issuer can make them.
    #[error("tokens can be made from ACCESS_TOKEN_SECRET only; with public keys ask their issuer")]
    NoSecret,
    /// Such a token would be refused.
    #[error("the lifetime must be 1 to {max_secs} s (WAYBILL_TOKEN_LIFETIME_MAX_SECS)")]
    Lifetime {
        /// The bound in seconds.
        max_secs: u64,
    },
    /// The claim's name has dots, so where it goes is not plain.
    #[error("the claim {0} can't be written: its path leads through another claim")]
    ClaimPath(String),
    /// Signing failed.
    #[error("signing: {0}")]
    Sign(#[from] jsonwebtoken::errors::Error),
}

impl Minter {
    /// Fails where tokens are checked by public keys.
    pub fn new(config: &AuthConfig) -> Result<Self, MintError> {
        let KeySource::Secret(secret) = &config.keys else {
            return Err(MintError::NoSecret);
        };
        Ok(Self {
            key: EncodingKey::from_secret(secret.expose().as_bytes()),
            config: config.clone(),
        })
    }

    /// A token with a fresh id, issued now, with issuer and audience as configured.
    pub fn mint(&self, request: &TokenRequest, now: DateTime<Utc>) -> Result<String, MintError> {
        let max_secs = self.config.lifetime_max.as_secs();
        if !(1..=max_secs).contains(&request.lifetime.as_secs()) {
            return Err(MintError::Lifetime { max_secs });
        }
        let mut claims = Map::new();
        claims.insert("iat".to_owned(), json!(now.timestamp()));
        claims.insert(
            "exp".to_owned(),
            json!((now + request.lifetime).timestamp()),
        );
        claims.insert("jti".to_owned(), json!(Uuid::new_v4()));
        if let Some(issuer) = &self.config.issuer {
            claims.insert("iss".to_owned(), json!(issuer));
        }
        if let Some(audience) = self.config.audience.first() {
            claims.insert("aud".to_owned(), json!(audience));
        }
        let names = &self.config.claims;
        place(&mut claims, &names.subject, json!(request.subject))?;
        if !request.roles.is_empty() {
            place(&mut claims, &names.roles, json!(request.roles))?;
        }
        if let Some(session) = &request.session_id {
            place(&mut claims, &names.session, json!(session))?;
        }
        Ok(jsonwebtoken::encode(
            &Header::new(Algorithm::HS256),
            &claims,
            &self.key,
        )?)
    }
}

/// Writes a claim where the verifier looks for it: along the dots.
fn place(claims: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), MintError> {
    let mut steps: Vec<&str> = name.split('.').collect();
    let last = steps.pop().unwrap_or(name);
    let mut at = claims;
    for step in steps {
        let inner = at.entry(step).or_insert_with(|| json!({}));
        at = inner
            .as_object_mut()
            .ok_or_else(|| MintError::ClaimPath(name.to_owned()))?;
    }
    at.insert(last.to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests;
