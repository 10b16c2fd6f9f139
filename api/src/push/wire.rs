//! The two halves of a WebSocket: frames in, messages out.

use std::collections::VecDeque;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};

use super::close::Close;
use super::frames::ClientFrame;

/// Frames that are kept of a client that is not let in yet. One that waits to be let in has said `hello`,
/// and perhaps what it wants to follow; each is far more memory than text.
const HELD: usize = 16;
/// Frames that no client has reason to send before it is let in.
const TOO_MANY: usize = 64;
/// How long a closing handshake may take.
const CLOSING: Duration = Duration::from_secs(2);

/// What comes from the client.
pub(super) struct Incoming {
    stream: SplitStream<WebSocket>,
    /// Frames that were not taken yet: of the last message, or, of a client that is not let in yet, of
    /// about as much as a message may hold.
    waiting: VecDeque<ClientFrame>,
}

impl Incoming {
    pub(super) fn of(stream: SplitStream<WebSocket>) -> Self {
        Self {
            stream,
            waiting: VecDeque::new(),
        }
    }

    /// The next frame of the client, or why there is none.
    pub(super) async fn next(&mut self, max_bytes: usize) -> Result<ClientFrame, Close> {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                return Ok(frame);
            }
            self.receive(max_bytes).await?;
        }
    }

    /// Keeps what comes for later, about `max_bytes` of it, and returns only when the client has gone or
    /// has said what is no frame. Safe to give up on.
    pub(super) async fn hold(&mut self, max_bytes: usize) -> Close {
        let mut held = 0;
        while held < max_bytes && self.waiting.len() < HELD {
            match self.receive(max_bytes).await {
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

    /// Takes the next message, and returns how long it was.
    async fn receive(&mut self, max_bytes: usize) -> Result<usize, Close> {
        let message = match self.stream.next().await {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(Close::of_receive(&error)),
            None => return Err(Close::Gone),
        };
        match message {
            Message::Text(text) if text.len() > max_bytes => Err(Close::TooBig),
            Message::Text(text) => {
                self.waiting.append(&mut read(&text)?);
                Ok(text.len())
            }
            Message::Binary(_) => Err(Close::BadFrame("frames are text".into())),
            Message::Close(_) => Err(Close::Gone),
            // Answered by the WebSocket itself.
            Message::Ping(_) | Message::Pong(_) => Ok(1),
        }
    }
}

/// The frames of a message: one or more, a line each.
fn read(message: &str) -> Result<VecDeque<ClientFrame>, Close> {
    let frames: VecDeque<ClientFrame> = serde_json::Deserializer::from_str(message)
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|e| Close::BadFrame(format!("not a frame: {e}")))?;
    if frames.is_empty() {
        return Err(Close::BadFrame("a message without a frame".into()));
    }
    Ok(frames)
}

/// What goes to the client.
pub(super) struct Wire {
    sink: SplitSink<WebSocket, Message>,
    /// How long one message may take.
    stall: Duration,
}

impl Wire {
    pub(super) fn to(sink: SplitSink<WebSocket, Message>, stall: Duration) -> Self {
        Self { sink, stall }
    }

    /// Sends one message.
    pub(super) async fn send(&mut self, text: String) -> Result<(), Close> {
        match tokio::time::timeout(self.stall, self.sink.send(Message::Text(text.into()))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Close::Gone),
            Err(_) => Err(Close::NoProgress),
        }
    }

    /// Says why it is over, unless there is nobody to tell.
    pub(super) async fn close(mut self, close: &Close) {
        if matches!(close, Close::Gone) {
            return;
        }
        let frame = CloseFrame {
            code: close.code(),
            reason: Utf8Bytes::from(close.reason()),
        };
        let _ = tokio::time::timeout(CLOSING, async {
            self.sink.send(Message::Close(Some(frame))).await?;
            self.sink.close().await
        })
        .await;
    }
}
