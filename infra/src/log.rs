//! The event log: append, tail, replay and cursors.
//!
//! [`EventLog`] is the only way in. Its appender writes batches, its tail keeps the newest events in
//! memory in log order, its reader serves everything older from Postgres. All three speak of
//! [`LogEvent`], and a reader needs to know nothing but the position that it has reached.

mod append;
mod appender;
mod blocks;
mod clock;
mod cursor;
mod event;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod housekeeping;
mod reader;
mod ring;
mod scan;
mod tail;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waybill_domain::{OrderId, Position, Version};

pub(crate) use append::receipt;
pub use append::{Append, AppendError, Appended, CommandKey, Outcome, Receipt};
pub use appender::Appending;
pub(crate) use appender::now;
pub use clock::{ClockOffset, DatabaseClock, Moment};
pub use cursor::{Cursor, CursorError, Epoch, Mark};
pub use event::LogEvent;
pub use housekeeping::KEYS_KEPT;
pub use reader::{Page, Topic};
pub use scan::RawEvent;
pub use tail::{Following, Head, PagesRead, Tail};

use crate::db::Db;
use crate::listening::SILENCE;
use crate::vital::Vital;

/// Bytes of older events that replays share, by the size of the stored events.
const SHARED_BYTES: usize = 64 << 20;
/// Commands that wait for the appender.
const QUEUE: usize = 8_192;

/// Bounds of what a node keeps in memory of the log.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    /// Events that the ring keeps at most; older ones are read from Postgres.
    pub ring_events: usize,
    /// Bytes that the ring keeps at most, by the size of the stored events.
    pub ring_bytes: usize,
    /// Newest events that are read into the ring at the start.
    pub ring_preload: usize,
    /// Bytes of older events that replays share at most, by the size of the stored events.
    pub shared_bytes: usize,
    /// Queries that replays may have in the database at a time; commands have the other connections.
    pub replay_queries: usize,
    /// Commands that may wait for the appender; one more is refused as overloaded.
    pub queue: usize,
    /// How often the tail looks without having been woken.
    pub poll: Duration,
    /// Whether the tail listens for notifications; without, it only polls.
    pub listen: bool,
    /// How long the connection that listens may say nothing before it is asked whether it is there.
    pub silence: Duration,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            ring_events: 65_536,
            ring_bytes: 128 << 20,
            ring_preload: 4_096,
            shared_bytes: SHARED_BYTES,
            replay_queries: 4,
            queue: QUEUE,
            poll: Duration::from_secs(1),
            listen: true,
            silence: SILENCE,
        }
    }
}

/// The log of one database, as one node sees it. Cheap to clone.
#[derive(Clone)]
pub struct EventLog {
    db: Db,
    tail: Tail,
    appender: appender::Appender,
    tasks: TaskTracker,
    stop_tailing: CancellationToken,
    vital: Vital,
}

impl EventLog {
    /// Reads where the log stands and starts this node's tail and appender.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open(db: Db, options: LogOptions) -> Result<Self, sqlx::Error> {
        let tasks = TaskTracker::new();
        let stop_tailing = CancellationToken::new();
        let tail = Tail::open(db.clone(), options).await?;
        let vital = Vital::default();
        let tailing = tail.clone().run(stop_tailing.clone());
        tasks.spawn(vital.clone().watch("tail", stop_tailing.clone(), tailing));
        let housekeeping = housekeeping::run(db.clone(), stop_tailing.clone());
        let stop = stop_tailing.clone();
        tasks.spawn(vital.clone().watch("housekeeping", stop, housekeeping));
        let appender = appender::Appender::start(&db, &tail, options.queue, &tasks, vital.clone());
        Ok(Self {
            db,
            tail,
            appender,
            tasks,
            stop_tailing,
            vital,
        })
    }

    /// Watches this node's long-lived tasks: those of the log itself, and of whoever builds on it.
    #[must_use]
    pub fn vital(&self) -> &Vital {
        &self.vital
    }

    /// The database below.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Appends one command's events, together with whatever other callers append at the same time.
    /// When this returns [`Appended::Done`], the events are committed; and they are in this node's tail,
    /// unless events before them have still to be read: another node's, or those of the other batch under way.
    ///
    /// # Errors
    /// [`AppendError`] says whether the command may have been written all the same.
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.appender.append(append).await
    }

    /// The tail's head, to read or to wait on.
    #[must_use]
    pub fn head(&self) -> watch::Receiver<Head> {
        self.tail.head()
    }

    /// The newest events in memory, and the order in which everything else is derived from them.
    #[must_use]
    pub fn tail(&self) -> &Tail {
        &self.tail
    }

    /// The database's clock, by which events are dated.
    #[must_use]
    pub fn clock(&self) -> &DatabaseClock {
        self.tail.clock()
    }

    /// What this node's appender has counted.
    #[must_use]
    pub fn appending(&self) -> &Appending {
        self.appender.appending()
    }

    /// Commands that wait for the appender.
    #[must_use]
    pub fn append_queue(&self) -> usize {
        self.appender.queued()
    }

    /// Events of `topic` after `after`, at most `limit` of them: for replays. What is no longer in
    /// memory is read from Postgres in blocks that all replays share, so that many who come back at
    /// once read each stretch of the log once; only a customer or an order far back is asked for by a
    /// query of its own.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn read(
        &self,
        topic: &Topic,
        after: Position,
        limit: usize,
    ) -> Result<Page, sqlx::Error> {
        self.tail.replay(topic, after, limit).await
    }

    /// Like [`EventLog::read`], for whoever goes through the whole log by himself: nothing that he reads
    /// is kept for others, and nothing that is kept for others is let go of.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn walk(
        &self,
        topic: &Topic,
        after: Position,
        limit: usize,
    ) -> Result<Page, sqlx::Error> {
        self.tail.walk(topic, after, limit).await
    }

    /// How many pages this node has read from Postgres so far.
    #[must_use]
    pub fn pages_read(&self) -> PagesRead {
        self.tail.pages_read()
    }

    /// Whether a client that holds `cursor` can be served from memory.
    #[must_use]
    pub fn remembers(&self, cursor: &Cursor) -> bool {
        self.tail.remembers(cursor)
    }

    /// One order's events in order, those after version `after` and up to version `upto`, at most
    /// `limit` of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn stream(
        &self,
        order: OrderId,
        after: u64,
        upto: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Arc<LogEvent>>, sqlx::Error> {
        reader::stream(&self.db, &self.tail, order, after, upto, limit).await
    }

    /// Every order's events up to position `upto`, one order after the other, each in order; those after
    /// version `after.1` of order `after.0`, at most `limit` of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn scan(
        &self,
        after: Option<(OrderId, Version)>,
        upto: Position,
        limit: usize,
    ) -> Result<Vec<RawEvent>, sqlx::Error> {
        scan::scan(&self.db, after, upto, limit).await
    }

    /// The position after which a client that holds `cursor` has to go on.
    ///
    /// # Errors
    /// [`CursorError`] is what the client is to be told.
    pub async fn resolve(&self, cursor: &Cursor) -> Result<Position, CursorError> {
        self.tail.resolve(cursor).await
    }

    /// The cursor that stands for "everything up to `position`".
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn cursor_at(&self, position: Position) -> Result<String, sqlx::Error> {
        self.tail.cursor_at(position).await
    }

    /// The key from which all nodes derive those that they sign session cookies and tracking links with.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn session_key(&self) -> Result<[u8; 32], sqlx::Error> {
        tail::server_key(&self.db, "session").await
    }

    /// Begins a new epoch, after which every cursor handed out before is answered with a reset.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn new_epoch(&self, reason: &str) -> Result<Epoch, sqlx::Error> {
        let seen = self.head().borrow().epoch;
        let epoch = tail::new_epoch(&self.db, seen, reason).await?;
        self.tail.check_epoch().await?;
        Ok(epoch)
    }

    /// Finishes the batches in flight and stops this node's tail. Commands that come later are refused.
    pub async fn close(&self) {
        self.appender.close().await;
        self.stop_tailing.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
