//! Memory of bounded size for governor, whose own stores only grow.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use governor::{nanos::Nanos, state::StateStore};
use lru::LruCache;

/// So many locks, that callers seldom wait for one another.
const SHARDS: usize = 16;

/// Remembers the callers seen last.
pub(super) struct LruStore<K: Hash + Eq> {
    shards: Vec<Mutex<LruCache<K, Nanos>>>,
    // Keyed at random, so that nobody can choose addresses that fall into one shard.
    hasher: RandomState,
}

impl<K: Hash + Eq> LruStore<K> {
    /// Room for about `capacity` callers, split evenly.
    pub(super) fn new(capacity: usize) -> Self {
        let each = NonZeroUsize::new(capacity.div_ceil(SHARDS)).unwrap_or(NonZeroUsize::MIN);
        Self {
            shards: (0..SHARDS)
                .map(|_| Mutex::new(LruCache::new(each)))
                .collect(),
            hasher: RandomState::new(),
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.lock().unwrap().len())
            .sum()
    }
}

impl<K: Hash + Eq + Clone> StateStore for LruStore<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "any bits of the hash will do"
        )]
        let shard = self.hasher.hash_one(key) as usize % SHARDS;
        // A panic can't leave an entry half written, so a poisoned lock is as good as any.
        let mut seen = self.shards[shard]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (outcome, new) = decide(seen.get(key).copied())?;
        // What is pushed out is this caller's own entry, or another caller for whom there is no room.
        if seen
            .push(key.clone(), new)
            .is_some_and(|(out, _)| out != *key)
        {
            metrics::counter!("waybill_http_callers_forgotten_total").increment(1);
        }
        Ok(outcome)
    }
}
