//! `GET /v1/ws`: the upgrade, and what is decided before it.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;

use super::close::Close;
use super::{Push, connection};
use crate::app::Shared;
use crate::auth::Viewer;
use crate::problem::{Code, Problem};

/// The subprotocol that clients ask for.
pub const SUBPROTOCOL: &str = "waybill.v1.json";
/// What a connection keeps to read into; the default of 128 KiB would be most of its memory.
const READ_BUFFER: usize = 4 << 10;

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
    let decided = decide(&push, &headers).await;
    let max = push.config.frame_bytes_max;
    Ok(upgrade
        .protocols([SUBPROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(max)
        .max_frame_size(max)
        .on_upgrade(move |socket| async move {
            match (decided, push.admit()) {
                (Err(close), _) => refuse(socket, &close).await,
                (Ok(_), None) => {
                    refuse(socket, &Close::Overloaded("too many connections".into())).await;
                }
                (Ok(viewer), Some(_place)) => {
                    let tracker = push.connections.clone();
                    tracker
                        .track_future(connection::serve(socket, Arc::clone(&push), viewer))
                        .await;
                }
            }
        }))
}

/// Who is there, if the upgrade says so, or why it may not connect.
async fn decide(push: &Push, headers: &HeaderMap) -> Result<Option<Viewer>, Close> {
    if push.draining.is_cancelled() {
        return Err(Close::Draining);
    }
    let now = chrono::Utc::now();
    let viewer = push.auth.authenticate_viewer(headers, now).await?;
    if !push
        .origins
        .permit_upgrade(headers, viewer.as_ref().map(Viewer::credential))
    {
        return Err(Close::Forbidden(
            "this Origin is not on the list of FRONTEND_URL".into(),
        ));
    }
    Ok(viewer)
}

async fn refuse(mut socket: WebSocket, close: &Close) {
    metrics::counter!("waybill_push_closes_total", "code" => close.label()).increment(1);
    let frame = CloseFrame {
        code: close.code(),
        reason: close.reason().into(),
    };
    // The client may be gone already; then there is nobody to tell.
    let _ = socket.send(Message::Close(Some(frame))).await;
}
