//! A request's id, its span, its log line and its metrics.

use std::{fmt, sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::{FromRequestParts, MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    middleware::Next,
    response::Response,
};
use serde_json::json;
use tracing::Instrument;
use uuid::Uuid;

use crate::problem::Problem;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken over from a caller.
const ID_BYTES_MAX: usize = 64;
/// What is asked every few seconds by machines is not worth a line at the usual level.
const QUIET: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The id of a request: the caller's `X-Request-Id` if it is 1 to 64 letters, digits, `.`, `_` or `-`,
/// else a fresh one. It is in every log line of the request, in the answer's headers, in problems, and as
/// correlation id in the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(headers: &HeaderMap) -> Self {
        let fine = |id: &&str| {
            (1..=ID_BYTES_MAX).contains(&id.len())
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        let given = headers
            .get(REQUEST_ID)
            .and_then(|value| value.to_str().ok())
            .filter(fine);
        Self(given.map_or_else(|| Uuid::now_v7().to_string().into(), Into::into))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let id = parts.extensions.get::<Self>().cloned();
        id.ok_or_else(|| Problem::internal("the request middleware is not in front of this route"))
    }
}

/// The outermost middleware.
pub(super) async fn follow(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    // The pattern of the route, not the path: no ids in metrics, and no query anywhere.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("(none)", MatchedPath::as_str)
        .to_owned();
    let span =
        tracing::info_span!("request", request_id = %id, %method, path = request.uri().path());
    async {
        let mut response = next.run(request).await;
        let problem = response.extensions().get::<Arc<Problem>>().cloned();
        if let Some(problem) = &problem {
            add_id(&mut response, problem, &id);
        }
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        add_defaults(response.headers_mut());
        record(
            method.as_str(),
            &route,
            response.status().as_u16(),
            problem.as_deref(),
            started,
        );
        response
    }
    .instrument(span)
    .await
}

/// What every answer carries unless its handler said something else. An answer of the API is nobody's to
/// keep and no page at all.
const DEFAULTS: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    // No foreign page takes it in as an image or the like. What CORS allows is not concerned.
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

fn add_defaults(headers: &mut HeaderMap) {
    for (name, value) in DEFAULTS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}

/// Writes a problem anew with the id in it.
fn add_id(response: &mut Response, problem: &Problem, id: &RequestId) {
    let mut body = problem.body();
    body["request_id"] = json!(id.as_str());
    let body = body.to_string();
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = Body::from(body);
}

/// The one line of a request, and the one place where a failure is logged.
fn record(method: &str, route: &str, status: u16, problem: Option<&Problem>, started: Instant) {
    let elapsed = started.elapsed();
    let elapsed_ms = elapsed.as_secs_f64() * 1000.0;
    let code = problem.map(|problem| problem.code().as_str());
    let cause = problem.and_then(Problem::cause);
    if status >= 500 {
        tracing::error!(status, code, cause, elapsed_ms, "failed");
    } else if QUIET.contains(&route) {
        tracing::debug!(status, code, cause, elapsed_ms, "answered");
    } else {
        tracing::info!(status, code, cause, elapsed_ms, "answered");
    }
    let labels = [
        ("method", method.to_owned()),
        ("route", route.to_owned()),
        ("status", status.to_string()),
    ];
    metrics::counter!("waybill_http_requests_total", &labels).increment(1);
    metrics::histogram!("waybill_http_request_seconds", &labels[..2]).record(elapsed.as_secs_f64());
}
