//! One lock a key, for as long as somebody holds it or waits for it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

/// Lets those who want the same key in one after the other, in the order in which they came.
pub(crate) struct KeyedLock<K: Hash + Eq + Clone> {
    locks: Mutex<HashMap<K, Arc<tokio::sync::Mutex<()>>>>,
}

impl<K: Hash + Eq + Clone> Default for KeyedLock<K> {
    fn default() -> Self {
        Self {
            locks: Mutex::default(),
        }
    }
}

impl<K: Hash + Eq + Clone> KeyedLock<K> {
    pub(crate) async fn lock(self: &Arc<Self>, key: K) -> Held<K> {
        // Made before waiting, so that a caller who gives up while waiting leaves nothing behind.
        let mut held = self.come(key);
        if let Some(lock) = &held.lock {
            held.guard = Some(Arc::clone(lock).lock_owned().await);
        }
        held
    }

    fn come(self: &Arc<Self>, key: K) -> Held<K> {
        Held {
            lock: Some(Arc::clone(self.locks().entry(key.clone()).or_default())),
            guard: None,
            key,
            of: Arc::clone(self),
        }
    }

    fn locks(&self) -> MutexGuard<'_, HashMap<K, Arc<tokio::sync::Mutex<()>>>> {
        self.locks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Holds a key until it is dropped.
pub(crate) struct Held<K: Hash + Eq + Clone> {
    /// Gone only while being dropped.
    lock: Option<Arc<tokio::sync::Mutex<()>>>,
    guard: Option<OwnedMutexGuard<()>>,
    key: K,
    of: Arc<KeyedLock<K>>,
}

impl<K: Hash + Eq + Clone> Drop for Held<K> {
    fn drop(&mut self) {
        self.guard = None;
        let mut locks = self.of.locks();
        // Given back under the map's lock, so that of several who leave at once the last one sees that
        // only the map is left: nobody holds it or waits for it, and nobody can come in meanwhile.
        self.lock = None;
        if locks
            .get(&self.key)
            .is_some_and(|lock| Arc::strong_count(lock) == 1)
        {
            locks.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn one_key_is_held_by_one_and_leaves_nothing_behind() {
        let locks = Arc::new(KeyedLock::<u8>::default());
        let first = locks.lock(1).await;
        let other = locks.lock(2).await;
        let waiting = tokio::spawn({
            let locks = Arc::clone(&locks);
            async move { drop(locks.lock(1).await) }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "the key was held twice");
        let given_up = tokio::spawn({
            let locks = Arc::clone(&locks);
            async move { drop(locks.lock(1).await) }
        });
        tokio::task::yield_now().await;
        given_up.abort();
        assert!(given_up.await.unwrap_err().is_cancelled());
        drop((first, other));
        waiting.await.unwrap();
        assert!(locks.locks().is_empty());
    }

    #[test]
    fn two_who_leave_at_once_leave_nothing_behind() {
        const ROUNDS: usize = 20_000;
        let locks = Arc::new(KeyedLock::<usize>::default());
        let arrived = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for round in 0..ROUNDS {
                        // As of a caller who gives up before it is his turn.
                        let held = locks.come(round);
                        arrived.fetch_add(1, Ordering::SeqCst);
                        while arrived.load(Ordering::SeqCst) < 2 * (round + 1) {
                            std::thread::yield_now();
                        }
                        drop(held);
                    }
                });
            }
        });
        let left = locks.locks().len();
        assert_eq!(left, 0, "of {ROUNDS}");
    }
}
