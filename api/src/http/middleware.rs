//! What happens to every request before and after its handler, from the outside in:
//!
//! 1. `request.rs`: an id, a span with it, one log line and metrics at the end; problems get the id;
//! 2. a panic becomes a 500;
//! 3. CORS, by the list of allowed origins;
//! 4. a time-out, a bound for bodies;
//! 5. `caller.rs`: who calls, whether the page may let him, and whether not too often.

mod address;
mod caller;
mod cors;
mod request;

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::catch_panic::CatchPanicLayer;

use super::page;
use crate::{
    auth::{AllowedOrigins, Authenticator},
    config::HttpConfig,
    problem::{Code, Problem},
    rate_limit::RateLimits,
};

pub use address::ClientAddress;
pub use request::RequestId;

/// What the middleware needs.
#[derive(Clone)]
pub struct Edge {
    /// Says who calls.
    pub authenticator: Authenticator,
    /// Which pages may call from a browser.
    pub origins: Arc<AllowedOrigins>,
    /// How often.
    pub rates: Arc<RateLimits>,
    /// Proxies of our own in front.
    pub trusted_proxies: usize,
    /// Largest body in bytes.
    pub body_limit: usize,
    /// Longest time until an answer begins.
    pub request_timeout: Duration,
}

impl Edge {
    /// As configured.
    #[must_use]
    pub fn new(
        config: &HttpConfig,
        authenticator: Authenticator,
        origins: AllowedOrigins,
        rates: RateLimits,
    ) -> Self {
        Self {
            authenticator,
            origins: Arc::new(origins),
            rates: Arc::new(rates),
            trusted_proxies: config.trusted_proxies,
            body_limit: config.body_limit,
            request_timeout: config.request_timeout,
        }
    }
}

/// Puts the middleware around all routes, the page where there is none, and a problem in the place of
/// axum's own 405. To be called last, and served with [`serve`](super::server::serve), from which the
/// caller's address comes.
pub fn wrap(routes: Router, edge: &Edge) -> Router {
    routes
        .fallback_service(page::all())
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(edge.clone(), caller::recognise))
        .layer(DefaultBodyLimit::max(edge.body_limit))
        .layer(from_fn_with_state(edge.request_timeout, time_out))
        .layer(cors::layer(&edge.origins))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(request::follow))
}

async fn method_not_allowed() -> Problem {
    Problem::new(
        Code::MethodNotAllowed,
        "This address doesn't take this method.",
    )
}

async fn time_out(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    tokio::time::timeout(limit, next.run(request))
        .await
        .unwrap_or_else(|_| {
            let detail = "The request took too long. Whether a change was made is not known.";
            Problem::new(Code::TimedOut, detail)
                .retry_after(Duration::from_secs(1))
                .into_response()
        })
}

/// The panic hook has told the place already; the request's log line adds the id.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature is tower-http's"
)]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    Problem::internal(format!("panicked: {}", text.unwrap_or("no message"))).into_response()
}

#[cfg(test)]
mod tests;
