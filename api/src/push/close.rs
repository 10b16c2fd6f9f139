//! Why a connection ends, in the codes of `docs/protocol.md`.

use std::time::Duration;

use super::admission::Overloaded;
use crate::auth::AuthError;

/// The end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Close {
    /// The client said something that is not a frame.
    BadFrame(String),
    /// The token is missing, bad or expired.
    Unauthenticated(String),
    /// The client may not connect like this.
    Forbidden(String),
    /// No `hello` in time.
    NoHello,
    /// The token, its session or its subject was revoked.
    Revoked,
    /// A frame larger than the bound.
    TooBig,
    /// The server stops; come back.
    Draining,
    /// Nothing could be sent for a time.
    NoProgress,
    /// Pings stayed without an answer.
    NoPong,
    /// Too much at once; come back later.
    Overloaded(String),
    /// Too many at once; come back within this time, at a random moment.
    Crowded(Duration),
    /// The client has as many connections as it may; likewise.
    TooMany(Duration),
    /// The client has gone; there is nobody to tell.
    Gone,
    /// The client has said that it goes, which is answered.
    Left,
}

/// Whether the token came with the upgrade or in a frame.
impl From<AuthError> for Close {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Revoked => Self::Revoked,
            // Not the client's fault, and it may be better in a moment.
            AuthError::KeysUnavailable => Self::Overloaded(error.to_string()),
            other => Self::Unauthenticated(other.to_string()),
        }
    }
}

impl From<Overloaded> for Close {
    fn from(overloaded: Overloaded) -> Self {
        Self::Crowded(overloaded.retry_within)
    }
}

impl Close {
    /// The close code.
    #[must_use]
    pub fn code(&self) -> u16 {
        match self {
            Self::BadFrame(_) => 4400,
            Self::Unauthenticated(_) => 4401,
            Self::Forbidden(_) => 4403,
            Self::NoHello => 4408,
            Self::Revoked => 4409,
            Self::TooBig => 4413,
            Self::Draining => 4100,
            Self::NoProgress => 4101,
            Self::NoPong => 4103,
            Self::Overloaded(_) | Self::Crowded(_) | Self::TooMany(_) => 4120,
            Self::Gone | Self::Left => 1000,
        }
    }

    /// The reason, for people: at most 123 bytes, as the protocol allows.
    #[must_use]
    pub fn reason(&self) -> String {
        let mut text = match self {
            Self::BadFrame(detail) | Self::Unauthenticated(detail) | Self::Forbidden(detail) => {
                detail.clone()
            }
            // The hint is for machines too: reconnect at a random moment within it.
            Self::Overloaded(detail) => format!("{detail}; retry_within_ms=10000"),
            Self::Crowded(within) => format!(
                "too many connections at once; retry_within_ms={}",
                within.as_millis()
            ),
            Self::TooMany(within) => format!(
                "too many connections of one caller; retry_within_ms={}",
                within.as_millis()
            ),
            Self::NoHello => "no hello in time".into(),
            Self::Revoked => "revoked".into(),
            Self::TooBig => "the frame is larger than max_frame_bytes".into(),
            Self::Draining => "the server is stopping; reconnect".into(),
            Self::NoProgress => "nothing could be sent for too long".into(),
            Self::NoPong => "no pong".into(),
            Self::Gone | Self::Left => String::new(),
        };
        while text.len() > 123 {
            text.pop();
        }
        text
    }

    /// The code as a metric's label.
    #[must_use]
    pub fn label(&self) -> String {
        self.code().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_fits_into_a_close_frame_and_stays_utf8() {
        let close = Close::BadFrame("ä".repeat(200));
        assert!(close.reason().len() <= 123);
    }
}
