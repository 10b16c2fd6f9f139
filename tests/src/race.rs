//! What the `writer` processes are told.

use serde::{Deserialize, Serialize};

/// Work for one process.
#[derive(Debug, Serialize, Deserialize)]
pub struct Work {
    /// The database.
    pub url: String,
    /// Makes the process's choices repeatable, and different from another's.
    pub seed: u64,
    /// Writers at once.
    pub writers: u64,
    /// Commands of each.
    pub commands: u64,
    /// The orders that they fight over.
    pub orders: Vec<String>,
}
