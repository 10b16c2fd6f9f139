//! Pages of lists: how long they may be, and where they go on.

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
    bad(
        "page_cursor",
        "must be the `next_cursor` of a page of the same list",
    )
}

/// A parameter that is not what it must be.
pub fn bad(parameter: &str, detail: &str) -> Problem {
    Problem::new(
        Code::MalformedRequest,
        "A parameter is not what it must be; `errors` says which.",
    )
    .field(parameter, detail)
}
