//! Why a caller is not believed, and why keys can't be used. Neither ever holds a token or a key.

use std::path::PathBuf;

/// Why a credential was refused. The caller is told no more than the problem's code says; the reason
/// goes into the log and the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// No credential was shown where one is needed.
    #[error("no credential was shown")]
    Missing,
    /// The `Authorization` header is not one `Bearer` token.
    #[error("the Authorization header is not one Bearer token")]
    MalformedHeader,
    /// Not a JWT, or one that is too large, compressed, or asks for extensions.
    #[error("not a token that can be read")]
    Malformed,
    /// Signed by an algorithm that is not accepted, `none` included.
    #[error("the algorithm is not accepted")]
    Algorithm,
    /// No key fits.
    #[error("no key with this id and algorithm is known")]
    UnknownKey,
    /// The signature is wrong.
    #[error("the signature is wrong")]
    Signature,
    /// Past its `exp`.
    #[error("expired")]
    Expired,
    /// Before its `nbf`, or issued in the future.
    #[error("not valid yet")]
    NotYetValid,
    /// `iss` is missing or another one.
    #[error("another issuer")]
    Issuer,
    /// `aud` is missing or names others only.
    #[error("meant for another audience")]
    Audience,
    /// A claim is missing.
    #[error("the claim for {0} is missing")]
    MissingClaim(&'static str),
    /// A claim is out of its bounds.
    #[error("the claim for {0} is out of its bounds")]
    InvalidClaim(&'static str),
    /// Expires later than a token may.
    #[error("lives longer than is allowed")]
    LivesTooLong,
    /// The token, its session or its subject was revoked.
    #[error("revoked")]
    Revoked,
    /// The issuer's keys can't be fetched, and the last ones are too old.
    #[error("the issuer's keys are not available")]
    KeysUnavailable,
}

impl AuthError {
    /// A short word for the metrics.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::MalformedHeader => "malformed_header",
            Self::Malformed => "malformed",
            Self::Algorithm => "algorithm",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "signature",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::MissingClaim(_) => "missing_claim",
            Self::InvalidClaim(_) => "invalid_claim",
            Self::LivesTooLong => "lives_too_long",
            Self::Revoked => "revoked",
            Self::KeysUnavailable => "keys_unavailable",
        }
    }
}

/// Why keys can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file can't be read.
    #[error("{}: {source}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Fetching failed.
    #[error("fetching the keys: {0}")]
    Fetch(#[from] reqwest::Error),
    /// The answer was not a success.
    #[error("fetching the keys: the answer has status {0}")]
    Status(u16),
    /// The key set is larger than is allowed.
    #[error("the key set is larger than {limit} bytes")]
    TooLarge {
        /// The bound in bytes.
        limit: usize,
    },
    /// Not a JSON Web Key Set.
    #[error("not a key set: {0}")]
    NotAKeySet(serde_json::Error),
    /// A PEM file that can't be used; the text says what to do.
    #[error("{0}")]
    Pem(String),
    /// There is no key for any accepted algorithm.
    #[error("no usable key: {looked_at} looked at, none is a public key for an accepted algorithm")]
    NoUsableKey {
        /// How many keys were looked at.
        looked_at: usize,
    },
}
