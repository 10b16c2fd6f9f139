//! What can be found.

use thiserror::Error;

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Finding {
    /// The log itself lacks a position, or an order a version.
    #[error("the log has a gap: {0}")]
    LogGap(String),
    /// Two events of the log have one id.
    #[error("event {event} is at {first} and at {second}")]
    LogRepeat {
        /// The id.
        event: String,
        /// A position.
        first: u64,
        /// Another one.
        second: u64,
    },
    /// A command was acknowledged, and there is nothing of it in the log.
    #[error("command {mark} was acknowledged as {order} version {version} and is not in the log")]
    Lost {
        /// The command.
        mark: String,
        /// What it was said to have changed.
        order: String,
        /// To what it was said to have brought it.
        version: u64,
    },
    /// A command is in the log more than once.
    #[error("command {mark} was applied more than once, at {positions:?}")]
    AppliedTwice {
        /// The command.
        mark: String,
        /// Of all of its events.
        positions: Vec<u64>,
    },
    /// A command is in the log elsewhere than its answer said.
    #[error("command {mark} was said to be {said}, and the log has {logged}")]
    Misreported {
        /// The command.
        mark: String,
        /// The answer.
        said: String,
        /// The truth.
        logged: String,
    },
    /// A command was refused, or said to have changed nothing, and is in the log.
    #[error("command {mark} was answered with {answer}, and is in the log at {position}")]
    DoneAllTheSame {
        /// The command.
        mark: String,
        /// The answer.
        answer: String,
        /// Where it is.
        position: u64,
    },
    /// Two commands were acknowledged that both expected one version of an order.
    #[error("commands {marks:?} both succeeded on {order} version {expected}")]
    TwoSuccesses {
        /// The order.
        order: String,
        /// The version.
        expected: u64,
        /// The commands.
        marks: Vec<String>,
    },
    /// A command was applied to another version than it expected.
    #[error("command {mark} expected version {expected} and was applied to {found}")]
    OtherVersion {
        /// The command.
        mark: String,
        /// What it expected.
        expected: u64,
        /// What it was applied to.
        found: u64,
    },
    /// A follower was never sent what it should have been sent.
    #[error("{account}: {count} events are missing, the first at {first}")]
    Gap {
        /// Who, how and what.
        account: String,
        /// The first position that is missing.
        first: u64,
        /// How many are.
        count: usize,
    },
    /// A follower was never sent anything, and there was enough.
    #[error("{account}: nothing was shown of {events} events")]
    Nothing {
        /// Who, how and what.
        account: String,
        /// Those of the topic.
        events: usize,
    },
    /// A follower was sent something again.
    #[error("{account}: the event at {position} came again")]
    Repeat {
        /// Who, how and what.
        account: String,
        /// What came again.
        position: u64,
    },
    /// A follower was sent something too late.
    #[error("{account}: the event at {position} came after {after}")]
    Disorder {
        /// Who, how and what.
        account: String,
        /// What came.
        position: u64,
        /// After which.
        after: u64,
    },
    /// A follower was sent something that it did not ask for.
    #[error("{account}: the event at {position} is none of this topic")]
    OffTopic {
        /// Who, how and what.
        account: String,
        /// What came.
        position: u64,
    },
    /// Somebody was shown what he may not see.
    #[error("{whom} was shown what is not for him: {what}")]
    Shown {
        /// Who, and how.
        whom: String,
        /// What.
        what: String,
    },
    /// Somebody was shown what is not in the log.
    #[error("{whom} was shown {what}, which the log does not have")]
    MadeUp {
        /// Who, and how.
        whom: String,
        /// What.
        what: String,
    },
    /// A read was older than what was asked for, or than what it said itself.
    #[error("{who} read {what}: {problem}")]
    OldRead {
        /// Who.
        who: String,
        /// What was read.
        what: String,
        /// What was old.
        problem: String,
    },
    /// The list says something else of an order than its events do.
    #[error("the list and a replay differ in order {order}: {problem}")]
    ReadModel {
        /// The order.
        order: String,
        /// How.
        problem: String,
    },
}
