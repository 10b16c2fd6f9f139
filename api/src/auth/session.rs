//! Waybill's own session cookie, which `POST /v1/session` gives for a token, so that a browser can open
//! an event stream, which can't carry a header.
//!
//! It is a JWT under a key that all nodes share and nobody else has. It lives no longer than the token it
//! was given for, and keeps that token's id and time of issue, so that whatever revokes the token
//! revokes the session too.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use waybill_domain::CustomerId;

use super::{
    AuthError, CredentialKind, Principal, Role, SESSION_COOKIE, cookie, keys::VerifyingKey,
    verifier,
};

/// The `typ` of the cookie's token: no other of our tokens may be taken for it.
const TOKEN_TYPE: &str = "waybill-session+jwt";

/// Gives and checks session cookies.
pub struct SessionKeys {
    sign: EncodingKey,
    verify: VerifyingKey,
    lifetime: Duration,
    secure: bool,
}

/// A session cookie just given.
#[derive(Debug, Clone)]
pub struct IssuedSession {
    /// The value of the `Set-Cookie` header. Marked as sensitive.
    pub set_cookie: HeaderValue,
    /// The session's id, by which it can be revoked.
    pub session_id: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: CustomerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    roles: Vec<Role>,
    sid: String,
    /// Id and time of issue of the token which it was given for.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_iat: Option<i64>,
    exp: i64,
}

impl SessionKeys {
    /// `server_key` is shared by all nodes and kept in the database. `lifetime` is the longest life of a
    /// session; `secure` says whether the cookie is for https only.
    #[must_use]
    pub fn new(server_key: &[u8; 32], lifetime: Duration, secure: bool) -> Self {
        // A key of its own for this purpose, so that the same bytes may serve others too. The key is random
        // and of fixed length, so a plain hash is enough to derive from it.
        let key = Sha256::new()
            .chain_update(b"waybill session cookie 1")
            .chain_update(server_key)
            .finalize();
        Self {
            sign: EncodingKey::from_secret(&key),
            verify: VerifyingKey::hs256(DecodingKey::from_secret(&key)),
            lifetime,
            secure,
        }
    }

    /// A session for a caller, ending with his token or after the configured time, whichever is first.
    /// A caller who already has one by a session cookie gets no longer life by asking again.
    pub fn issue(
        &self,
        principal: &Principal,
        now: DateTime<Utc>,
    ) -> Result<IssuedSession, AuthError> {
        let expires_at = principal.expires_at.min(now + self.lifetime);
        let seconds = (expires_at - now).num_seconds();
        if seconds <= 0 {
            return Err(AuthError::Expired);
        }
        let session_id = principal
            .session_id
            .clone()
            .unwrap_or_else(|| Uuid::new_v4().to_string());
        let claims = Claims {
            sub: principal.subject.clone(),
            iss: principal.issuer.clone(),
            roles: principal.roles.iter().copied().collect(),
            sid: session_id.clone(),
            parent_jti: principal.token_id.clone(),
            parent_iat: principal.issued_at.map(|at| at.timestamp()),
            exp: expires_at.timestamp(),
        };
        let header = Header {
            typ: Some(TOKEN_TYPE.to_owned()),
            ..Header::new(Algorithm::HS256)
        };
        let token =
            jsonwebtoken::encode(&header, &claims, &self.sign).map_err(|_| AuthError::Malformed)?;
        let set_cookie = self
            .set_cookie(&token, seconds)
            .ok_or(AuthError::Malformed)?;
        Ok(IssuedSession {
            set_cookie,
            session_id,
            expires_at,
        })
    }

    /// The `Set-Cookie` value that ends a session in the browser. Revoke it too: the browser's copy may not
    /// be the only one.
    #[must_use]
    pub fn clear(&self) -> HeaderValue {
        self.set_cookie("", 0)
            .unwrap_or_else(|| HeaderValue::from_static(""))
    }

    /// The caller whom the session cookie names, if there is one. Our own clock: no leeway.
    #[must_use]
    pub fn verify(
        &self,
        headers: &HeaderMap,
        now: DateTime<Utc>,
    ) -> Option<Result<Principal, AuthError>> {
        cookie(headers, SESSION_COOKIE).map(|token| self.verify_token(token, now))
    }

    fn verify_token(&self, token: &str, now: DateTime<Utc>) -> Result<Principal, AuthError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| AuthError::Malformed)?;
        if header.typ.as_deref() != Some(TOKEN_TYPE) {
            return Err(AuthError::Malformed);
        }
        let claims = verifier::signed_claims(token, &self.verify)?;
        let claims: Claims =
            serde_json::from_value(claims.into()).map_err(|_| AuthError::Malformed)?;
        let time = |secs| DateTime::from_timestamp(secs, 0).ok_or(AuthError::Malformed);
        let expires_at = time(claims.exp)?;
        if expires_at <= now {
            return Err(AuthError::Expired);
        }
        Ok(Principal {
            subject: claims.sub,
            issuer: claims.iss,
            roles: claims.roles.into_iter().collect(),
            token_id: claims.parent_jti,
            session_id: Some(claims.sid),
            issued_at: claims.parent_iat.map(time).transpose()?,
            expires_at,
            credential: CredentialKind::SessionCookie,
        })
    }

    fn set_cookie(&self, token: &str, max_age: i64) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!(
            "{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}"
        );
        let mut value = HeaderValue::try_from(text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

#[cfg(test)]
mod tests;
