//! The open sessions of this node, by the id that their requests name.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use engineioxide::socket::Sid;

use super::link::Link;

/// See the module's documentation. As many as there are places for connections.
#[derive(Default)]
pub(super) struct Sessions(RwLock<HashMap<Sid, Arc<Link>>>);

impl Sessions {
    pub(super) fn insert(&self, sid: Sid, link: Arc<Link>) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(sid, link);
    }

    pub(super) fn remove(&self, sid: Sid) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.remove(&sid);
    }

    pub(super) fn get(&self, sid: Sid) -> Option<Arc<Link>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get(&sid).cloned()
    }
}
