//! The tail: one ordered reader a node, with a ring of the newest events.
//!
//! Events come in from this node's appender without a read, and from Postgres whenever a notification,
//! the clock or a gap says that there may be more. Both take the same path, [`Tail::extend`], which
//! only ever takes the event that follows the newest one. So what is published is the log's order,
//! whatever arrives first.

mod replay;
mod resolve;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use sqlx::Row;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use waybill_domain::Position;

use super::LogOptions;
use super::blocks::Blocks;
use super::clock::DatabaseClock;
use super::cursor::{Cipher, Epoch, Mark};
use super::event::LogEvent;
use super::reader::{self, Page, Query, Topic};
use super::ring::Ring;
use crate::db::{Db, guarded};
use crate::listening::Listening;

pub use replay::PagesRead;
use replay::Replays;

/// Events read from Postgres at once.
const PAGE: usize = 1_000;
/// How long one look at the log may take.
const LOOK: Duration = Duration::from_secs(15);

/// How far the log is known to reach, and in which of its lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Changes when the log is no longer the one that it was.
    pub epoch: Epoch,
    /// The newest event; every event up to it is readable.
    pub mark: Mark,
}

/// How well the tail follows the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Following {
    /// Events that the database had and this node had not, when it looked for that last: once in
    /// [`LogOptions::poll`].
    pub lag_events: u64,
    /// How long ago the log was last read without an error.
    pub last_read: Duration,
}

/// See the module's documentation. Cheap to clone.
#[derive(Clone)]
pub struct Tail {
    shared: Arc<Shared>,
}

struct Shared {
    db: Db,
    options: LogOptions,
    cipher: Cipher,
    /// Changed only while `ring` is held for writing, so that the two always agree.
    head: watch::Sender<Head>,
    ring: RwLock<Ring>,
    /// What replays share of this life of the log. Changed only together with the head's epoch.
    blocks: RwLock<Arc<Blocks>>,
    replays: Replays,
    look: Notify,
    /// The server's processes at the other end of the appender's connections.
    own_writers: Mutex<HashSet<u32>>,
    /// Set when an event was met that contradicts what was read before.
    doubtful: AtomicBool,
    clock: DatabaseClock,
    lag_events: AtomicU64,
    opened: Instant,
    /// When the log was last read, in milliseconds after `opened`.
    read_at: AtomicU64,
}

impl Tail {
    pub(super) async fn open(db: Db, options: LogOptions) -> Result<Self, sqlx::Error> {
        let cipher = Cipher::new(&server_key(&db, "cursor").await?);
        let clock = DatabaseClock::new();
        let head = stored_head(&db, &clock).await?;
        // The ring is contiguous up to the head: begin before what is to be read into it.
        let preload = options.ring_preload.min(options.ring_events) as u64;
        let start = Position(head.mark.position.0.saturating_sub(preload));
        let mark = match start.0 {
            0 => Mark::START,
            _ => match reader::event_id(&db, start).await? {
                Some(id) => Mark::new(start, id),
                None => return Err(sqlx::Error::RowNotFound),
            },
        };
        let tail = Self {
            shared: Arc::new(Shared {
                db,
                options,
                cipher,
                head: watch::Sender::new(Head {
                    epoch: head.epoch,
                    mark,
                }),
                ring: RwLock::new(Ring::new(options.ring_events, options.ring_bytes)),
                blocks: RwLock::new(Arc::new(Blocks::new(head.epoch, options.shared_bytes))),
                replays: Replays::new(&options),
                look: Notify::new(),
                own_writers: Mutex::default(),
                doubtful: AtomicBool::new(false),
                clock,
                lag_events: AtomicU64::new(0),
                opened: Instant::now(),
                read_at: AtomicU64::new(0),
            }),
        };
        while tail.read_on().await? {}
        Ok(tail)
    }

    /// The head, to read or to wait on.
    #[must_use]
    pub fn head(&self) -> watch::Receiver<Head> {
        self.shared.head.subscribe()
    }

    /// How well it follows the log.
    #[must_use]
    pub fn following(&self) -> Following {
        let read_at = Duration::from_millis(self.shared.read_at.load(Ordering::Relaxed));
        Following {
            lag_events: self.shared.lag_events.load(Ordering::Relaxed),
            last_read: self.shared.opened.elapsed().saturating_sub(read_at),
        }
    }

    pub(super) fn clock(&self) -> &DatabaseClock {
        &self.shared.clock
    }

    pub(super) fn position(&self) -> Position {
        self.shared.head.borrow().mark.position
    }

    pub(crate) fn seal(&self, position: Position, id: Uuid) -> String {
        let epoch = self.shared.head.borrow().epoch;
        self.seal_in(epoch, position, id)
    }

    fn seal_in(&self, epoch: Epoch, position: Position, id: Uuid) -> String {
        self.shared.cipher.seal(epoch, Mark::new(position, id))
    }

    /// The cursor of `mark` in the present epoch.
    #[must_use]
    pub fn seal_mark(&self, mark: Mark) -> String {
        let epoch = self.shared.head.borrow().epoch;
        self.shared.cipher.seal(epoch, mark)
    }

    /// Takes events in log order; those that are here already are passed over, unless they are others
    /// than those that are here: then this is not the log that was read before, and nothing is taken.
    pub(super) fn extend(&self, events: Vec<Arc<LogEvent>>) {
        let mut ring = self.ring_mut();
        let before = *self.shared.head.borrow();
        let mut mark = before.mark;
        let mut look = false;
        for event in events {
            let position = event.position().0;
            if position == mark.position.0 + 1 {
                mark = Mark::new(event.position(), event.envelope.event_id.into());
                ring.push(event);
            } else if position > mark.position.0 {
                // Some before it are missing.
                look = true;
                break;
            } else if ring
                .get(event.position())
                .is_some_and(|e| e.envelope.event_id != event.envelope.event_id)
            {
                self.shared.doubtful.store(true, Ordering::Relaxed);
                look = true;
                break;
            }
        }
        if mark != before.mark {
            self.shared.head.send_replace(Head { mark, ..before });
        }
        drop(ring);
        if look {
            self.look();
        }
    }

    /// Asks the tail to look at the log now.
    pub(super) fn look(&self) {
        self.shared.look.notify_one();
    }

    /// A page out of the ring, or nothing if the ring does not reach back to `after`.
    pub(super) fn read(&self, topic: &Topic, after: Position, limit: usize) -> Option<Page> {
        let ring = self.ring();
        let head = self.shared.head.borrow().mark.position;
        if after >= head {
            return Some(Page {
                events: Vec::new(),
                through: after,
                more: false,
            });
        }
        let mut events = Vec::new();
        for event in ring.after(after)? {
            if topic.covers(event) {
                if events.len() == limit {
                    let through = events
                        .last()
                        .map_or(after, |e: &Arc<LogEvent>| e.position());
                    return Some(Page {
                        events,
                        through,
                        more: true,
                    });
                }
                events.push(Arc::clone(event));
            }
        }
        Some(Page {
            events,
            through: head,
            more: false,
        })
    }

    /// Reads on until `position` is in the tail or the log ends.
    async fn catch_up(&self, position: Position) -> Result<(), sqlx::Error> {
        while self.position() < position && self.read_on().await? {}
        Ok(())
    }

    /// Keeps reading until told to stop. A lost notification costs `options.poll`, never an event.
    pub(super) async fn run(self, stop: CancellationToken) {
        if self.shared.options.listen {
            let listening = self.clone();
            let stop = stop.clone();
            tokio::spawn(async move {
                tokio::select! { () = listening.listen() => {}, () = stop.cancelled() => {} }
            });
        }
        let mut poll = tokio::time::interval(self.shared.options.poll);
        poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let polled = tokio::select! {
                () = stop.cancelled() => return,
                () = self.shared.look.notified() => false,
                _ = poll.tick() => true,
            };
            let looked = async {
                if polled || self.shared.doubtful.swap(false, Ordering::Relaxed) {
                    self.check_epoch().await?;
                }
                while self.read_on().await? {}
                Ok::<_, sqlx::Error>(())
            };
            // A server that has vanished without a word never answers; the next look uses another
            // connection.
            let looked = tokio::time::timeout(LOOK, guarded(looked))
                .await
                .unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut));
            if looked.is_ok() {
                let at = self.shared.opened.elapsed().as_millis();
                let at = u64::try_from(at).unwrap_or(u64::MAX);
                self.shared.read_at.store(at, Ordering::Relaxed);
            }
            if let Err(error) = looked {
                tracing::warn!(%error, "the log could not be read; trying again");
                // The database is away: asking it without pause would not bring it back.
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }

    /// Reads the next page. Returns whether there may be more.
    ///
    /// The page begins with the newest event that is here already: only if that is still the same may
    /// what follows it be taken.
    async fn read_on(&self) -> Result<bool, sqlx::Error> {
        let seen = *self.shared.head.borrow();
        let from = seen.mark.position.0.saturating_sub(1);
        let query = Query::of(&Topic::Orders, Position(from), PAGE);
        let rows = query.rows(&self.shared.db).await?;
        let events = reader::load(&rows, |p, id| self.seal(p, id))?;
        let known = events
            .first()
            .map(|e| Mark::new(e.position(), e.envelope.event_id.into()));
        if seen.mark != Mark::START && known != Some(seen.mark) {
            self.check_epoch().await?;
            return Ok(self.shared.head.borrow().epoch != seen.epoch);
        }
        let full = events.len() == PAGE;
        self.extend(events);
        Ok(full)
    }

    /// Compares what this node has seen with what the database says, and starts over with a new epoch
    /// if they contradict each other: then this is not the log that clients hold cursors of.
    pub(super) async fn check_epoch(&self) -> Result<(), sqlx::Error> {
        // Taken before the query, which therefore has to see at least this.
        let seen = *self.shared.head.borrow();
        let stored = self.stored_head().await?;
        // Compared with what has come meanwhile, too: only what is still missing is a lag.
        let lag = stored.mark.position.0.saturating_sub(self.position().0);
        self.shared.lag_events.store(lag, Ordering::Relaxed);
        let mut epoch = stored.epoch;
        if epoch == seen.epoch && self.contradicts(&seen, &stored).await? {
            tracing::error!(
                seen = seen.mark.position.0,
                stored = stored.mark.position.0,
                "the log is not the one that this node has read: beginning a new epoch"
            );
            epoch = new_epoch(
                &self.shared.db,
                seen.epoch,
                "the log contradicts what a node has read",
            )
            .await?;
        }
        if epoch != seen.epoch {
            let stored = self.stored_head().await?;
            let mut ring = self.ring_mut();
            // Unless somebody else has done so meanwhile.
            if self.shared.head.borrow().epoch == seen.epoch {
                ring.clear();
                let blocks = Blocks::new(stored.epoch, self.shared.options.shared_bytes);
                *self.blocks_mut() = Arc::new(blocks);
                self.shared.head.send_replace(stored);
            }
        }
        Ok(())
    }

    async fn stored_head(&self) -> Result<Head, sqlx::Error> {
        stored_head(&self.shared.db, &self.shared.clock).await
    }

    async fn contradicts(&self, seen: &Head, stored: &Head) -> Result<bool, sqlx::Error> {
        if stored.mark.position < seen.mark.position {
            return Ok(true);
        }
        if stored.mark.position == seen.mark.position || seen.mark.position.0 == 0 {
            return Ok(stored.mark.position == seen.mark.position && stored.mark != seen.mark);
        }
        let here = reader::event_id(&self.shared.db, seen.mark.position).await?;
        Ok(here.map(|id| Mark::new(seen.mark.position, id)) != Some(seen.mark))
    }

    async fn listen(&self) {
        loop {
            let listened = async {
                let silence = self.shared.options.silence;
                let mut listening = Listening::to(&self.shared.db, "waybill_log", silence).await?;
                // What was appended while nobody listened.
                self.look();
                while let Some(notification) = listening.next().await? {
                    // What this node's own appender writes, it hands over itself.
                    if !self.own_writers().contains(&notification.process_id()) {
                        self.look();
                    }
                }
                Ok::<_, sqlx::Error>(())
            };
            if let Err(error) = guarded(listened).await {
                tracing::warn!(%error, "not listening for new events; polling until it works again");
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// From now on what the server's process `pid` writes is handed over as it is written, and
    /// notifications of it call for no look.
    pub(super) fn hands_over(&self, pid: u32) {
        self.own_writers().insert(pid);
    }

    /// Takes [`hands_over`](Self::hands_over) back: what it wrote last may have to be looked for.
    pub(super) fn hands_over_no_more(&self, pid: u32) {
        self.own_writers().remove(&pid);
        self.look();
    }

    fn own_writers(&self) -> MutexGuard<'_, HashSet<u32>> {
        let own = self.shared.own_writers.lock();
        own.unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self) -> RwLockReadGuard<'_, Ring> {
        self.shared
            .ring
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn blocks(&self) -> Arc<Blocks> {
        let blocks = self.shared.blocks.read();
        Arc::clone(&blocks.unwrap_or_else(PoisonError::into_inner))
    }

    fn blocks_mut(&self) -> RwLockWriteGuard<'_, Arc<Blocks>> {
        self.shared
            .blocks
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn ring_mut(&self) -> RwLockWriteGuard<'_, Ring> {
        self.shared
            .ring
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the log stands. The clock is told what time it is there.
async fn stored_head(db: &Db, clock: &DatabaseClock) -> Result<Head, sqlx::Error> {
    let mut session = db.session().await?;
    let asked = Instant::now();
    let row = sqlx::query(include_str!("sql/head.sql"))
        .persistent(db.persistent())
        .fetch_one(session.conn())
        .await?;
    clock.hear(asked, Instant::now(), row.try_get("time")?);
    let position = Position(row.try_get::<i64, _>("position")?.cast_unsigned());
    let mark = row
        .try_get::<Option<Uuid>, _>("event_id")?
        .map_or(Mark::START, |id| Mark::new(position, id));
    Ok(Head {
        epoch: row.try_get::<i32, _>("epoch")?.cast_unsigned(),
        mark,
    })
}

/// Begins a new epoch unless `seen` has already ended, and returns the present one.
///
/// # Errors
/// When the database cannot be written.
pub(crate) async fn new_epoch(db: &Db, seen: Epoch, reason: &str) -> Result<Epoch, sqlx::Error> {
    let mut session = db.session().await?;
    let epoch: i32 = sqlx::query_scalar(include_str!("sql/new_epoch.sql"))
        .persistent(db.persistent())
        .bind(seen.cast_signed())
        .bind(reason)
        .fetch_one(session.conn())
        .await?;
    session.finish().await?;
    Ok(epoch.cast_unsigned())
}

/// One of the keys that all nodes share.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn server_key(db: &Db, name: &str) -> Result<[u8; 32], sqlx::Error> {
    let mut session = db.session().await?;
    let key: Vec<u8> = sqlx::query_scalar(include_str!("sql/server_key.sql"))
        .persistent(db.persistent())
        .bind(name)
        .fetch_one(session.conn())
        .await?;
    key.try_into()
        .map_err(|_| sqlx::Error::Decode("a server key is not 32 bytes long".into()))
}
