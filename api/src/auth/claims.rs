//! Reads and checks a token's claims, once its signature is known to be right. Pure: the time is
//! handed in.
//!
//! The checks are ours rather than `jsonwebtoken`'s, whose clock can't be set, so that every one of them
//! has a test at its boundary, and so that claims are parsed once and not twice with two opinions.

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use waybill_domain::CustomerId;

use super::{AuthError, CredentialKind, Principal, Role};
use crate::config::{AuthConfig, ClaimNames};

/// Longest `jti`, `sid` and `iss` in bytes.
const ID_BYTES: usize = 256;

/// What a token must say to be believed.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    issuer: Option<String>,
    audience: Vec<String>,
    names: ClaimNames,
    leeway: Duration,
    lifetime_max: Duration,
}

impl From<&AuthConfig> for Rules {
    fn from(config: &AuthConfig) -> Self {
        Self {
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            names: config.claims.clone(),
            leeway: config.leeway,
            lifetime_max: config.lifetime_max,
        }
    }
}

impl Rules {
    /// The caller that the claims name, if they hold at `now`.
    pub(super) fn check(
        &self,
        claims: &Map<String, Value>,
        credential: CredentialKind,
        now: DateTime<Utc>,
    ) -> Result<Principal, AuthError> {
        let expires_at = time(claims, "exp")?.ok_or(AuthError::MissingClaim("expiry"))?;
        if expires_at + self.leeway <= now {
            return Err(AuthError::Expired);
        }
        if expires_at > now + self.lifetime_max + self.leeway {
            return Err(AuthError::LivesTooLong);
        }
        let issued_at = time(claims, "iat")?;
        // A time of issue in the future would also slip through a revocation of the subject.
        for start in [time(claims, "nbf")?, issued_at].into_iter().flatten() {
            if start > now + self.leeway {
                return Err(AuthError::NotYetValid);
            }
        }
        self.check_issuer(claims)?;
        self.check_audience(claims)?;
        let issuer = claims
            .get("iss")
            .and_then(Value::as_str)
            .filter(|text| text.len() <= ID_BYTES);
        Ok(Principal {
            subject: subject(find(claims, &self.names.subject))?,
            issuer: issuer.map(str::to_owned),
            roles: roles(find(claims, &self.names.roles)),
            token_id: id(claims.get("jti"), "token id")?,
            session_id: id(find(claims, &self.names.session), "session id")?,
            issued_at,
            expires_at,
            credential,
        })
    }

    fn check_issuer(&self, claims: &Map<String, Value>) -> Result<(), AuthError> {
        let Some(expected) = &self.issuer else {
            return Ok(());
        };
        let right = claims.get("iss").and_then(Value::as_str) == Some(expected);
        if right {
            Ok(())
        } else {
            Err(AuthError::Issuer)
        }
    }

    fn check_audience(&self, claims: &Map<String, Value>) -> Result<(), AuthError> {
        if self.audience.is_empty() {
            return Ok(());
        }
        let ours = |value: &Value| {
            value
                .as_str()
                .is_some_and(|text| self.audience.iter().any(|name| name == text))
        };
        let right = match claims.get("aud") {
            Some(Value::Array(all)) => all.iter().any(ours),
            Some(one) => ours(one),
            None => false,
        };
        if right {
            Ok(())
        } else {
            Err(AuthError::Audience)
        }
    }
}

/// Looks a claim up: by its whole name first (some issuers use URLs as names), then along the dots.
fn find<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let found = claims.get(name).or_else(|| {
        let mut steps = name.split('.');
        let first = claims.get(steps.next()?)?;
        steps.try_fold(first, |value, step| value.get(step))
    });
    found.filter(|value| !value.is_null())
}

/// A `NumericDate`: seconds since 1970, with or without a fraction, which is dropped.
fn time(
    claims: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<DateTime<Utc>>, AuthError> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, and chrono refuses what is too far"
    )]
    let secs = value
        .as_i64()
        .or_else(|| value.as_f64().map(|secs| secs.floor() as i64));
    let time = secs.and_then(|secs| DateTime::from_timestamp(secs, 0));
    // Far enough from chrono's own bounds that a leeway can be added.
    let time = time.filter(|time| (0..=253_402_300_799).contains(&time.timestamp()));
    time.map(Some).ok_or(AuthError::InvalidClaim(name))
}

/// Texts, and whole numbers as issuers with numeric user ids write them.
fn subject(value: Option<&Value>) -> Result<CustomerId, AuthError> {
    let text = match value.ok_or(AuthError::MissingClaim("subject"))? {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_u64() => number.to_string(),
        _ => return Err(AuthError::InvalidClaim("subject")),
    };
    text.parse().map_err(|_| AuthError::InvalidClaim("subject"))
}

fn id(value: Option<&Value>, what: &'static str) -> Result<Option<String>, AuthError> {
    match value {
        None => Ok(None),
        Some(Value::String(text))
            if (1..=ID_BYTES).contains(&text.len()) && !text.contains('\0') =>
        {
            Ok(Some(text.clone()))
        }
        Some(_) => Err(AuthError::InvalidClaim(what)),
    }
}

/// The roles that are known, from an array or from words. Anything else says nothing, and who says
/// nothing is a customer: the least that a caller can be.
fn roles(value: Option<&Value>) -> BTreeSet<Role> {
    let mut roles: BTreeSet<Role> = match value {
        Some(Value::Array(all)) => all
            .iter()
            .filter_map(Value::as_str)
            .filter_map(|word| word.parse().ok())
            .collect(),
        Some(Value::String(words)) => words
            .split([' ', ','])
            .filter_map(|word| word.trim().parse().ok())
            .collect(),
        _ => BTreeSet::new(),
    };
    if roles.is_empty() {
        roles.insert(Role::Customer);
    }
    roles
}

#[cfg(test)]
mod tests;
