//! What the service says of itself: the `OpenAPI` and `AsyncAPI` documents, the reference made from the
//! former, the problems.
//!
//! The pages are plain HTML with one style sheet, without scripts and without anything from elsewhere,
//! so they work under the same policy as the rest.

mod reference;

use std::sync::LazyLock;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use super::page::PAGE_POLICY;
use super::{asyncapi, openapi};
use crate::app::Shared;
use crate::problem;

/// Made when first asked for, then kept: none of them changes while the process runs.
static DOCUMENT: LazyLock<String> = LazyLock::new(openapi::json);
static CHANNELS: LazyLock<String> = LazyLock::new(asyncapi::json);
static REFERENCE: LazyLock<String> = LazyLock::new(|| reference::page(&openapi::document()));

pub(super) fn routes() -> Router<Shared> {
    let document = || async { shown("application/json", DOCUMENT.as_str()) };
    let channels = || async { shown("application/json", CHANNELS.as_str()) };
    let reference = || async { shown("text/html; charset=utf-8", REFERENCE.as_str()) };
    let problems = || async { shown("text/html; charset=utf-8", problem::page()) };
    let style = || async { shown("text/css", include_str!("docs/style.css")) };
    Router::new()
        .route("/openapi.json", get(document))
        .route("/asyncapi.json", get(channels))
        .route("/docs", get(reference))
        .route("/docs/problems", get(problems))
        .route("/docs/style.css", get(style))
}

fn shown(kind: &'static str, body: impl IntoResponse) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
    ];
    (headers, body)
}
