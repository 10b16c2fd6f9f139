//! Wishes of a client that are not granted; its connection goes on.

use waybill_infra::log::CursorError;

use super::access;
use super::frames::ServerFrame;

/// Why a wish was not granted.
pub(super) struct Refused {
    pub(super) code: &'static str,
    pub(super) detail: String,
    pub(super) retry: bool,
}

impl Refused {
    pub(super) fn new(code: &'static str, detail: &dyn std::fmt::Display, retry: bool) -> Self {
        Self {
            code,
            detail: detail.to_string(),
            retry,
        }
    }

    pub(super) fn of_cursor(error: &CursorError) -> Self {
        match error {
            CursorError::Database(_) => Self::unavailable(),
            other => Self::new("bad_cursor", other, false),
        }
    }

    pub(super) fn unavailable() -> Self {
        Self::new(
            "unavailable",
            &"the log cannot be read at the moment; try again",
            true,
        )
    }
}

impl From<access::AccessError> for Refused {
    fn from(error: access::AccessError) -> Self {
        use access::AccessError as E;
        match error {
            E::Forbidden => Self::new("forbidden", &error, false),
            E::NotFound => Self::new("not_found", &error, false),
            E::Database(_) => Self::unavailable(),
        }
    }
}

/// The `error` frame that tells why.
pub(super) fn refusal(id: Option<&str>, code: &str, detail: &str, retry: bool) -> String {
    ServerFrame::Error {
        id,
        code,
        detail,
        retry,
    }
    .line()
}

/// Checks a subscription's id.
pub(super) fn check_id(id: &str) -> Result<(), Refused> {
    // No character that JSON would have to escape, so that the id can be written as it is.
    let plain = id
        .bytes()
        .all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
    if plain && (1..=64).contains(&id.len()) {
        return Ok(());
    }
    Err(Refused::new(
        "bad_id",
        &"`id` must be 1 to 64 printable ASCII characters without blanks, quotes and backslashes",
        false,
    ))
}
