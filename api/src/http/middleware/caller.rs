//! Who calls, whether the page may let him, and whether not too often.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::Utc;

use super::{ClientAddress, Edge};
use crate::{
    auth::{AuthError, Authentication, Viewer},
    http::page,
    problem::{Code, Problem},
    push::{socketio, ws},
};

/// Never limited: the machines that watch us ask these.
const UNLIMITED: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

pub(super) async fn recognise(
    State(edge): State<Edge>,
    mut request: Request,
    next: Next,
) -> Response {
    let address = ClientAddress::of(
        request.extensions(),
        request.headers(),
        edge.trusted_proxies,
    );
    if ws::begins(request.method(), request.uri().path(), request.headers()) {
        request.extensions_mut().insert(address);
        return next.run(request).await;
    }
    let found = edge
        .authenticator
        .authenticate_viewer(request.headers(), Utc::now())
        .await;
    if let Err(error) = found {
        // Told at once, even where a handler would do without a caller.
        tracing::debug!(%error, "the credential is refused");
        metrics::counter!("waybill_auth_refused_total", "reason" => error.label()).increment(1);
    }
    let caller = found.as_ref().ok().and_then(Option::as_ref);
    let path = request.uri().path();
    let unlimited = UNLIMITED.contains(&path) || socketio::counts(path) || page::has_file(path);
    // A tracking link is anybody's who was given it, so its holders count by their addresses.
    let account = caller.and_then(Viewer::account);
    if !unlimited && let Err(wait) = edge.rates.check(account, address.0) {
        let detail =
            "More requests than this caller may make. Wait for as long as Retry-After says.";
        return Problem::new(Code::RateLimited, detail)
            .retry_after(wait)
            .into_response();
    }
    if let Some(caller) = caller
        && !edge
            .origins
            .permit_request(request.method(), request.headers(), caller.credential())
    {
        let detail =
            "A change that a cookie speaks for must come from a page of an allowed origin.";
        return Problem::new(Code::OriginRefused, detail).into_response();
    }
    let found: Result<_, AuthError> = found.map(|viewer| viewer.map(Arc::new));
    request.extensions_mut().insert(Authentication(found));
    request.extensions_mut().insert(address);
    next.run(request).await
}
