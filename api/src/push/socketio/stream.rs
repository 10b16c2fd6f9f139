//! The bytes of a WebSocket, watched.
//!
//! The engine's writer waits for its peer for as long as that takes, also after its session was closed.
//! So a peer that does not read is noticed here, and cut off here. And so is one that sends more bytes than as many
//! frames of the greatest length have as it may send: the engine passes over pings, pongs and empty parts of messages,
//! and nobody hears of them.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::link::Link;
use crate::config::PushConfig;
use crate::http::server::Place;
use crate::push::bucket::Bucket;
use crate::push::close::Close;

/// See the module's documentation.
pub(super) struct Watched<S> {
    io: S,
    link: Arc<Link>,
    stall: Duration,
    /// What may still come, counted in frames of the greatest length.
    incoming: Bucket,
    frame_bytes: usize,
    /// Among the open connections.
    _place: Option<Place>,
    /// Runs while a write waits for the peer.
    patience: Option<Pin<Box<Sleep>>>,
    // One each, because reader and writer are tasks of their own.
    cut_reading: Pin<Box<WaitForCancellationFutureOwned>>,
    cut_writing: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl<S> Watched<S> {
    /// Fails once a write has waited for as long as a client may stall.
    pub(super) fn new(io: S, link: Arc<Link>, config: &PushConfig, place: Option<Place>) -> Self {
        let cut = || Box::pin(link.cut.clone().cancelled_owned());
        let (cut_reading, cut_writing) = (cut(), cut());
        Self {
            io,
            link,
            stall: config.stall,
            incoming: Bucket::new(config.frames_per_sec),
            frame_bytes: config.frame_bytes_max,
            _place: place,
            patience: None,
            cut_reading,
            cut_writing,
        }
    }

    /// Whether the writer has to give up.
    fn poll_given_up(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        if self.cut_writing.as_mut().poll(cx).is_ready() {
            return Poll::Ready(io::ErrorKind::ConnectionAborted.into());
        }
        let stall = self.stall;
        let patience = self
            .patience
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(stall)));
        ready!(patience.as_mut().poll(cx));
        self.link.fail(Close::NoProgress);
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.cut_reading.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buffer))?;
        let came = share(buffer.filled().len() - before, self.frame_bytes);
        if self.incoming.take_part(came) {
            return Poll::Ready(Ok(()));
        }
        let fault = Close::Overloaded("too many frames".into());
        self.link.fail(fault);
        Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
    }
}

/// How many frames of `whole` bytes `part` bytes are.
#[expect(
    clippy::cast_precision_loss,
    reason = "a read has some kilobytes, and a frame a megabyte at most"
)]
fn share(part: usize, whole: usize) -> f32 {
    part as f32 / whole as f32
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.io).poll_write(cx, bytes) {
            Poll::Ready(written) => {
                self.patience = None;
                self.link.has_moved();
                Poll::Ready(written)
            }
            Poll::Pending => self.poll_given_up(cx).map(Err),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.io).poll_flush(cx) {
            Poll::Ready(flushed) => Poll::Ready(flushed),
            Poll::Pending => self.poll_given_up(cx).map(Err),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.io).poll_shutdown(cx) {
            Poll::Ready(shut) => Poll::Ready(shut),
            Poll::Pending => self.poll_given_up(cx).map(Err),
        }
    }
}

impl<S> Drop for Watched<S> {
    /// A session ends with its WebSocket, also when that was still being set up: the engine would keep
    /// it, and ping it no more.
    fn drop(&mut self) {
        self.link.over.cancel();
    }
}
