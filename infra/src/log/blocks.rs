//! Blocks of the log that replays share: read from Postgres once, whoever asks, and kept while there is
//! room.
//!
//! Block `k` holds the [`BLOCK`] events from position `k * BLOCK + 1` on. Only full blocks at or below
//! the head are ever asked for, and such a block never changes; so nothing here is brought up to date.
//! When the log begins a new epoch the whole of it is replaced: who was reading for the old one still
//! holds the old [`Blocks`], and puts what comes in where nobody looks any more.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use tokio::sync::OnceCell;

use super::cursor::Epoch;
use super::event::LogEvent;

/// Events of a block: what one query reads. Two pages of a replay.
pub(super) const BLOCK: u64 = 512;
/// Blocks that are remembered at most, those that are still being read among them.
const COUNT: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();

/// A block's events, in log order.
pub(super) type Block = Arc<[Arc<LogEvent>]>;

/// The blocks of one life of the log.
pub(super) struct Blocks {
    /// With which the events' cursors are sealed.
    pub(super) epoch: Epoch,
    max_bytes: usize,
    kept: Mutex<Kept>,
}

struct Kept {
    /// Those used longest ago are let go of first.
    blocks: LruCache<u64, Entry>,
    /// Of all blocks that have been read.
    bytes: usize,
}

#[derive(Default)]
struct Entry {
    /// Filled by one of those who wait for it; by another, if the first gives up or fails.
    cell: Arc<OnceCell<Block>>,
    /// 0 until it is filled.
    bytes: usize,
}

impl Blocks {
    /// None yet; at most `max_bytes` of them, by the size of the stored events.
    pub(super) fn new(epoch: Epoch, max_bytes: usize) -> Self {
        Self {
            epoch,
            max_bytes,
            kept: Mutex::new(Kept {
                blocks: LruCache::new(COUNT),
                bytes: 0,
            }),
        }
    }

    /// Block `number`, if it is here.
    pub(super) fn peek(&self, number: u64) -> Option<Block> {
        self.kept().blocks.get(&number)?.cell.get().cloned()
    }

    /// Whether block `number` is here or being read.
    pub(super) fn knows(&self, number: u64) -> bool {
        self.kept().blocks.contains(&number)
    }

    /// Block `number`; the first who asks has `read` run, the others wait for it.
    ///
    /// # Errors
    /// Those of `read`, told to him who ran it; then the next one runs his own.
    pub(super) async fn get<E>(
        &self,
        number: u64,
        read: impl Future<Output = Result<Block, E>>,
    ) -> Result<Block, E> {
        let cell = self.cell(number);
        let filled = cell.get_or_try_init(|| async {
            let block = read.await?;
            self.filled(number, &cell, &block);
            Ok(block)
        });
        filled.await.cloned()
    }

    fn cell(&self, number: u64) -> Arc<OnceCell<Block>> {
        let mut kept = self.kept();
        if let Some(entry) = kept.blocks.get(&number) {
            return Arc::clone(&entry.cell);
        }
        let entry = Entry::default();
        let cell = Arc::clone(&entry.cell);
        if let Some((_, gone)) = kept.blocks.push(number, entry) {
            kept.bytes -= gone.bytes;
        }
        cell
    }

    /// Counts what was read, and lets go of the blocks used longest ago while there is too much.
    fn filled(&self, number: u64, cell: &Arc<OnceCell<Block>>, block: &Block) {
        // Taking thousands of small things apart is nothing to keep others waiting for.
        let mut let_go = Vec::new();
        let mut kept = self.kept();
        // It may have been let go of meanwhile: then those who wait for it have it, and nobody else.
        let Some(entry) = kept.blocks.peek_mut(&number) else {
            return;
        };
        if !Arc::ptr_eq(&entry.cell, cell) {
            return;
        }
        entry.bytes = block.iter().map(|event| event.size()).sum();
        kept.bytes += entry.bytes;
        while kept.bytes > self.max_bytes
            && let Some((_, gone)) = kept.blocks.pop_lru()
        {
            kept.bytes -= gone.bytes;
            let_go.push(gone);
        }
        drop(kept);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
