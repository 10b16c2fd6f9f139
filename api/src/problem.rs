//! What a caller is told when something is refused or fails: RFC 9457 problems.
//!
//! The policy. A caller can act on the `code`, which is stable and listed in one table ([`CODES`]); the
//! `detail` is for people and may change. He is told what he did and what the bound is, never what the
//! database said or which of two secrets was wrong. What we need to know ourselves goes along as `cause`
//! and is logged once, at the edge (`http::middleware`), together with the request's id. Conversions
//! into a problem have no side effects. Details may quote what the caller sent, so they are not logged.

mod code;
mod from;
mod page;

pub use code::{CODES, Code, Entry};
pub(crate) use from::shortened;
pub use page::page;

use std::{error::Error, sync::Arc, time::Duration};

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use waybill_domain::FieldError;

/// The media type of problems.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A refusal or failure, ready to be answered with.
#[derive(Debug, Clone)]
#[must_use]
pub struct Problem(Box<Parts>);

/// Boxed, so that a `Result` with a problem stays small.
#[derive(Debug, Clone)]
struct Parts {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    extras: Map<String, Value>,
    headers: HeaderMap,
    cause: Option<String>,
}

impl Problem {
    /// A problem of that code, with a sentence for whoever reads it.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            extras: Map::new(),
            headers: HeaderMap::new(),
            cause: None,
        }))
    }

    /// Something went wrong on our side. The caller is told no more than that; the cause is logged.
    pub fn internal(cause: impl Into<String>) -> Self {
        let detail = "Something went wrong on our side. The request id leads to it in our logs.";
        let mut problem = Self::new(Code::Internal, detail);
        problem.0.cause = Some(cause.into());
        problem
    }

    /// Like [`Problem::internal`], from an error with all its sources.
    pub fn internal_error(error: &(dyn Error + 'static)) -> Self {
        Self::internal(chain(error))
    }

    /// The database or something else that we need can't be used now.
    pub fn unavailable(error: &(dyn Error + 'static)) -> Self {
        Self::new(
            Code::Unavailable,
            "The service can't do this at the moment. Try again.",
        )
        .caused_by(error)
        .retry_after(Duration::from_secs(1))
    }

    /// No order, or none that the caller may know of.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "There is no such order.")
    }

    /// A field and what it must be.
    pub fn field(mut self, field: impl Into<String>, detail: impl Into<String>) -> Self {
        self.0.errors.push(FieldError::new(field, detail));
        self
    }

    /// A further member, such as `current_version`. A value that can't be written as JSON is left out.
    pub fn with(mut self, name: &'static str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.0.extras.insert(name.to_owned(), value);
        }
        self
    }

    /// A further header.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// When to try again: `Retry-After` in whole seconds, rounded up, and to the millisecond in the body.
    pub fn retry_after(self, wait: Duration) -> Self {
        let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.header(header::RETRY_AFTER, HeaderValue::from(whole))
            .with("retry_after_secs", whole)
            .with(
                "retry_after_ms",
                u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX),
            )
    }

    /// What is behind it, for our log only.
    pub fn caused_by(mut self, error: &(dyn Error + 'static)) -> Self {
        self.0.cause = Some(chain(error));
        self
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What is behind it; for the log.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The body, for places that carry it inside another answer (bulk rows, socket frames).
    #[must_use]
    pub fn body(&self) -> Value {
        let entry = self.0.code.entry();
        let mut body = Map::new();
        body.insert(
            "type".to_owned(),
            json!(format!("/docs/problems#{}", entry.name)),
        );
        body.insert("title".to_owned(), json!(entry.title));
        body.insert("status".to_owned(), json!(entry.status));
        body.insert("code".to_owned(), json!(entry.name));
        body.insert("detail".to_owned(), json!(self.0.detail));
        if !self.0.errors.is_empty() {
            body.insert("errors".to_owned(), json!(self.0.errors));
        }
        body.extend(self.0.extras.clone());
        Value::Object(body)
    }
}

impl IntoResponse for Problem {
    /// Leaves itself in the response's extensions, where the edge finds it to log it and to add the
    /// request's id.
    fn into_response(self) -> Response {
        let mut response = (self.0.code.status(), self.body().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.0.headers.clone());
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// An error with its sources, on one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let next = error.to_string();
        // Transparent wrappers repeat what they wrap.
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
