//! Bytes of a client, as WebSocket frames, beside another implementation of RFC 6455.

use std::io::{self, Read, Write};

use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};

use crate::push::rfc6455::{Malformed, Reader, Received, Text, pong};

/// Most bytes of a message.
const MAX: usize = 200;
/// Most bytes of a frame before its payload.
const HEAD: usize = 14;

/// Reads what a client sends after the first byte of `data`, which says how many bytes come at once.
///
/// # Panics
/// If it matters how the bytes are cut, if more is kept than a message may be long, if tungstenite understands something
/// else, or if what was understood is not what is read again once it was framed.
pub fn websocket(data: &[u8]) {
    let Some((at_once, bytes)) = data.split_first() else {
        return;
    };
    let (received, end) = read(bytes, bytes.len().max(1));
    let in_parts = read(bytes, usize::from(*at_once).max(1));
    assert_eq!(in_parts, (received.clone(), end), "however it is cut");
    for message in &received {
        match message {
            Received::Text(text) => {
                assert!(text.len() <= MAX);
                let framed = masked(&Text::from(&**text).framed());
                let again = (vec![message.clone()], None);
                assert_eq!(read(&framed, framed.len()), again);
            }
            Received::Ping(payload) => {
                assert!(payload.len() <= 125);
                let framed = masked(&pong(payload));
                assert_eq!(read(&framed, framed.len()), (vec![Received::Pong], None));
            }
            Received::Pong | Received::Part | Received::Close => {}
        }
    }
    agrees(bytes, &received, end);
}

/// What is read up to a closing frame, and why no more is.
fn read(bytes: &[u8], at_once: usize) -> (Vec<Received>, Option<Malformed>) {
    let (mut reader, mut all) = (Reader::default(), Vec::new());
    for part in bytes.chunks(at_once) {
        reader.take_in(part);
        loop {
            match reader.next(MAX) {
                Ok(Some(Received::Close)) => {
                    all.push(Received::Close);
                    return (all, None);
                }
                // Told where it comes, and no message.
                Ok(Some(Received::Part)) => {}
                Ok(Some(received)) => all.push(received),
                Ok(None) => break,
                Err(malformed) => return (all, Some(malformed)),
            }
        }
        assert!(reader.held() <= HEAD + 2 * MAX + at_once, "kept too much");
    }
    (all, None)
}

/// A frame of ours as a client would send it.
fn masked(frame: &[u8]) -> Vec<u8> {
    let head = match frame[1] {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    let mut bytes = frame.to_vec();
    bytes[1] |= 0x80;
    // Under this mask the payload stays as it is.
    bytes.splice(head..head, [0; 4]);
    bytes
}

/// Compares with what tungstenite reads.
fn agrees(bytes: &[u8], ours: &[Received], end: Option<Malformed>) {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX))
        .max_frame_size(Some(MAX));
    let mut peer = WebSocket::from_raw_socket(Said(bytes), Role::Server, Some(config));
    let mut theirs = Vec::new();
    let stopped = loop {
        match peer.read() {
            Ok(Message::Text(text)) => theirs.push(Received::Text(text.to_string())),
            Ok(Message::Ping(payload)) => theirs.push(Received::Ping(payload.to_vec())),
            Ok(Message::Pong(_)) => theirs.push(Received::Pong),
            // The bytes are all, or nothing more is to be read, or we do not take what it is.
            Ok(Message::Close(_)) => {
                theirs.push(Received::Close);
                break None;
            }
            Ok(Message::Binary(_) | Message::Frame(_)) | Err(tungstenite::Error::Io(_)) => {
                break None;
            }
            Err(error) => break Some(error),
        }
    };
    let common = ours.len().min(theirs.len());
    assert_eq!(ours[..common], theirs[..common], "{stopped:?} {end:?}");
    if ours.len() > common {
        // It looks at a text before the whole of it is there, and into the reasons of closing frames.
        let earlier = matches!(
            stopped,
            Some(tungstenite::Error::Utf8(_) | tungstenite::Error::Protocol(_))
        );
        assert!(earlier, "{stopped:?}, where we read {:?}", &ours[common..]);
    }
    if theirs.len() > common {
        // It takes binary messages, of which the first part may come long before the last.
        assert_eq!(end, Some(Malformed::Binary), "{:?}", &theirs[common..]);
    }
}

/// A stream on which all was said, and nothing is heard.
struct Said<'d>(&'d [u8]);

impl Read for Said<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.0.read(into)
    }
}

impl Write for Said<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
