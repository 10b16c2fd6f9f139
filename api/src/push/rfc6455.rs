//! WebSocket frames as RFC 6455 has them: those of clients are read, ours are written.
//!
//! Written here because a connection that says nothing is then no more than the bytes of a frame that
//! has not come whole, and a message to many can be made once. There are no extensions.

use bytes::Bytes;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// Bytes of the longest head that we write: two, and eight of length.
const HEAD: usize = 10;
/// Bytes of the key that a client masks its frames with.
const MASK: usize = 4;
/// Bytes of the longest control frame's payload.
const CONTROL: usize = 125;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// What the answer to an upgrade proves that its `key` was read with.
pub(super) fn accept(key: &[u8]) -> String {
    derive_accept_key(key)
}

/// What a client has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// A whole message.
    Text(String),
    /// To be answered by a pong with the same payload.
    Ping(Vec<u8>),
    /// The answer to a ping, which we do not send on this level.
    Pong,
    /// A part of a message that is not whole yet. It counts: parts may be empty, and then there is no end of them.
    Part,
    /// The client will send nothing more.
    Close,
}

/// Why nothing more can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    /// The message is longer than it may be.
    #[error("the message is too long")]
    TooLong,
    /// Not a text message.
    #[error("frames are text")]
    Binary,
    /// A text that is none.
    #[error("text must be UTF-8")]
    Utf8,
    /// Not what the RFC allows a client to send.
    #[error("not a WebSocket message")]
    Frame,
}

/// Puts a client's messages together from bytes as they come. Empty, it owns no memory.
#[derive(Default)]
pub(super) struct Reader {
    bytes: Vec<u8>,
    /// Those that were dealt with.
    done: usize,
    /// The parts so far of a message that comes in several.
    begun: Option<Vec<u8>>,
}

impl Reader {
    /// Takes in what came.
    pub(super) fn take_in(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.done);
        self.done = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// What has come, frame by frame, if anything, of messages of at most `max` bytes. When it says that
    /// there is nothing, it holds one frame at most.
    pub(super) fn next(&mut self, max: usize) -> Result<Option<Received>, Malformed> {
        let Some((frame, length)) = self.frame(max)? else {
            return Ok(None);
        };
        self.done += length;
        if self.done == self.bytes.len() {
            (self.bytes, self.done) = (Vec::new(), 0);
        }
        self.receive(frame).map(Some)
    }

    /// Bytes that it holds.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn held(&self) -> usize {
        self.bytes.len() + self.begun.as_ref().map_or(0, Vec::len)
    }

    /// The next frame, unmasked, and of how many bytes it was made.
    fn frame(&self, max: usize) -> Result<Option<(Frame, usize)>, Malformed> {
        let bytes = &self.bytes[self.done..];
        let [first, second, rest @ ..] = bytes else {
            return Ok(None);
        };
        let (last, opcode) = (first & FIN != 0, first & 0xF);
        let control = opcode >= CLOSE;
        let known = matches!(opcode, CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG);
        if first & RESERVED != 0 || second & MASKED == 0 || !known || (control && !last) {
            return Err(Malformed::Frame);
        }
        let (length, rest) = match second & !MASKED {
            126 => {
                let Some((length, rest)) = rest.split_first_chunk() else {
                    return Ok(None);
                };
                (u64::from(u16::from_be_bytes(*length)), rest)
            }
            127 => {
                let Some((length, rest)) = rest.split_first_chunk() else {
                    return Ok(None);
                };
                (u64::from_be_bytes(*length), rest)
            }
            length => (u64::from(length), rest),
        };
        let length = usize::try_from(length).map_err(|_| Malformed::TooLong)?;
        let before = self.begun.as_ref().map_or(0, Vec::len);
        if control && length > CONTROL {
            return Err(Malformed::Frame);
        }
        if !control && length > max.saturating_sub(before) {
            return Err(Malformed::TooLong);
        }
        if rest.len() < MASK + length {
            return Ok(None);
        }
        let (mask, payload) = rest.split_at(MASK);
        let payload = payload[..length].iter().zip(mask.iter().cycle());
        let frame = Frame {
            last,
            opcode,
            payload: payload.map(|(byte, mask)| byte ^ mask).collect(),
        };
        let whole = bytes.len() - rest.len() + MASK + length;
        Ok(Some((frame, whole)))
    }

    /// What is complete with `frame`.
    fn receive(&mut self, frame: Frame) -> Result<Received, Malformed> {
        let Frame {
            last,
            opcode,
            payload,
        } = frame;
        let message = match (opcode, self.begun.take()) {
            (TEXT, None) => payload,
            (CONTINUATION, Some(mut begun)) => {
                begun.extend_from_slice(&payload);
                begun
            }
            (TEXT | CONTINUATION, _) => return Err(Malformed::Frame),
            (BINARY, _) => return Err(Malformed::Binary),
            // Control frames may come between the parts of a message.
            (opcode, begun) => {
                self.begun = begun;
                return match opcode {
                    PING => Ok(Received::Ping(payload)),
                    PONG => Ok(Received::Pong),
                    // A code has two bytes.
                    _ if payload.len() == 1 => Err(Malformed::Frame),
                    _ => Ok(Received::Close),
                };
            }
        };
        if !last {
            self.begun = Some(message);
            return Ok(Received::Part);
        }
        let text = String::from_utf8(message).map_err(|_| Malformed::Utf8)?;
        Ok(Received::Text(text))
    }
}

struct Frame {
    last: bool,
    opcode: u8,
    payload: Vec<u8>,
}

/// A text message while it is written, with room before it for its head.
pub(super) struct Text(Vec<u8>);

impl Text {
    pub(super) fn new() -> Self {
        Self(vec![0; HEAD])
    }

    /// Where to write.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }

    /// Bytes written so far.
    pub(super) fn len(&self) -> usize {
        self.0.len() - HEAD
    }

    /// Begins a new line, unless it is the first one.
    pub(super) fn line(&mut self) -> &mut Vec<u8> {
        if self.len() > 0 {
            self.0.push(b'\n');
        }
        &mut self.0
    }

    /// The frame.
    pub(super) fn framed(mut self) -> Bytes {
        let length = self.len();
        let mut head = [0; HEAD];
        let head = write_head(&mut head, TEXT, length);
        let from = HEAD - head.len();
        self.0[from..HEAD].copy_from_slice(head);
        Bytes::from(self.0).slice(from..)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        let mut message = Self::new();
        message.buffer().extend_from_slice(text.as_bytes());
        message
    }
}

/// The answer to a ping.
pub(super) fn pong(payload: &[u8]) -> Bytes {
    control(PONG, payload)
}

/// The last frame, with the reason why.
pub(super) fn close(code: u16, reason: &str) -> Bytes {
    control(CLOSE, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

fn control(opcode: u8, payload: &[u8]) -> Bytes {
    let payload = &payload[..payload.len().min(CONTROL)];
    let mut head = [0; HEAD];
    let head = write_head(&mut head, opcode, payload.len());
    Bytes::from([head, payload].concat())
}

fn write_head(room: &mut [u8; HEAD], opcode: u8, length: usize) -> &[u8] {
    room[0] = FIN | opcode;
    if let (true, Ok(short)) = (length <= CONTROL, u8::try_from(length)) {
        room[1] = short;
        &room[..2]
    } else if let Ok(middle) = u16::try_from(length) {
        room[1] = 126;
        room[2..4].copy_from_slice(&middle.to_be_bytes());
        &room[..4]
    } else {
        room[1] = 127;
        room[2..].copy_from_slice(&(length as u64).to_be_bytes());
        &room[..]
    }
}

#[cfg(test)]
mod tests;
