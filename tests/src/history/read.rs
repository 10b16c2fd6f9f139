//! Reads, and what they showed.

use super::account::Who;

/// A read of one order or of the list that was answered with what was asked for.
#[derive(Clone, Debug)]
pub struct Read {
    /// Who asked.
    pub who: Who,
    /// What: "the list", "order 01a2…"; for messages.
    pub what: String,
    /// The position behind the `min_position` that was asked for; 0 if none was.
    pub min_position: u64,
    /// The position that the answer said it reflects, if it said one.
    pub position: Option<u64>,
    /// The orders that it showed.
    pub rows: Vec<Row>,
    /// What was asked for.
    pub extent: Extent,
}

/// How much of what somebody may see a read has to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// One order.
    One,
    /// All orders, which fitted into the answer.
    All,
    /// As many as fit of those that were changed last.
    Newest,
}

/// An order, as a read showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub order: String,
    /// Its version.
    pub version: u64,
    /// Whether the answer said itself that this is not up to date.
    pub stale: bool,
    /// What was shown and is not for these eyes.
    pub above: Vec<String>,
}
