//! Whom clients turn to.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use rand::Rng;
use rand::seq::IndexedRandom as _;

/// Addresses of nodes, or of what stands in front of them. They may change while clients are on; what is open stays.
#[derive(Clone, Debug)]
pub struct Nodes(Arc<RwLock<Vec<SocketAddr>>>);

impl Nodes {
    /// These.
    pub fn new(addresses: &[SocketAddr]) -> Self {
        Self(Arc::new(RwLock::new(addresses.to_owned())))
    }

    /// From now on these.
    pub fn set(&self, addresses: &[SocketAddr]) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        addresses.clone_into(&mut all);
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<SocketAddr> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.clone()
    }

    /// One of them; where there is none, one that nobody listens at.
    pub fn any(&self, random: &mut impl Rng) -> SocketAddr {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.choose(random)
            .copied()
            .unwrap_or_else(|| ([127, 0, 0, 1], 1).into())
    }
}
