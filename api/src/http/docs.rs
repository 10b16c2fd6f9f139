//! What the service says of itself: the `OpenAPI` document, the reference made from it, the problems.

use std::sync::LazyLock;

use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;

use super::openapi;
use super::page::PAGE_POLICY;
use crate::app::Shared;
use crate::problem;

/// The `OpenAPI` document as JSON, as `waybill openapi` prints it.
static DOCUMENT: LazyLock<String> = LazyLock::new(openapi::json);

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/openapi.json", get(document))
        .route("/docs/problems", get(problems))
}

async fn document() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, DOCUMENT.as_str())
}

async fn problems() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, Html(problem::page()))
}
