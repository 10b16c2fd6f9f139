//! What a refusal looks like (RFC 9457).

use serde::Serialize;
use utoipa::ToSchema;

use super::event::Event;
use super::order::AllowedAction;

/// A field at fault.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// Its path in the body, or the name of a parameter or header.
    #[schema(example = "pricing.items[3].quantity")]
    pub field: String,
    /// What it must be.
    #[schema(example = "must be between 1 and 1,000,000")]
    pub detail: String,
}

/// Why a request was refused or failed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "/docs/problems#illegal_transition",
    "title": "The order can't go there",
    "status": 409,
    "code": "illegal_transition",
    "detail": "An order cannot go from shipped to processing.",
    "allowed_actions": [{"action": "change_status", "to": "delivered"}],
    "request_id": "0199f2a8-0d3f-7b20-8a41-5f0c2a9e7d12"
}))]
pub struct Problem {
    /// Where it is explained.
    #[serde(rename = "type")]
    #[schema(example = "/docs/problems#illegal_transition")]
    pub kind: String,
    /// The same for every problem of this code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable: for programs to go by.
    pub code: String,
    /// For people; may change.
    pub detail: String,
    /// The fields at fault.
    pub errors: Option<Vec<FieldError>>,
    /// With `version_conflict` and `precondition_failed`: where the order stands.
    pub current_version: Option<u64>,
    /// With them: what has happened since the version that the caller has seen, at most 50 events.
    pub changes: Option<Vec<Event>>,
    /// With them: whether `changes` are all.
    pub changes_complete: Option<bool>,
    /// With a refused transition: what the caller may do instead.
    pub allowed_actions: Option<Vec<AllowedAction>>,
    /// With `cursor_reset`: `epoch`, `ahead` or `mismatch`.
    pub reason: Option<String>,
    /// When to try again, as in `Retry-After`.
    pub retry_after_secs: Option<u64>,
    /// Likewise in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// Leads to the request in the service's logs. Absent inside other answers.
    pub request_id: Option<String>,
}
