//! The table of all problem codes.

use axum::http::StatusCode;

/// A stable name for a kind of refusal or failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "the table below says what each means, to callers and to readers alike"
)]
pub enum Code {
    MalformedJson,
    MalformedRequest,
    InvalidCursor,
    Unauthenticated,
    TokenExpired,
    TokenRefused,
    TokenRevoked,
    Forbidden,
    OriginRefused,
    NotFound,
    NoSuchRoute,
    MethodNotAllowed,
    AlreadyExists,
    IllegalTransition,
    UseCancel,
    OrderFinal,
    FieldLocked,
    VersionConflict,
    ReferenceTaken,
    RebuildRunning,
    CursorReset,
    PreconditionFailed,
    BodyTooLarge,
    UnsupportedMediaType,
    InvalidFields,
    IdempotencyKeyReused,
    PreconditionRequired,
    RateLimited,
    Internal,
    OrderUnreadable,
    Unavailable,
    KeysUnavailable,
    OutcomeUnknown,
    ReadBehind,
    TimedOut,
    Overloaded,
    TooManyRevocations,
    Draining,
}

/// One row of the table.
#[derive(Debug)]
pub struct Entry {
    /// The code.
    pub code: Code,
    /// Its name on the wire.
    pub name: &'static str,
    /// The HTTP status that goes with it.
    pub status: u16,
    /// The same for every problem of this code.
    pub title: &'static str,
    /// What a caller can do.
    pub advice: &'static str,
}

const fn row(
    code: Code,
    name: &'static str,
    status: u16,
    title: &'static str,
    advice: &'static str,
) -> Entry {
    Entry {
        code,
        name,
        status,
        title,
        advice,
    }
}

/// All codes, in the order of [`Code`].
#[rustfmt::skip] // One row a code; a table is read down its columns.
pub const CODES: &[Entry] = &[
    row(Code::MalformedJson, "malformed_json", 400, "The body is not JSON", "Send well-formed JSON; the detail says where it stops being any."),
    row(Code::MalformedRequest, "malformed_request", 400, "The request is malformed", "Correct the query, path or header named in `errors`."),
    row(Code::InvalidCursor, "invalid_cursor", 400, "The cursor is none of ours", "Give back a cursor as it was received, or `earliest` or `now`."),
    row(Code::Unauthenticated, "unauthenticated", 401, "Authentication is required", "Send `Authorization: Bearer` with a token, or a cookie."),
    row(Code::TokenExpired, "token_expired", 401, "The token has expired", "Get a fresh token and repeat the request."),
    row(Code::TokenRefused, "token_refused", 401, "The token is not accepted", "Get a token from the issuer that this service trusts."),
    row(Code::TokenRevoked, "token_revoked", 401, "The token was revoked", "Log in again."),
    row(Code::Forbidden, "forbidden", 403, "Not allowed", "This needs another role."),
    row(Code::OriginRefused, "origin_refused", 403, "The page's origin is not allowed", "Call from an allowed origin, or with a bearer token. Operators: FRONTEND_URL."),
    row(Code::NotFound, "not_found", 404, "Not found", "Check the id; what belongs to others is not found either."),
    row(Code::NoSuchRoute, "no_such_route", 404, "No such address", "See /docs for all addresses."),
    row(Code::MethodNotAllowed, "method_not_allowed", 405, "The method is not allowed here", "The header `Allow` lists the methods."),
    row(Code::AlreadyExists, "already_exists", 409, "The order exists already", "Read it instead of placing it again."),
    row(Code::IllegalTransition, "illegal_transition", 409, "The order can't go there", "Choose one of `allowed_actions`."),
    row(Code::UseCancel, "use_cancel", 409, "An order is cancelled by its own command", "Use POST /v1/orders/{id}/cancel, with a reason."),
    row(Code::OrderFinal, "order_final", 409, "The order is final", "Choose one of `allowed_actions`."),
    row(Code::FieldLocked, "field_locked", 409, "The detail can't be changed any more", "Choose one of `allowed_actions`."),
    row(Code::VersionConflict, "version_conflict", 409, "The order has moved on", "Read the order, look at `changes`, and decide again on `current_version`."),
    row(Code::ReferenceTaken, "reference_taken", 409, "The reference belongs to another order", "Use another reference, or the order that has it."),
    row(Code::RebuildRunning, "rebuild_running", 409, "A rebuild is running", "Wait until it has ended."),
    row(Code::CursorReset, "cursor_reset", 410, "The cursor belongs to another log", "Drop what was built from it, read a snapshot, and go on from its cursor."),
    row(Code::PreconditionFailed, "precondition_failed", 412, "The order has moved on", "Read the order, look at `changes`, and repeat with the current ETag in If-Match."),
    row(Code::BodyTooLarge, "body_too_large", 413, "The body is too large", "Send less; the detail names the bound."),
    row(Code::UnsupportedMediaType, "unsupported_media_type", 415, "The media type is not supported", "Send `Content-Type: application/json`."),
    row(Code::InvalidFields, "invalid_fields", 422, "Fields are out of bounds", "Correct the fields named in `errors`."),
    row(Code::IdempotencyKeyReused, "idempotency_key_reused", 422, "The idempotency key was used for something else", "Use a fresh key for another request."),
    row(Code::PreconditionRequired, "precondition_required", 428, "If-Match is required", "Send the order's ETag in If-Match."),
    row(Code::RateLimited, "rate_limited", 429, "Too many requests", "Wait for as long as Retry-After says."),
    row(Code::Internal, "internal", 500, "Something went wrong", "Report it with its `request_id`."),
    row(Code::OrderUnreadable, "order_unreadable", 500, "The order can't be read", "Report it with its `request_id`; other orders are not affected."),
    row(Code::Unavailable, "unavailable", 503, "Not available at the moment", "Try again, with growing pauses."),
    row(Code::KeysUnavailable, "keys_unavailable", 503, "Tokens can't be checked at the moment", "Try again, with growing pauses. Operators: the issuer's keys can't be fetched."),
    row(Code::OutcomeUnknown, "outcome_unknown", 503, "The outcome is not known", "Repeat the request with the same Idempotency-Key; it is carried out once."),
    row(Code::ReadBehind, "read_behind", 503, "The read model is behind", "Try again, or read without `min_position`."),
    row(Code::TimedOut, "timed_out", 503, "The request took too long", "Repeat it; a change with the same Idempotency-Key, so that it is carried out once."),
    row(Code::Overloaded, "overloaded", 503, "Too much to do at the moment", "Try again at a random moment after Retry-After."),
    row(Code::TooManyRevocations, "too_many_revocations", 503, "Too many revocations are in force", "Revoke a subject rather than its tokens. Operators: WAYBILL_REVOCATIONS_MAX."),
    row(Code::Draining, "draining", 503, "The node is about to stop", "Repeat the request; another node will take it."),
];

impl Code {
    /// Its row. The table is in the order of the enum, which a test checks.
    #[must_use]
    pub fn entry(self) -> &'static Entry {
        &CODES[self as usize]
    }

    /// Its name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.entry().name
    }

    /// Its HTTP status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.entry().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}
