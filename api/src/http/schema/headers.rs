//! Parameters that several operations have in common.

use utoipa::IntoParams;

/// Which order.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OrderPath {
    /// The order's id, its number (`ORD-10001`), or the shop's reference.
    #[param(example = "ORD-10001", min_length = 1)]
    pub id: String,
}

/// What any command may carry.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct CommandHeaders {
    /// By what a repeat of this request is recognised: 1 to 255 visible ASCII characters, yours alone
    /// within your issuer and subject. A repeat gets the first answer, marked `Idempotent-Replayed: true`.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255)]
    pub idempotency_key: Option<String>,
    /// What caused this request; kept with the events. 1 to 128 visible ASCII characters.
    #[param(rename = "X-Causation-Id", min_length = 1, max_length = 128)]
    pub causation_id: Option<String>,
    /// Names this request in logs and events: 1 to 64 letters, digits, `.`, `_` or `-`. One is made if
    /// it is missing or anything else; the answer carries it.
    #[param(rename = "X-Request-Id")]
    pub request_id: Option<String>,
}

/// The version that the caller has seen.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfMatchHeader {
    /// The order's `ETag`: fails with 412 if it has moved on.
    #[param(rename = "If-Match", example = "\"3\"")]
    pub if_match: Option<String>,
}

/// What a patch carries.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct PatchHeaders {
    /// The order's `ETag`: fails with 412 if it has moved on, with 428 if it is missing. `*` patches
    /// whatever version there is.
    #[param(rename = "If-Match", example = "\"3\"")]
    pub if_match: String,
    /// By what a repeat of this request is recognised: 1 to 255 visible ASCII characters, yours alone
    /// within your issuer and subject. A repeat gets the first answer, marked `Idempotent-Replayed: true`.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255)]
    pub idempotency_key: Option<String>,
    /// What caused this request; kept with the events. 1 to 128 visible ASCII characters.
    #[param(rename = "X-Causation-Id", min_length = 1, max_length = 128)]
    pub causation_id: Option<String>,
    /// Names this request in logs and events: 1 to 64 letters, digits, `.`, `_` or `-`. One is made if
    /// it is missing or anything else; the answer carries it.
    #[param(rename = "X-Request-Id")]
    pub request_id: Option<String>,
}

/// What a conditional read carries.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct ReadHeaders {
    /// The order's `ETag` as it is known: 304 if it still has that version.
    #[param(rename = "If-None-Match", example = "\"3\"")]
    pub if_none_match: Option<String>,
    /// Fails with 412 if the order has another version.
    #[param(rename = "If-Match")]
    pub if_match: Option<String>,
}
