//! Whether the node lives, whether traffic should come to it, and what it has counted.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use crate::app::Shared;
use crate::problem::{Code, Problem};

/// How long the database may take to answer before the node counts as not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process runs.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, description = "The process runs", body = String, content_type = "text/plain")))]
pub async fn alive() -> &'static str {
    "ok\n"
}

/// The node can do its work: it is not stopping, it can read the database, it has keys.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operations",
    responses((status = 200, description = "Send traffic", body = String, content_type = "text/plain"), (status = 503, description = "Send none: `draining`, `keys_unavailable`, `unavailable`")),
)]
pub async fn ready(State(app): State<Shared>) -> Result<&'static str, Problem> {
    if !app.ready.load(Ordering::Relaxed) {
        return Err(Problem::new(Code::Draining, "This node is stopping."));
    }
    if !app.auth.has_keys() {
        return Err(Problem::new(
            Code::KeysUnavailable,
            "The issuer's keys have not been fetched yet.",
        ));
    }
    let asked = async { app.log.db().session().await?.ping().await };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(())) => Ok("ready\n"),
        Ok(Err(error)) => Err(Problem::unavailable(&error)),
        Err(elapsed) => Err(Problem::unavailable(&elapsed)),
    }
}

/// What the node has counted, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses((status = 200, description = "Prometheus text format", body = String, content_type = "text/plain")))]
pub async fn metrics(State(app): State<Shared>) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        app.metrics.render(),
    )
}
