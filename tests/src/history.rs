//! What clients sent, were answered and saw; what the log says; and whether the two agree.
//!
//! Clients write into a [`Recorder`]. Afterwards [`Log::load`] reads the log, and [`check`] holds one against the other.
//! Nothing here looks at how the service does its work: an event is known by its order and version, a command by the
//! mark that its client sent as `X-Request-Id`, which the log keeps as correlation id.

mod account;
mod check;
mod command;
mod fields;
mod finding;
#[cfg(test)]
mod legal;
mod log;
mod read;
mod recorder;
#[cfg(test)]
mod tests;

pub use account::{Account, Begin, Channel, Seen, Topic, Who};
pub use check::check;
pub use command::{Answer, Command};
pub use fields::above;
pub use finding::Finding;
pub use log::{Log, Logged};
pub use read::{Extent, Read, Row};
pub use recorder::{AccountId, CommandId, Recorder};

/// Everything that clients wrote down.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Commands, in the order in which they were sent first.
    pub commands: Vec<Command>,
    /// What each follower has handled, across all of its connections.
    pub accounts: Vec<Account>,
    /// Reads that were answered.
    pub reads: Vec<Read>,
    /// All orders as the list shows them to staff, taken when nothing happened any more and with everything in it;
    /// `None` if it was not taken. Each is held against the fold of its events.
    pub listed: Option<Vec<serde_json::Value>>,
}
