//! What comes from a client: frames of ours, out of the messages of its WebSocket.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;

use tokio::net::TcpStream;

use super::close::Close;
use super::frames::ClientFrame;
use super::rfc6455::{self, Malformed, Reader, Received};

/// Bytes that are read at once. The room for them is on the stack and nobody's while nothing comes.
const READ: usize = 4 << 10;
/// Frames that are kept of a client that is not let in yet. One that waits to be let in has said `hello`,
/// and perhaps what it wants to follow; each is far more memory than text.
const HELD: usize = 16;
/// Frames that no client has reason to send before it is let in.
const TOO_MANY: usize = 64;

/// What a client has said.
pub(super) enum Heard {
    /// A frame of the protocol.
    Frame(ClientFrame),
    /// A ping of the WebSocket itself, to be answered.
    Ping(Vec<u8>),
    /// Another frame of the WebSocket itself. There is nothing to do but to count it.
    Other,
}

/// What has come from the client and was not dealt with.
#[derive(Default)]
pub(super) struct Incoming {
    reader: Reader,
    /// Frames that were not taken yet: of the last message, or, of a client that is not let in yet, of
    /// about as much as a message may hold.
    waiting: VecDeque<ClientFrame>,
}

impl Incoming {
    /// `already` was read together with the upgrade.
    pub(super) fn after(already: &[u8]) -> Self {
        let mut incoming = Self::default();
        incoming.reader.take_in(already);
        incoming
    }

    /// What the client says next, or why there is nothing. Safe to give up on.
    pub(super) async fn next(
        &mut self,
        stream: &TcpStream,
        max_bytes: usize,
    ) -> Result<Heard, Close> {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                // What held many once is not to stay as large.
                if self.waiting.is_empty() {
                    self.waiting = VecDeque::new();
                }
                return Ok(Heard::Frame(frame));
            }
            match receive(&mut self.reader, stream, max_bytes).await? {
                Received::Ping(payload) => return Ok(Heard::Ping(payload)),
                Received::Pong | Received::Part => return Ok(Heard::Other),
                other => _ = self.keep(other)?,
            }
        }
    }

    /// The next frame of a client to which nothing has been sent yet.
    pub(super) async fn first(
        &mut self,
        stream: &TcpStream,
        max_bytes: usize,
    ) -> Result<ClientFrame, Close> {
        for _ in 0..TOO_MANY {
            match self.next(stream, max_bytes).await? {
                Heard::Frame(frame) => return Ok(frame),
                Heard::Ping(payload) => answer(stream, &payload)?,
                Heard::Other => {}
            }
        }
        Err(Close::Overloaded("too many frames before `hello`".into()))
    }

    /// Keeps what comes for later, about `max_bytes` of it, and returns only when the client has gone or
    /// has said what is no frame. Nothing has been sent to it yet. Safe to give up on.
    pub(super) async fn hold(&mut self, stream: &TcpStream, max_bytes: usize) -> Close {
        let mut held = 0;
        while held < max_bytes && self.waiting.len() < HELD {
            let kept = match receive(&mut self.reader, stream, max_bytes).await {
                Ok(Received::Ping(payload)) => answer(stream, &payload).map(|()| 1),
                Ok(other) => self.keep(other),
                Err(close) => Err(close),
            };
            match kept {
                Ok(_) if self.waiting.len() > TOO_MANY => {
                    return Close::Overloaded("too many frames before `welcome`".into());
                }
                Ok(bytes) => held += bytes,
                Err(close) => return close,
            }
        }
        // What else it says waits in the network, where it is no longer noticed if it leaves.
        std::future::pending().await
    }

    /// Puts the frames of a message with those that wait, and returns how long it was.
    fn keep(&mut self, received: Received) -> Result<usize, Close> {
        match received {
            Received::Text(text) => {
                self.waiting.append(&mut read(&text)?);
                Ok(text.len())
            }
            Received::Close => Err(Close::Left),
            Received::Ping(_) | Received::Pong | Received::Part => Ok(1),
        }
    }
}

async fn receive(
    reader: &mut Reader,
    stream: &TcpStream,
    max_bytes: usize,
) -> Result<Received, Close> {
    loop {
        if let Some(received) = reader.next(max_bytes)? {
            return Ok(received);
        }
        let readable = poll_fn(|context| stream.poll_read_ready(context)).await;
        readable.map_err(|_| Close::Gone)?;
        if !fill(reader, stream)? {
            return Err(Close::Gone);
        }
    }
}

/// Reads what has come; nothing more will after `false`.
fn fill(reader: &mut Reader, stream: &TcpStream) -> Result<bool, Close> {
    let mut room = [0; READ];
    match stream.try_read(&mut room) {
        Ok(length) => {
            reader.take_in(&room[..length]);
            Ok(length > 0)
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
        Err(_) => Err(Close::Gone),
    }
}

/// Answers a ping where nothing can be in the way.
fn answer(stream: &TcpStream, payload: &[u8]) -> Result<(), Close> {
    let pong = rfc6455::pong(payload);
    match stream.try_write(&pong) {
        Ok(written) if written == pong.len() => Ok(()),
        _ => Err(Close::Gone),
    }
}

impl From<Malformed> for Close {
    fn from(malformed: Malformed) -> Self {
        match malformed {
            Malformed::TooLong => Self::TooBig,
            other => Self::BadFrame(other.to_string()),
        }
    }
}

/// The frames of a message: one or more, a line each.
pub(super) fn read(message: &str) -> Result<VecDeque<ClientFrame>, Close> {
    let frames: VecDeque<ClientFrame> = serde_json::Deserializer::from_str(message)
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|e| Close::BadFrame(format!("not a frame: {e}")))?;
    if frames.is_empty() {
        return Err(Close::BadFrame("a message without a frame".into()));
    }
    Ok(frames)
}
