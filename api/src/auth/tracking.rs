//! The tokens of tracking links: whoever holds one sees one order as a guest, and may do nothing else.
//!
//! Such a token is a JWT under a key that all nodes share and nobody else has, with a type and a key of its
//! own, so that it is never taken for an issuer's token or a session, nor one of those for it. It is shown
//! like a bearer token and taken from no cookie and no address.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use waybill_domain::OrderId;

use super::{AuthError, TrackingPass, keys::VerifyingKey, verifier};

/// The `typ` of a tracking link's token.
const TOKEN_TYPE: &str = "waybill-tracking+jwt";
/// Longest token in bytes; ours have about 300.
const TOKEN_BYTES_MAX: usize = 1_024;

/// Gives and checks the tokens of tracking links.
pub struct TrackingKeys {
    sign: EncodingKey,
    verify: VerifyingKey,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    /// The link's id: 122 random bits.
    jti: String,
    /// The order.
    order: OrderId,
    /// When it was issued, in microseconds since 1970: finer than `iat`, so that a link that is issued
    /// right after a revocation is not taken for an older one.
    issued_us: i64,
    exp: i64,
}

impl TrackingKeys {
    /// `server_key` is shared by all nodes and kept in the database.
    #[must_use]
    pub fn new(server_key: &[u8; 32]) -> Self {
        // A key of its own for this purpose; see `SessionKeys::new` for why a plain hash is enough.
        let key = Sha256::new()
            .chain_update(b"waybill tracking link 1")
            .chain_update(server_key)
            .finalize();
        Self {
            sign: EncodingKey::from_secret(&key),
            verify: VerifyingKey::hs256(DecodingKey::from_secret(&key)),
        }
    }

    /// A fresh token for one order. The times are those that the database recorded.
    pub fn issue(
        &self,
        order_id: OrderId,
        issued_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<(String, TrackingPass), AuthError> {
        let time = |secs| DateTime::from_timestamp(secs, 0).ok_or(AuthError::Malformed);
        let pass = TrackingPass {
            order_id,
            link_id: Uuid::new_v4().to_string(),
            issued_at,
            // To the second, as the token can say it; never later than was asked for.
            expires_at: time(expires_at.timestamp())?,
        };
        let claims = Claims {
            jti: pass.link_id.clone(),
            order: order_id,
            issued_us: issued_at.timestamp_micros(),
            exp: pass.expires_at.timestamp(),
        };
        let header = Header {
            typ: Some(TOKEN_TYPE.to_owned()),
            ..Header::new(Algorithm::HS256)
        };
        let token =
            jsonwebtoken::encode(&header, &claims, &self.sign).map_err(|_| AuthError::Malformed)?;
        Ok((token, pass))
    }

    /// What a token lets its holder see, if it holds at `now`; `None` if it does not even say that it is
    /// a tracking link's. Our own clock: no leeway. Whether it was revoked is not asked here.
    #[must_use]
    pub fn verify(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Option<Result<TrackingPass, AuthError>> {
        let small = token.len() <= TOKEN_BYTES_MAX;
        let header = small.then(|| jsonwebtoken::decode_header(token).ok())??;
        (header.typ.as_deref() == Some(TOKEN_TYPE)).then(|| self.verify_token(token, now))
    }

    fn verify_token(&self, token: &str, now: DateTime<Utc>) -> Result<TrackingPass, AuthError> {
        let claims = verifier::signed_claims(token, &self.verify)?;
        let claims: Claims =
            serde_json::from_value(claims.into()).map_err(|_| AuthError::Malformed)?;
        let expires_at =
            DateTime::from_timestamp(claims.exp, 0).ok_or(AuthError::InvalidClaim("exp"))?;
        if expires_at <= now {
            return Err(AuthError::Expired);
        }
        let issued_at = DateTime::from_timestamp_micros(claims.issued_us)
            .ok_or(AuthError::InvalidClaim("issued_us"))?;
        Ok(TrackingPass {
            order_id: claims.order,
            link_id: claims.jti,
            issued_at,
            expires_at,
        })
    }
}

#[cfg(test)]
mod tests;
