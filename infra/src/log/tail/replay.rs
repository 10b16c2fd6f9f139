//! Replays: what is older than the ring, read from Postgres once for everybody who is near.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Semaphore;
use uuid::Uuid;
use waybill_domain::Position;

use super::super::LogOptions;
use super::super::blocks::{BLOCK, Block, Blocks};
use super::super::event::LogEvent;
use super::super::reader::{self, Page, Query, Topic};
use super::Tail;

/// So many events before the ring a customer or an order is looked for in the shared blocks, all of which
/// somebody may have to read first; further back, by a query of its own.
const SHARED_STRETCH: u64 = 8_192;

/// Blocks that are read ahead of a client that goes through all orders, while it takes the one before them.
const AHEAD: u64 = 2;

/// The rows of a block.
#[expect(clippy::cast_possible_truncation, reason = "a block is small")]
const BLOCK_ROWS: usize = BLOCK as usize;

/// How many pages of the log a node has read from Postgres so far, the tail's own left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PagesRead {
    /// Blocks that replays share.
    pub shared: u64,
    /// Pages of one customer or one order, or of what is in no full block, for one replay.
    pub alone: u64,
    /// Pages for whoever walks the log by himself: projections, rebuilds, the command line.
    pub walked: u64,
}

/// What bounds and counts replays.
pub(super) struct Replays {
    /// Queries that replays may have in the database at a time; in order of arrival.
    queries: Semaphore,
    shared: AtomicU64,
    alone: AtomicU64,
    walked: AtomicU64,
}

impl Replays {
    pub(super) fn new(options: &LogOptions) -> Self {
        Self {
            queries: Semaphore::new(options.replay_queries.max(1)),
            shared: AtomicU64::new(0),
            alone: AtomicU64::new(0),
            walked: AtomicU64::new(0),
        }
    }

    fn count(&self, reader: &'static str) {
        metrics::counter!("waybill_log_pages_read_total", "reader" => reader).increment(1);
        let counter = match reader {
            SHARED => &self.shared,
            ALONE => &self.alone,
            _ => &self.walked,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

const SHARED: &str = "shared";
const ALONE: &str = "alone";
const WALK: &str = "walk";

/// Where a replay stands when it begins: all of one moment.
#[derive(Clone)]
pub(super) struct Life {
    blocks: Arc<Blocks>,
    pub(super) head: Position,
    /// The first position in the ring; what is before it has to be read.
    pub(super) ring_from: Position,
}

impl Tail {
    /// A page of `topic` as replays read it, see [`EventLog::read`](super::super::EventLog::read).
    pub(in super::super) async fn replay(
        &self,
        topic: &Topic,
        after: Position,
        limit: usize,
    ) -> Result<Page, sqlx::Error> {
        loop {
            if let Some(page) = self.read(topic, after, limit) {
                return Ok(page);
            }
            let life = self.life();
            let page = self.replay_in(&life, topic, after, limit).await?;
            // What belongs to a life that has ended meanwhile is shown to nobody.
            if Arc::ptr_eq(&life.blocks, &self.life().blocks) {
                return Ok(page);
            }
        }
    }

    /// A page of `topic` for whoever goes through all of it, past what replays share.
    pub(in super::super) async fn walk(
        &self,
        topic: &Topic,
        after: Position,
        limit: usize,
    ) -> Result<Page, sqlx::Error> {
        if let Some(page) = self.read(topic, after, limit) {
            return Ok(page);
        }
        let life = self.life();
        self.query(&life, topic, after, limit, WALK).await
    }

    /// See [`PagesRead`].
    pub(in super::super) fn pages_read(&self) -> PagesRead {
        let replays = &self.shared.replays;
        PagesRead {
            shared: replays.shared.load(Ordering::Relaxed),
            alone: replays.alone.load(Ordering::Relaxed),
            walked: replays.walked.load(Ordering::Relaxed),
        }
    }

    async fn replay_in(
        &self,
        life: &Life,
        topic: &Topic,
        after: Position,
        limit: usize,
    ) -> Result<Page, sqlx::Error> {
        let mut page = Page {
            events: Vec::new(),
            through: after,
            more: false,
        };
        if *topic == Topic::Orders || life.is_near(after) {
            while page.through.0 + 1 < life.ring_from.0 {
                let Some(block) = self.block_after(life, page.through).await? else {
                    break;
                };
                if *topic == Topic::Orders {
                    self.read_ahead(life, page.through);
                }
                for event in from_place(&block, page.through) {
                    page.through = event.position();
                    if !topic.covers(event) {
                        continue;
                    }
                    page.events.push(Arc::clone(event));
                    if page.events.len() >= limit {
                        page.more = page.through < life.head;
                        return Ok(page);
                    }
                }
            }
        }
        let left = limit - page.events.len();
        let rest = if let Some(rest) = self.read(topic, page.through, left) {
            rest
        } else {
            let _turn = self.turn().await?;
            self.query(life, topic, page.through, left, ALONE).await?
        };
        page.events.extend(rest.events);
        Ok(Page {
            events: page.events,
            ..rest
        })
    }

    /// The event at `position`, if it is in a block that is here or that a replay from there would need.
    pub(super) async fn event_at(
        &self,
        life: &Life,
        position: Position,
    ) -> Result<Option<Arc<LogEvent>>, sqlx::Error> {
        let before = Position(position.0 - 1);
        let block = if life.is_near(position) {
            self.block_after(life, before).await?
        } else {
            life.blocks.peek(before.0 / BLOCK)
        };
        Ok(block.and_then(|block| from_place(&block, before).first().map(Arc::clone)))
    }

    /// The id of the event at `position`, by a query for nothing else.
    pub(super) async fn ask_for_id(&self, position: Position) -> Result<Option<Uuid>, sqlx::Error> {
        let _turn = self.turn().await?;
        reader::event_id(&self.shared.db, position).await
    }

    /// The block with the event after `after`, unless the log does not fill it yet.
    async fn block_after(
        &self,
        life: &Life,
        after: Position,
    ) -> Result<Option<Block>, sqlx::Error> {
        let number = after.0 / BLOCK;
        if (number + 1) * BLOCK > life.head.0 {
            return Ok(None);
        }
        let read = self.read_block(life, number);
        life.blocks.get(number, read).await.map(Some)
    }

    /// Has the blocks after the one with the event after `after` be read, unless they are here or in the ring.
    fn read_ahead(&self, life: &Life, after: Position) {
        for ahead in 1..=AHEAD {
            let place = Position(after.0 + ahead * BLOCK);
            if place.0 + 1 >= life.ring_from.0 || life.blocks.knows(place.0 / BLOCK) {
                continue;
            }
            let (tail, life) = (self.clone(), life.clone());
            tokio::spawn(async move {
                // Whoever comes for it reads it himself then, and hears what is wrong.
                if let Err(error) = tail.block_after(&life, place).await {
                    tracing::debug!(%error, "the log could not be read ahead");
                }
            });
        }
    }

    async fn read_block(&self, life: &Life, number: u64) -> Result<Block, sqlx::Error> {
        let turn = self.turn().await?;
        self.shared.replays.count(SHARED);
        let before = Position(number * BLOCK);
        let rows = Query::of(&Topic::Orders, before, BLOCK_ROWS)
            .rows(&self.shared.db)
            .await?;
        drop(turn);
        let block = reader::load(&rows, |p, id| self.seal_in(life.blocks.epoch, p, id))?;
        let whole = block.len() == BLOCK_ROWS
            && (before.0 + 1..)
                .zip(&block)
                .all(|(position, event)| event.position().0 == position);
        if !whole {
            // The head was beyond it: this is not the log that it was. The tail will tell.
            self.shared.doubtful.store(true, Ordering::Relaxed);
            self.look();
            return Err(sqlx::Error::Decode(
                "the log is shorter than it was, or has a gap".into(),
            ));
        }
        Ok(block.into())
    }

    async fn query(
        &self,
        life: &Life,
        topic: &Topic,
        after: Position,
        limit: usize,
        reader: &'static str,
    ) -> Result<Page, sqlx::Error> {
        self.shared.replays.count(reader);
        let rows = Query::of(topic, after, limit).rows(&self.shared.db).await?;
        let events = reader::load(&rows, |p, id| self.seal_in(life.blocks.epoch, p, id))?;
        let more = events.len() == limit;
        let last = events.last().map_or(after, |e| e.position());
        Ok(Page {
            events,
            more,
            // The head was read before the query: what the query saw reaches at least as far.
            through: if more { last } else { last.max(life.head) },
        })
    }

    async fn turn(&self) -> Result<tokio::sync::SemaphorePermit<'_>, sqlx::Error> {
        let turn = self.shared.replays.queries.acquire().await;
        turn.map_err(|_| sqlx::Error::PoolClosed)
    }

    pub(super) fn life(&self) -> Life {
        // While it is held, nothing of the three is replaced.
        let ring = self.ring();
        let head = self.position();
        Life {
            blocks: self.blocks(),
            head,
            ring_from: ring.first().unwrap_or(Position(head.0 + 1)),
        }
    }
}

impl Life {
    fn is_near(&self, position: Position) -> bool {
        self.ring_from.0.saturating_sub(position.0 + 1) <= SHARED_STRETCH
    }
}

/// The events of `block` after `after`, which is in it or just before it.
fn from_place(block: &Block, after: Position) -> &[Arc<LogEvent>] {
    let skip = usize::try_from(after.0 % BLOCK).unwrap_or(BLOCK_ROWS);
    block.get(skip..).unwrap_or_default()
}
