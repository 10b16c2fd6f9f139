//! `GET /v1/ws`: the upgrade. What follows is decided on the socket, where a browser can read it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::entrance::Arrival;
use super::{connection, rfc6455};
use crate::app::Shared;
use crate::http::middleware::ClientAddress;
use crate::http::server::Place;
use crate::problem::{Code, Problem};

/// The subprotocol that clients ask for.
pub const SUBPROTOCOL: &str = "waybill.v1.json";

/// Whether a request begins a connection here. Then it is this channel that finds out who calls, once it
/// is his turn, and not the middleware, for every request and at once.
#[must_use]
pub fn begins(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    path == "/v1/ws" && method == Method::GET && headers.contains_key(header::UPGRADE)
}

/// Upgrades to a WebSocket. Whoever is refused is accepted first and then closed with the code that
/// says why, because a browser cannot read a refused upgrade.
#[utoipa::path(
    get,
    path = "/v1/ws",
    operation_id = "open_socket",
    tag = "push",
    responses(
        (status = 101, description = "Speaks `waybill.v1.json` from here on; see docs/protocol.md"),
        (status = 400, description = "`malformed_request`: not a WebSocket upgrade"),
    ),
)]
pub async fn upgrade(
    State(app): State<Shared>,
    address: Option<Extension<ClientAddress>>,
    mut request: Request,
) -> Result<Response, Problem> {
    let key = key(request.headers()).ok_or_else(|| {
        Problem::new(
            Code::MalformedRequest,
            "This address takes WebSocket upgrades only; GET /v1/events takes plain requests.",
        )
    })?;
    let accept = HeaderValue::try_from(rfc6455::accept(key.as_bytes()))
        .map_err(|error| Problem::internal_error(&error))?;
    let upgrading = hyper::upgrade::on(&mut request);
    let headers = std::mem::take(request.headers_mut());
    let place = request.extensions_mut().remove::<Place>();
    let named = names(&headers, header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL);
    let arrival = Arrival {
        headers,
        address: address.and_then(|Extension(ClientAddress(address))| address),
        place,
    };
    let push = Arc::clone(&app.push);
    let tracker = push.connections.clone();
    let tracker_of_served = tracker.clone();
    // A task is as large as its largest moment. So this one ends when the client is let in, and another
    // serves it.
    tokio::spawn(tracker.track_future(async move {
        match upgrading.await {
            Ok(upgraded) => {
                let Some((stream, already)) = stream(upgraded) else {
                    tracing::warn!("an upgraded connection is not what this node listens for");
                    return;
                };
                let entering = connection::enter(stream, already, push, arrival);
                if let Some(connection) = entering.await {
                    tokio::spawn(tracker_of_served.track_future(connection::serve(connection)));
                }
            }
            Err(error) => tracing::debug!(%error, "a WebSocket was not set up"),
        }
    }));
    let mut response = (
        StatusCode::SWITCHING_PROTOCOLS,
        [
            (header::CONNECTION, HeaderValue::from_static("upgrade")),
            (header::UPGRADE, HeaderValue::from_static("websocket")),
            (header::SEC_WEBSOCKET_ACCEPT, accept),
        ],
    )
        .into_response();
    if named {
        let protocol = HeaderValue::from_static(SUBPROTOCOL);
        let headers = response.headers_mut();
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    Ok(response)
}

/// The connection itself, and what was read of it together with the request.
fn stream(upgraded: Upgraded) -> Option<(TcpStream, Bytes)> {
    let parts = upgraded.downcast::<TokioIo<TcpStream>>().ok()?;
    Some((parts.io.into_inner(), parts.read_buf))
}

/// The client's key, if this is an upgrade as RFC 6455 has it.
fn key(headers: &HeaderMap) -> Option<HeaderValue> {
    let upgrades = names(headers, header::CONNECTION, "upgrade")
        && names(headers, header::UPGRADE, "websocket")
        && names(headers, header::SEC_WEBSOCKET_VERSION, "13");
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?;
    upgrades.then(|| key.clone())
}

/// Whether `name` is among the values of a header that has a list, in any case.
fn names(headers: &HeaderMap, header: HeaderName, name: &str) -> bool {
    let values = headers.get_all(header).into_iter();
    let mut each = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    each.any(|value| value.trim_ascii().eq_ignore_ascii_case(name.as_bytes()))
}
