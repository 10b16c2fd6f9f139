//! What goes to a transport, and how much at a time.

use std::sync::Arc;

use engineioxide::Socket;

use super::handler::SocketData;

/// Packets that the transport holds at most.
const PACKETS: usize = 32;
/// Places that are left free for the engine itself: it takes a ping that finds none for a dead
/// connection, and needs one to tell a waiting poll of a WebSocket.
const SPARE: usize = 2;
/// Bytes that are handed over before the transport has taken the ones before, unless it is a single
/// packet.
const BATCH: usize = 64 << 10;

/// How many packets the engine has to have room for.
pub(super) const BUFFER: usize = PACKETS + SPARE;

/// The way out of one connection. Holds nothing itself: what it refuses stays where it is.
pub(super) struct Outbox {
    socket: Arc<Socket<SocketData>>,
    left: usize,
}

impl Outbox {
    pub(super) fn of(socket: Arc<Socket<SocketData>>) -> Self {
        Self {
            socket,
            left: BATCH,
        }
    }

    /// Whether one more packet would be taken.
    pub(super) fn has_room(&mut self) -> bool {
        if self.left == 0 {
            if !self.is_free(PACKETS) {
                return false;
            }
            self.left = BATCH;
        }
        self.is_free(1 + SPARE)
    }

    /// Hands a packet over, of which [`Self::has_room`] said that it would be taken.
    pub(super) fn send(&mut self, packet: String) {
        self.left = self.left.saturating_sub(packet.len());
        // Only this task and the engine write, and the engine's places were left free. A connection
        // that is closed already says so elsewhere.
        let _ = self.socket.emit(packet);
    }

    fn is_free(&self, places: usize) -> bool {
        // Given back at once.
        let permits: Vec<_> = (0..places)
            .map_while(|_| self.socket.reserve().ok())
            .collect();
        permits.len() == places
    }
}
