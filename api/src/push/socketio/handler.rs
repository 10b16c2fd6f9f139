//! What the engine tells of its sessions.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use engineioxide::handler::EngineIoHandler;
use engineioxide::{DisconnectReason, Socket, Str};

use super::link::Link;
use super::{SocketIo, connection};
use crate::push::close::Close;

/// What the engine keeps for us beside a session.
pub(super) type SocketData = OnceLock<Arc<Link>>;

/// See the module's documentation.
pub(super) struct Handler(pub(super) Arc<SocketIo>);

impl EngineIoHandler for Handler {
    type Data = SocketData;

    fn on_connect(self: Arc<Self>, socket: Arc<Socket<SocketData>>) {
        let Some(link) = socket.req_parts.extensions.get::<Arc<Link>>().cloned() else {
            // Only what came through `front.rs` gets here.
            socket.close(DisconnectReason::TransportError);
            return;
        };
        let _ = socket.data.set(Arc::clone(&link));
        self.0.sessions.insert(socket.id, Arc::clone(&link));
        let tracker = self.0.app.push.connections.clone();
        tracker.spawn(connection::serve(Arc::clone(&self.0), socket, link));
    }

    fn on_disconnect(&self, socket: Arc<Socket<SocketData>>, _: DisconnectReason) {
        if let Some(link) = socket.data.get() {
            link.over.cancel();
        }
    }

    fn on_message(self: &Arc<Self>, message: Str, socket: Arc<Socket<SocketData>>) {
        if let Some(link) = socket.data.get() {
            link.put(message);
        }
    }

    fn on_binary(self: &Arc<Self>, _: Bytes, socket: Arc<Socket<SocketData>>) {
        if let Some(link) = socket.data.get() {
            link.fail(Close::BadFrame("binary packets are not taken".into()));
        }
    }
}

impl std::fmt::Debug for Handler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handler").finish_non_exhaustive()
    }
}
