//! One open stream, from its first message to its last.
//!
//! As with a socket nothing is read ahead of the client: while the connection takes nothing, nothing is
//! made, and only the end of its rights, its patience and its client are watched.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::mpsc;
use tokio::time::Instant;
use waybill_projections::push::{Output, Subscriptions};

use super::text;
use crate::auth::Viewer;
use crate::http::server::HangUp;
use crate::push::Push;
use crate::push::close::Close;
use crate::push::entrance::Seat;
use crate::push::meters::Channel;

/// Bytes joined into one message at most, unless a single event has more; as on a socket.
const CHUNK_BYTES: usize = 32 << 10;
/// How long before its token a stream ends, so that nothing is ever sent after it.
const BEFORE_TOKEN: Duration = Duration::from_secs(1);
/// How long reading the log for the next message may take.
const READ: Duration = Duration::from_secs(15);
/// How long after a read that failed the next one is tried.
const AGAIN: Duration = Duration::from_millis(500);
/// How long the last message may take.
const CLOSING: Duration = Duration::from_secs(2);

pub(super) struct Stream {
    line: Line,
    subscriptions: Subscriptions,
    hang_up: HangUp,
    /// Among the open connections; given back at the end.
    _seat: Seat,
}

/// The way to the client, for as long as he may see something.
struct Line {
    push: Arc<Push>,
    viewer: Viewer,
    sender: mpsc::Sender<Bytes>,
    ends_at: Instant,
}

impl Stream {
    pub(super) fn new(
        push: &Arc<Push>,
        seat: Seat,
        viewer: Viewer,
        subscriptions: Subscriptions,
        sender: mpsc::Sender<Bytes>,
        hang_up: HangUp,
    ) -> Self {
        let ends_at = Instant::now() + viewer.time_left().saturating_sub(BEFORE_TOKEN);
        let line = Line {
            push: Arc::clone(push),
            viewer,
            sender,
            ends_at,
        };
        Self {
            line,
            subscriptions,
            hang_up,
            _seat: seat,
        }
    }

    /// Sends `first` and then what there is to send, until it is over.
    pub(super) async fn serve(mut self, first: String) {
        let open = self.line.push.meters.open(Channel::Sse);
        let close = match self.run(first.into()).await {
            Ok(never) => match never {},
            Err(close) => close,
        };
        drop(open);
        metrics::counter!("waybill_push_closes_total", "code" => close.label()).increment(1);
        self.say_farewell(&close).await;
    }

    async fn run(&mut self, first: Bytes) -> Result<std::convert::Infallible, Close> {
        self.line.send(first).await?;
        let every = self.line.push.config.ping;
        let mut keep_alive = tokio::time::interval_at(Instant::now() + every, every);
        keep_alive.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let draining = self.line.push.draining.clone();
        loop {
            tokio::select! {
                // Also where the right to see anything ended before the stream began: a token that has
                // just expired still opens one, and who waits to be let in may lose his meanwhile.
                biased;
                close = self.line.over() => return Err(close),
                () = draining.cancelled() => return Err(Close::Draining),
                _ = keep_alive.tick() => self.keep_alive().await?,
                () = self.subscriptions.ready() => self.push_on().await?,
            }
        }
    }

    /// Sends what there is to send: at most one page, then the other duties get a turn.
    async fn push_on(&mut self) -> Result<(), Close> {
        let next = tokio::time::timeout(READ, self.subscriptions.next());
        let failure = match self.line.while_open(next).await? {
            Ok(Ok(outputs)) => return self.send_outputs(&outputs).await,
            Ok(Err(error)) => error.to_string(),
            Err(elapsed) => elapsed.to_string(),
        };
        // Nothing is lost: the next call goes on where this one stopped.
        tracing::warn!(error = failure, "the log cannot be read for a stream");
        self.line.while_open(tokio::time::sleep(AGAIN)).await
    }

    async fn send_outputs(&self, outputs: &[Output]) -> Result<(), Close> {
        let mut buffer = Vec::new();
        let (mut unsent, mut last) = (0, false);
        let meters = &self.line.push.meters;
        for (nth, output) in outputs.iter().enumerate() {
            last = text::write(&mut buffer, output);
            if buffer.len() >= CHUNK_BYTES {
                self.line.send(std::mem::take(&mut buffer).into()).await?;
                meters.sent(Channel::Sse, &outputs[unsent..=nth]);
                unsent = nth + 1;
            }
        }
        if !buffer.is_empty() {
            self.line.send(buffer.into()).await?;
        }
        meters.sent(Channel::Sse, &outputs[unsent..]);
        // A reset is the last thing that is said; the client comes back by itself.
        if last { Err(Close::Gone) } else { Ok(()) }
    }

    /// Something for proxies, and where the stream stands if it has had nothing to tell.
    async fn keep_alive(&mut self) -> Result<(), Close> {
        let mut buffer = Vec::from(text::KEEP_ALIVE);
        let cursors = self.subscriptions.cursors();
        for output in self.line.while_open(cursors).await?.unwrap_or_default() {
            text::write(&mut buffer, &output);
        }
        self.line.send(buffer.into()).await
    }

    /// Says why it is over, where there is something to say and somebody to hear it. A connection that
    /// takes nothing is cut: what waits in it would stay there for as long as the client likes.
    async fn say_farewell(self, close: &Close) {
        let last = match close {
            Close::Gone => return,
            Close::Draining => Some(text::drain(self.line.push.config.drain)),
            Close::Revoked => Some(text::end("token_revoked", "Access was taken back.")),
            Close::Unauthenticated(detail) => Some(text::end("token_expired", detail)),
            _ => None,
        };
        let said = match last {
            Some(last) => tokio::time::timeout(CLOSING, self.line.sender.send(last.into()))
                .await
                .is_ok(),
            None => false,
        };
        if !said {
            self.hang_up.now();
        }
    }
}

impl Line {
    /// Waits until the client has gone or may see nothing any more.
    async fn over(&self) -> Close {
        let mut revocations = self.push.revocations();
        loop {
            if self.push.is_revoked(&self.viewer) {
                return Close::Revoked;
            }
            // Asked, because a timer that is due already takes its time all the same.
            if Instant::now() >= self.ends_at {
                return Close::Unauthenticated("The token is about to expire.".into());
            }
            tokio::select! {
                () = self.sender.closed() => return Close::Gone,
                () = tokio::time::sleep_until(self.ends_at) => {}
                changed = revocations.changed() => if changed.is_err() { return Close::Revoked },
            }
        }
    }

    /// Does some work, while what ends the stream is watched.
    async fn while_open<T>(&self, work: impl Future<Output = T>) -> Result<T, Close> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            close = self.over() => Err(close),
        }
    }

    /// Hands one message to the connection, once that has taken the one before.
    async fn send(&self, message: Bytes) -> Result<(), Close> {
        let sending = tokio::time::timeout(self.push.config.stall, self.sender.send(message));
        match self.while_open(sending).await? {
            Ok(sent) => sent.map_err(|_| Close::Gone),
            Err(_) => Err(Close::NoProgress),
        }
    }
}
