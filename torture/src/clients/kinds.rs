//! The ways to misbehave. One line of [`KINDS`] and a function make another.

mod frames;
mod http;
mod silence;
mod socketio;

use std::time::Duration;

use futures::future::BoxFuture;

use super::enemy::{Attempt, Enemy};
use super::misbehave::{HELLO_SECS, PING_SECS, REQUEST_SECS, STALL_SECS};

/// A way to misbehave.
pub(super) struct Kind {
    /// In the report.
    pub(super) name: &'static str,
    /// Within which the node has to end such a connection, if it has to.
    pub(super) ends_within: Option<Duration>,
    /// One attempt, from the connection to its end.
    pub(super) run: for<'a> fn(&'a mut Enemy) -> BoxFuture<'a, Attempt>,
}

/// Nothing was taken of what was sent, and who is told so has two seconds to read it.
const STALLED: Duration = Duration::from_secs(STALL_SECS + 2);
/// Two pings stayed without an answer when it is time for the third.
const NO_PONG: Duration = Duration::from_secs(3 * PING_SECS);
const NO_HELLO: Duration = Duration::from_secs(HELLO_SECS);
/// No first request, or not the whole of one.
const NO_REQUEST: Duration = Duration::from_secs(REQUEST_SECS);
/// The system confirms nothing more.
const NOTHING_TAKEN: Duration = Duration::from_secs(2 * STALL_SECS);
/// Nobody answers the engine's ping.
const NO_HEARTBEAT: Duration = Duration::from_secs(PING_SECS + STALL_SECS);

/// All of them.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "slow readers of a socket",
        ends_within: Some(STALLED),
        run: |enemy| Box::pin(silence::reads_slowly(enemy)),
    },
    Kind {
        name: "half-open sockets, whose peer neither reads nor writes nor goes",
        ends_within: Some(STALLED),
        run: |enemy| Box::pin(silence::is_gone_without_a_word(enemy)),
    },
    Kind {
        name: "pings without an answer",
        ends_within: Some(NO_PONG),
        run: |enemy| Box::pin(silence::answers_no_ping(enemy)),
    },
    Kind {
        name: "sockets without a hello",
        ends_within: Some(NO_HELLO),
        run: |enemy| Box::pin(silence::says_no_hello(enemy)),
    },
    Kind {
        name: "connections without a request",
        ends_within: Some(NO_REQUEST),
        run: |enemy| Box::pin(silence::asks_nothing(enemy)),
    },
    Kind {
        name: "oversized frames",
        ends_within: None,
        run: |enemy| Box::pin(frames::oversized(enemy)),
    },
    Kind {
        name: "messages in endless parts, empty parts, parts within parts",
        ends_within: None,
        run: |enemy| Box::pin(frames::in_parts(enemy)),
    },
    Kind {
        name: "floods of frames, pings and pongs",
        ends_within: None,
        run: |enemy| Box::pin(frames::flood(enemy)),
    },
    Kind {
        name: "floods of subscriptions and snapshots",
        ends_within: None,
        run: |enemy| Box::pin(frames::subscribes_without_end(enemy)),
    },
    Kind {
        name: "compressed bombs, in frames and in bodies",
        ends_within: None,
        run: |enemy| Box::pin(frames::bombs(enemy)),
    },
    Kind {
        name: "invalid UTF-8, binary data, and what is no frame",
        ends_within: None,
        run: |enemy| Box::pin(frames::no_text(enemy)),
    },
    Kind {
        name: "wrong origins",
        ends_within: None,
        run: |enemy| Box::pin(http::from_another_page(enemy)),
    },
    Kind {
        name: "heads and bodies that come a byte at a time",
        ends_within: Some(NO_REQUEST),
        run: |enemy| Box::pin(http::asks_slowly(enemy)),
    },
    Kind {
        name: "lists, exports and event streams that nobody takes",
        ends_within: Some(NOTHING_TAKEN),
        run: |enemy| Box::pin(http::takes_no_answer(enemy)),
    },
    Kind {
        name: "long polls that are given up",
        ends_within: None,
        run: |enemy| Box::pin(http::gives_polls_up(enemy)),
    },
    Kind {
        name: "Socket.IO: floods, parts, large bodies, sessions that are left",
        ends_within: Some(NO_HEARTBEAT),
        run: |enemy| Box::pin(socketio::misbehaves(enemy)),
    },
];
