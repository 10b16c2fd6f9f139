//! What the transport, which the engine runs, and the connection's own task tell each other.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engineioxide::Str;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::push::admission::Permit;
use crate::push::bucket::Bucket;
use crate::push::close::Close;

/// Messages of a client that may wait to be handled.
const MESSAGES: usize = 256;
/// Bytes of them, unless it is a single one.
const MESSAGE_BYTES: usize = 64 << 10;

/// One connection, as its transport and its task share it.
pub(super) struct Link {
    /// The place among the open connections; given back when the connection is forgotten.
    _place: Permit,
    began: Instant,
    inbox: Mutex<Inbox>,
    /// There is something in the inbox.
    pub(super) arrived: Notify,
    /// The transport has taken something, so that there may be room for more.
    pub(super) taken: Notify,
    /// Milliseconds from the beginning to when something last moved.
    moved: AtomicU64,
    /// Whether a WebSocket carries it, or is about to.
    streaming: AtomicBool,
    /// The engine has given the connection up, or its WebSocket is gone.
    pub(super) over: CancellationToken,
    /// Cuts the WebSocket, whether or not its peer reads.
    pub(super) cut: CancellationToken,
}

struct Inbox {
    messages: VecDeque<Str>,
    bytes: usize,
    requests: Bucket,
    packets: Bucket,
    fault: Option<Close>,
}

impl Link {
    /// A connection that is about to begin.
    pub(super) fn new(place: Permit, frames_per_sec: u32) -> Arc<Self> {
        Arc::new(Self {
            _place: place,
            began: Instant::now(),
            inbox: Mutex::new(Inbox {
                messages: VecDeque::new(),
                bytes: 0,
                requests: Bucket::new(frames_per_sec),
                packets: Bucket::new(frames_per_sec),
                fault: None,
            }),
            arrived: Notify::new(),
            taken: Notify::new(),
            moved: AtomicU64::new(0),
            streaming: AtomicBool::new(false),
            over: CancellationToken::new(),
            cut: CancellationToken::new(),
        })
    }

    /// A message of the client has come. One that says more than is listened to is at fault.
    pub(super) fn put(&self, message: Str) {
        let mut inbox = self.inbox();
        let full = !inbox.packets.take()
            || inbox.messages.len() == MESSAGES
            || (!inbox.messages.is_empty() && inbox.bytes + message.len() > MESSAGE_BYTES);
        if full {
            inbox.fault = Some(Close::Overloaded("too many packets".into()));
        } else {
            inbox.bytes += message.len();
            inbox.messages.push_back(message);
        }
        drop(inbox);
        self.arrived.notify_one();
    }

    /// The transport met something for which the connection has to end.
    pub(super) fn fail(&self, fault: Close) {
        self.inbox().fault.get_or_insert(fault);
        self.arrived.notify_one();
    }

    /// The next message, or why the connection has to end.
    pub(super) fn take(&self) -> Result<Option<Str>, Close> {
        let mut inbox = self.inbox();
        if let Some(fault) = inbox.fault.take() {
            return Err(fault);
        }
        let message = inbox.messages.pop_front();
        inbox.bytes -= message.as_ref().map_or(0, |message| message.len());
        Ok(message)
    }

    /// Counts a request of this connection; whether it may be made.
    pub(super) fn allows_request(&self) -> bool {
        self.inbox().requests.take()
    }

    /// Something has reached the client, or the system's buffer on the way to it.
    pub(super) fn has_moved(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved.store(now, Ordering::Relaxed);
        self.taken.notify_one();
    }

    /// When something last moved.
    pub(super) fn moved_at(&self) -> Instant {
        self.began + Duration::from_millis(self.moved.load(Ordering::Relaxed))
    }

    /// Takes the one place for a WebSocket; whether it was free.
    pub(super) fn begin_streaming(&self) -> bool {
        !self.streaming.swap(true, Ordering::Relaxed)
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}
