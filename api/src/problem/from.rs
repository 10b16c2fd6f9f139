//! Conversions from the errors of the layers below. No side effects.

use axum::{
    extract::rejection::{BytesRejection, PathRejection, QueryRejection},
    http::{HeaderValue, StatusCode, header},
};
use waybill_domain::{BoundError, InvalidFields, OrderError};

use super::{Code, Problem, chain};
use crate::auth::AuthError;

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        let code = match &error {
            OrderError::AlreadyExists => Code::AlreadyExists,
            OrderError::NotFound | OrderError::NotYours => return Self::not_found(),
            OrderError::Forbidden { .. } => Code::Forbidden,
            OrderError::IllegalTransition { .. } => Code::IllegalTransition,
            OrderError::UseCancel { .. } => Code::UseCancel,
            OrderError::OrderFinal { .. } => Code::OrderFinal,
            OrderError::FieldLocked { .. } => Code::FieldLocked,
            OrderError::InvalidFields(_) => Code::InvalidFields,
        };
        if let OrderError::InvalidFields(fields) = error {
            return fields.into();
        }
        let problem = Self::new(code, sentence(&error.to_string()));
        match error.allowed_actions() {
            Some(allowed) => problem.with("allowed_actions", allowed),
            None => problem,
        }
    }
}

impl From<InvalidFields> for Problem {
    fn from(fields: InvalidFields) -> Self {
        let mut problem = Self::new(
            Code::InvalidFields,
            "Some fields are out of bounds; `errors` says which.",
        );
        problem.0.errors = fields.errors;
        problem
    }
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        let (code, detail, challenge) = match error {
            AuthError::Missing => (
                Code::Unauthenticated,
                "This needs a bearer token or a session.",
                "Bearer realm=\"waybill\"",
            ),
            AuthError::Expired => (
                Code::TokenExpired,
                "The token has expired.",
                "Bearer realm=\"waybill\", error=\"invalid_token\", error_description=\"expired\"",
            ),
            AuthError::Revoked => (
                Code::TokenRevoked,
                "The token, its session or its subject was revoked.",
                "Bearer realm=\"waybill\", error=\"invalid_token\", error_description=\"revoked\"",
            ),
            AuthError::KeysUnavailable => {
                let detail =
                    "The issuer's keys can't be fetched, so tokens can't be checked. Try again.";
                return Self::new(Code::KeysUnavailable, detail)
                    .retry_after(std::time::Duration::from_secs(5));
            }
            // Which check failed would help a forger more than a caller; the log has it.
            _ => (
                Code::TokenRefused,
                "The token is not accepted here.",
                "Bearer realm=\"waybill\", error=\"invalid_token\"",
            ),
        };
        Self::new(code, detail)
            .header(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(challenge),
            )
            .caused_by(&error)
    }
}

/// A value in a path, query or header that is out of bounds.
impl Problem {
    /// A parameter that is not what it must be.
    pub fn bad_parameter(name: &str, error: &BoundError) -> Self {
        Self::new(
            Code::MalformedRequest,
            "A parameter is not what it must be; `errors` says which.",
        )
        .field(name, error.to_string())
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Self::new(
                Code::BodyTooLarge,
                "The body is larger than this service takes.",
            );
        }
        Self::new(Code::MalformedRequest, "The body could not be read.").caused_by(&rejection)
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        // The innermost error reads "field: what is wrong".
        let text = chain(&rejection);
        let told = text
            .rsplit_once("query string: ")
            .map_or(text.as_str(), |(_, told)| told);
        let (field, detail) = told.split_once(": ").unwrap_or(("(query)", told));
        Self::new(
            Code::MalformedRequest,
            "The query is not what it must be; `errors` says why.",
        )
        .field(shortened(field), shortened(detail))
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        if rejection.status().is_server_error() {
            return Self::internal_error(&rejection);
        }
        Self::new(Code::MalformedRequest, "The path is not what it must be.")
            .field("(path)", shortened(&rejection.body_text()))
    }
}

/// Texts of parsers may quote what was sent, without a bound.
pub(crate) fn shortened(text: &str) -> String {
    const MAX: usize = 200;
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    match rest.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), rest.as_str()),
        None => String::new(),
    }
}
