//! Socket.IO on `/socket.io/`, for the front ends of the two systems that this one takes the place of.
//!
//! The transport is [`engineioxide`]: polling, WebSocket, the change from one to the other, heartbeats.
//! What is said over it is written here, because no server for it in Rust can send the `pid` that makes
//! an unmodified `socket.io-client` resume. `docs/protocol.md` has what a client meets; the way through
//! the files is `front.rs` (a request), `handler.rs` (a session), `connection.rs` (its task).

mod admin;
mod caller;
mod connection;
pub mod contract;
mod front;
#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod fuzzing;
mod handler;
mod legacy;
mod link;
mod offset;
mod outbox;
mod outgoing;
mod packet;
mod resume;
mod rooms;
mod sessions;
mod stream;
mod tracking;

use std::sync::Arc;

use axum::Router;
use axum::routing::any;
use engineioxide::config::EngineIoConfig;
use engineioxide::service::EngineIoService;
use tokio::sync::Semaphore;

use crate::app::Shared;
use crate::rate_limit::RateLimits;
use handler::Handler;
use offset::Offsets;
use sessions::Sessions;

/// Where it is served. A client may leave the slash at the end out.
pub const PATH: &str = "/socket.io";

/// Whether requests to this path are counted here rather than where all others are.
#[must_use]
pub fn counts(path: &str) -> bool {
    path.strip_prefix(PATH)
        .is_some_and(|rest| matches!(rest, "" | "/"))
}

/// This part of a node's connections may be nobody's: any number of those can be opened by anybody.
const NOBODYS: usize = 4;

/// What all connections share.
struct SocketIo {
    app: Shared,
    rates: Arc<RateLimits>,
    offsets: Offsets,
    sessions: Sessions,
    /// Places for connections that are nobody's.
    nobodys: Arc<Semaphore>,
}

/// The routes. `server_key` is shared by all nodes and kept in the database.
pub fn routes(app: Shared, rates: Arc<RateLimits>, server_key: &[u8; 32]) -> Router {
    let config = &app.push.config;
    let engine = EngineIoConfig::builder()
        .req_path(PATH)
        .ping_interval(front::ping_interval(&app.config))
        // While bytes still move, a ping may have to wait behind them.
        .ping_timeout(config.stall)
        .max_buffer_size(outbox::BUFFER)
        // Of what goes out. What comes in is bounded before it gets there.
        .max_payload(u32::MAX.into())
        .ws_max_message_size(config.frame_bytes_max)
        .ws_max_frame_size(config.frame_bytes_max)
        .build();
    let shared = Arc::new(SocketIo {
        offsets: Offsets::new(server_key),
        sessions: Sessions::default(),
        nobodys: Arc::new(Semaphore::new((config.connections_max / NOBODYS).max(1))),
        rates,
        app,
    });
    let handler = Arc::new(Handler(Arc::clone(&shared)));
    let front = front::Front::new(shared, EngineIoService::with_config(handler, engine));
    Router::new()
        .route(PATH, any(front::serve))
        .route("/socket.io/", any(front::serve))
        .with_state(front)
}
