//! Every route, in one place.

use axum::Router;
use axum::routing::get;

use super::health;
use crate::app::Shared;
use crate::push::{long_poll, ws};

/// The whole service. Every handler that is not public asks for a principal itself.
pub fn all(app: Shared) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/v1/events", get(long_poll::events))
        .route("/v1/ws", get(ws::upgrade))
        .with_state(app)
}
