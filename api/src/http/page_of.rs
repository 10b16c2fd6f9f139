//! Pages of lists: how long they may be, and where they go on.

use serde::Deserialize;

use crate::problem::{Code, Problem};

/// Rows in a page, unless `limit` says otherwise.
pub const LIMIT: u32 = 25;
/// Rows in a page at most.
pub const LIMIT_MAX: u32 = 100;

/// The page's length.
pub fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    let limit = asked.unwrap_or(LIMIT);
    if (1..=LIMIT_MAX).contains(&limit) {
        Ok(limit)
    } else {
        Err(bad("limit", &format!("must be between 1 and {LIMIT_MAX}")))
    }
}

/// A `page_cursor` that this list never gave.
pub fn bad_cursor() -> Problem {
    other_list("must be the `next_cursor` of a page of the same list")
}

/// A `page_cursor` that another list gave.
pub fn other_list(detail: impl Into<String>) -> Problem {
    Problem::invalid_cursor("page_cursor", detail)
}

/// What may be said of a page of one order's history.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct HistoryParams {
    /// Entries in the answer at most: 1 to 100, 25 by default.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub page_cursor: Option<String>,
    /// What the answer must reflect: a cursor, for staff also a bare position. Waits for it for at most
    /// 5 s.
    pub min_position: Option<String>,
}

/// A parameter that is not what it must be.
pub fn bad(parameter: &str, detail: &str) -> Problem {
    Problem::new(
        Code::MalformedRequest,
        "A parameter is not what it must be; `errors` says which.",
    )
    .field(parameter, detail)
}
