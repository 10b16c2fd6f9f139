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
        let lock = Arc::clone(self.locks().entry(key.clone()).or_default());
        // Made before waiting, so that a caller who gives up while waiting leaves nothing behind.
        let mut held = Held {
            lock: Arc::clone(&lock),
            guard: None,
            key,
            of: Arc::clone(self),
        };
        held.guard = Some(lock.lock_owned().await);
        held
    }

    fn locks(&self) -> MutexGuard<'_, HashMap<K, Arc<tokio::sync::Mutex<()>>>> {
        self.locks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Holds a key until it is dropped.
pub(crate) struct Held<K: Hash + Eq + Clone> {
    lock: Arc<tokio::sync::Mutex<()>>,
    guard: Option<OwnedMutexGuard<()>>,
    key: K,
    of: Arc<KeyedLock<K>>,
}

impl<K: Hash + Eq + Clone> Drop for Held<K> {
    fn drop(&mut self) {
        self.guard = None;
        let mut locks = self.of.locks();
        // The map and this: nobody else holds it or waits for it, and nobody can come in meanwhile.
        if Arc::strong_count(&self.lock) == 2 {
            locks.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
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
}
