//! Checks the issuer's tokens: size and header, then the signature, then the claims.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::{
    AuthError, CredentialKind, KeyError, Principal,
    claims::Rules,
    keys::VerifyingKey,
    source::{CurrentKeys, Keys},
};
use crate::config::AuthConfig;

/// Longest token in bytes; a header line of common proxies holds no more.
const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// Checks the issuer's tokens.
pub struct Verifier {
    keys: Keys,
    accepted: Vec<Algorithm>,
    rules: Rules,
}

impl Verifier {
    /// Reads or fetches the keys. Fails on a file that can't be used; an address that can't be reached is
    /// tried again later, and tokens are answered with [`AuthError::KeysUnavailable`] until then.
    pub async fn open(config: &AuthConfig) -> Result<Self, KeyError> {
        Ok(Self {
            keys: Keys::open(config).await?,
            accepted: config
                .algorithms
                .iter()
                .map(|&algorithm| algorithm.into())
                .collect(),
            rules: Rules::from(config),
        })
    }

    /// Keeps published keys fresh until `stop`; to be spawned by a serving node.
    pub async fn keep_keys_fresh(&self, stop: CancellationToken) {
        self.keys.keep_fresh(stop).await;
    }

    /// Whether there are keys to check with; part of readiness.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        self.keys.current().is_ok()
    }

    /// The caller whom a token names, if it holds at `now`. Whether it was revoked is not asked here.
    ///
    /// Waits for a fetch of the keys if the token names one that is not known and the last fetch is not
    /// too recent.
    pub async fn verify(
        &self,
        token: &str,
        credential: CredentialKind,
        now: DateTime<Utc>,
    ) -> Result<Principal, AuthError> {
        let header = self.header(token)?;
        let found = match self
            .keys
            .current()
            .and_then(|keys| read_claims(token, &header, &keys))
        {
            Err(AuthError::UnknownKey | AuthError::KeysUnavailable)
                if self.keys.look_again().await =>
            {
                self.keys
                    .current()
                    .and_then(|keys| read_claims(token, &header, &keys))
            }
            found => found,
        };
        self.rules.check(&found?, credential, now)
    }

    fn header(&self, token: &str) -> Result<jsonwebtoken::Header, AuthError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(AuthError::Malformed);
        }
        // A header with `none` or another unknown algorithm doesn't parse.
        let header = jsonwebtoken::decode_header(token).map_err(|_| AuthError::Malformed)?;
        // RFC 7515 4.1.11: extensions that must be understood and aren't. We understand none.
        if header.crit.is_some() || header.zip.is_some() || header.enc.is_some() {
            return Err(AuthError::Malformed);
        }
        if self.accepted.contains(&header.alg) {
            Ok(header)
        } else {
            Err(AuthError::Algorithm)
        }
    }
}

fn read_claims(
    token: &str,
    header: &jsonwebtoken::Header,
    keys: &CurrentKeys,
) -> Result<Map<String, Value>, AuthError> {
    let mut outcome = Err(AuthError::UnknownKey);
    for key in keys.set().candidates(header)? {
        outcome = signed_claims(token, key);
        if outcome != Err(AuthError::Signature) {
            break;
        }
    }
    outcome
}

/// The claims of a token that this key has signed. Nothing but the signature is checked.
pub(super) fn signed_claims(
    token: &str,
    key: &VerifyingKey,
) -> Result<Map<String, Value>, AuthError> {
    let mut validation = Validation::new(key.algorithm);
    // The claims are checked by `Rules`.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    match jsonwebtoken::decode::<Map<String, Value>>(token, &key.key, &validation) {
        Ok(data) => Ok(data.claims),
        Err(error) => Err(match error.kind() {
            ErrorKind::InvalidAlgorithm => AuthError::Algorithm,
            ErrorKind::InvalidSignature => AuthError::Signature,
            _ => AuthError::Malformed,
        }),
    }
}

#[cfg(test)]
mod tests;
