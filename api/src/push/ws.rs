//! `GET /v1/ws`: the upgrade. What follows is decided on the socket, where a browser can read it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;

use super::connection;
use super::entrance::Arrival;
use crate::app::Shared;
use crate::http::middleware::ClientAddress;
use crate::problem::{Code, Problem};

/// The subprotocol that clients ask for.
pub const SUBPROTOCOL: &str = "waybill.v1.json";
/// What a connection keeps to read into; the default of 128 KiB would be most of its memory.
const READ_BUFFER: usize = 4 << 10;

/// Whether a request begins a connection here. Then it is this channel that finds out who calls, once it
/// is his turn, and not the middleware, for every request and at once.
#[must_use]
pub fn begins(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    // Over HTTP/2 an upgrade is a CONNECT.
    path == "/v1/ws" && (headers.contains_key(header::UPGRADE) || method == Method::CONNECT)
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
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|rejection| {
        Problem::new(
            Code::MalformedRequest,
            "This address takes WebSocket upgrades only; GET /v1/events takes plain requests.",
        )
        .caused_by(&rejection)
    })?;
    let push = Arc::clone(&app.push);
    let arrival = Arrival {
        headers,
        address: address.and_then(|Extension(ClientAddress(address))| address),
    };
    let max = push.config.frame_bytes_max;
    Ok(upgrade
        .protocols([SUBPROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(max)
        .max_frame_size(max)
        .on_upgrade(move |socket| {
            let tracker = push.connections.clone();
            tracker.track_future(connection::serve(socket, push, arrival))
        }))
}
