//! What the fuzz targets in `fuzz/` feed with any bytes, and what must hold whatever they are. Only with the feature
//! `fuzzing`; the crate's own tests put the committed corpus through the same functions.

mod client_frame;
mod websocket;

pub use super::socketio::fuzzing::socketio;
pub use client_frame::client_frame;
pub use websocket::websocket;

#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::replay::replay;

    #[test]
    fn websocket_bytes_of_the_corpus_hold() {
        replay("websocket", super::websocket);
    }

    #[test]
    fn client_frames_of_the_corpus_hold() {
        replay("client_frame", super::client_frame);
    }

    #[test]
    fn socketio_packets_and_offsets_of_the_corpus_hold() {
        replay("socketio", super::socketio);
    }
}
