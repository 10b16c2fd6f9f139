//! Commands and what became of them, as far as their senders know.

/// A command, sent once or several times under one idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What the log has as correlation id of its events. Whoever sends the same command under the same key sends the
    /// same mark.
    pub mark: String,
    /// The order; none for one that is still to be placed.
    pub order: Option<String>,
    /// The version that the order had to have, if one was named.
    pub expected: Option<u64>,
    /// Every answer that came, in order. None at all is the same as [`Answer::Unknown`].
    pub answers: Vec<Answer>,
}

/// What a command was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Applied {
        /// The order.
        order: String,
        /// Its version after the command.
        version: u64,
        /// The place of the command's last event, where it was told.
        position: Option<u64>,
    },
    /// There was nothing to do.
    Unchanged {
        /// The order.
        order: String,
        /// Its version.
        version: u64,
    },
    /// It will not be done, and was not.
    Refused {
        /// The problem's code.
        code: String,
    },
    /// No answer, or one that leaves open whether it was done.
    Unknown,
}
