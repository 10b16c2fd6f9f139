//! The sending half of a connection. Its own task and the hub take turns with it.
//!
//! An event for a thousand clients would wake a thousand tasks, which costs more than sending it. So the
//! hub does the sending where it can be done at once: where everything is live, and the socket has taken
//! what came before. Whatever else there is to do is left to the connection's task.

use std::future::poll_fn;
use std::io;
use std::net::Shutdown;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, MutexGuard};
use waybill_projections::push::{Bell, Courier, Output, Run, Subscriptions, Waiting};

use super::Push;
use super::close::Close;
use super::frames;
use super::meters::Channel;
use super::rfc6455::{self, Text};
use crate::auth::Viewer;

/// Bytes joined into one message at most, unless a single frame has more: what a slow client still
/// takes within the time in which something has to move.
pub(super) const MESSAGE_BYTES: usize = 32 << 10;
/// How long a closing handshake may take.
const CLOSING: Duration = Duration::from_secs(2);

/// See the module's documentation.
pub(super) struct Line {
    pub(super) push: Arc<Push>,
    pub(super) stream: TcpStream,
    sending: Mutex<Sending>,
}

/// What there is to send, and who may still see it.
pub(super) struct Sending {
    pub(super) viewer: Arc<Viewer>,
    pub(super) subscriptions: Subscriptions,
    /// The rest of a message of which the socket has taken a part only, or nothing yet.
    unsent: Bytes,
    /// Set when the connection ends: nothing may follow its last frame.
    over: bool,
}

impl Line {
    /// Over `stream`, to somebody who has just been let in.
    pub(super) fn new(
        push: Arc<Push>,
        stream: TcpStream,
        viewer: Arc<Viewer>,
    ) -> (Arc<Self>, Bell) {
        let max = push.config.subscriptions_max;
        let subscriptions =
            Subscriptions::new(push.log.clone(), push.orders.clone(), &push.hub, max);
        let bell = subscriptions.bell();
        let line = Arc::new_cyclic(|line: &Weak<Self>| {
            subscriptions.deliver_by(line.clone());
            Self {
                push,
                stream,
                sending: Mutex::new(Sending {
                    viewer,
                    subscriptions,
                    unsent: Bytes::new(),
                    over: false,
                }),
            }
        });
        (line, bell)
    }

    /// The turn of the connection's task, for as long as the guard is kept.
    pub(super) async fn turn(&self) -> MutexGuard<'_, Sending> {
        self.sending.lock().await
    }

    /// Sends one message, while what ends the connection is still watched.
    pub(super) async fn send(&self, sending: &mut Sending, message: Text) -> Result<(), Close> {
        // What the hub could not send whole goes before it.
        self.flush(sending).await?;
        sending.unsent = message.framed();
        self.flush(sending).await
    }

    /// Answers a ping of the WebSocket itself.
    pub(super) async fn answer(&self, sending: &mut Sending, ping: &[u8]) -> Result<(), Close> {
        self.flush(sending).await?;
        sending.unsent = rfc6455::pong(ping);
        self.flush(sending).await
    }

    /// Sends what was begun.
    pub(super) async fn flush(&self, sending: &mut Sending) -> Result<(), Close> {
        match sending.try_flush(&self.stream) {
            Ok(true) => Ok(()),
            // Seldom, and so not a part of every connection's memory.
            Ok(false) => Box::pin(self.flush_slowly(sending)).await,
            Err(_) => Err(Close::Gone),
        }
    }

    async fn flush_slowly(&self, sending: &mut Sending) -> Result<(), Close> {
        let viewer = Arc::clone(&sending.viewer);
        let flushing = flushed(&self.stream, sending);
        let flushing = tokio::time::timeout(self.push.config.stall, flushing);
        match self.push.while_seen(&viewer, flushing).await? {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Close::Gone),
            Err(_) => Err(Close::NoProgress),
        }
    }

    /// Sends `outputs`, joined into messages.
    pub(super) async fn send_outputs(
        &self,
        sending: &mut Sending,
        outputs: &[Output],
    ) -> Result<(), Close> {
        let mut rest = outputs;
        while let Some((message, now, later)) = join(rest) {
            self.send(sending, message).await?;
            self.push.meters.sent(Channel::WebSocket, now);
            rest = later;
        }
        Ok(())
    }

    /// Says why it is over, unless there is nobody to tell. Nothing is sent after that.
    pub(super) async fn close(&self, close: &Close) {
        let mut sending = self.sending.lock().await;
        sending.over = true;
        let unsent = std::mem::take(&mut sending.unsent);
        part(&self.stream, unsent, close).await;
    }
}

/// Sends the rest of what was begun and then the last frame, and waits a moment for the client to have
/// read it: who cuts a connection on which something has yet to be read takes back what was sent.
pub(super) async fn part(stream: &TcpStream, unsent: Bytes, close: &Close) {
    let last = match close {
        Close::Gone => return,
        other => rfc6455::close(other.code(), &other.reason()),
    };
    let parting = async {
        for mut bytes in [unsent, last] {
            while !write(stream, &mut bytes)? {
                writable(stream).await?;
            }
        }
        SockRef::from(stream).shutdown(Shutdown::Write)?;
        let mut nobody_reads_this = [0; 1 << 10];
        loop {
            poll_fn(|context| stream.poll_read_ready(context)).await?;
            match stream.try_read(&mut nobody_reads_this) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    };
    // Whoever has gone meanwhile has nothing to be told any more.
    let _: Result<io::Result<()>, _> = tokio::time::timeout(CLOSING, parting).await;
}

impl Courier for Line {
    fn deliver(&self) -> bool {
        match self.sending.try_lock() {
            Ok(mut sending) => sending.deliver(&self.push, &self.stream),
            // The connection's task is at work; it looks again when it is told to.
            Err(_) => false,
        }
    }
}

impl Sending {
    /// Whether the connection's task has something to do before anything more can come.
    pub(super) fn is_busy(&self) -> bool {
        !self.unsent.is_empty() || self.subscriptions.is_busy()
    }

    /// Sends what waits, and says whether nothing is left to do for the connection's task.
    fn deliver(&mut self, push: &Push, stream: &TcpStream) -> bool {
        if self.over {
            return true;
        }
        if !self.unsent.is_empty() || push.still_sees(&self.viewer).is_err() {
            return false;
        }
        match self.subscriptions.take_at_once() {
            Waiting::Nothing => true,
            Waiting::NotAtOnce => false,
            Waiting::Run(run) => self.deliver_run(push, stream, &run),
            Waiting::Outputs(outputs) => self.deliver_outputs(push, stream, outputs),
        }
    }

    fn deliver_run(&mut self, push: &Push, stream: &TcpStream, run: &Run) -> bool {
        let mut sent = 0;
        let mut free = true;
        for message in push.wording.of(run).iter() {
            self.unsent = message.bytes.clone();
            free = self.try_flush(stream).unwrap_or(false);
            // What is begun is finished, by the connection's task.
            sent = message.upto;
            if !free {
                break;
            }
        }
        let (now, later) = run.events.split_at(sent);
        push.meters.sent_at_once(Channel::WebSocket, now);
        self.subscriptions.put_back(run.outputs(later));
        free && later.is_empty()
    }

    fn deliver_outputs(&mut self, push: &Push, stream: &TcpStream, mut all: Vec<Output>) -> bool {
        let mut sent = 0;
        let mut free = true;
        while let (true, Some((message, now, _))) = (free, join(&all[sent..])) {
            self.unsent = message.framed();
            free = self.try_flush(stream).unwrap_or(false);
            push.meters.sent(Channel::WebSocket, now);
            sent += now.len();
        }
        let later = all.split_off(sent);
        let done = free && later.is_empty();
        self.subscriptions.put_back(later);
        done
    }

    /// Sends what the socket takes, and says whether that was all.
    fn try_flush(&mut self, stream: &TcpStream) -> io::Result<bool> {
        let all = write(stream, &mut self.unsent)?;
        if all {
            // It may be a part of something large.
            self.unsent = Bytes::new();
        }
        Ok(all)
    }
}

async fn flushed(stream: &TcpStream, sending: &mut Sending) -> io::Result<()> {
    while !sending.try_flush(stream)? {
        writable(stream).await?;
    }
    Ok(())
}

async fn writable(stream: &TcpStream) -> io::Result<()> {
    poll_fn(|context| stream.poll_write_ready(context)).await
}

/// Writes what the socket takes of `bytes`, which then begin after it, and says whether that was all.
fn write(stream: &TcpStream, bytes: &mut Bytes) -> io::Result<bool> {
    while !bytes.is_empty() {
        match stream.try_write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes.advance(written),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// As many of `outputs` as go into one message, and the rest of them; nothing if there are none.
fn join(outputs: &[Output]) -> Option<(Text, &[Output], &[Output])> {
    let mut message = Text::new();
    let mut count = 0;
    for output in outputs {
        frames::write_output(message.line(), output);
        count += 1;
        if message.len() >= MESSAGE_BYTES {
            break;
        }
    }
    let (now, later) = outputs.split_at(count);
    (count > 0).then_some((message, now, later))
}
