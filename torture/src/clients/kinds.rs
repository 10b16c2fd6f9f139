//! The ways to misbehave. One line of [`KINDS`] and a function make another.

mod frames;
mod http;
mod silence;
mod socketio;

use futures::future::BoxFuture;

use super::enemy::{Attempt, Enemy};

/// A way to misbehave.
pub(super) struct Kind {
    /// In the report.
    pub(super) name: &'static str,
    /// Whether an attempt takes longer than most, because it waits for the node to lose its patience.
    pub(super) patient: bool,
    /// One attempt, from the connection to its end.
    pub(super) run: for<'a> fn(&'a mut Enemy) -> BoxFuture<'a, Attempt>,
}

/// All of them.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "slow readers of a socket",
        patient: false,
        run: |enemy| Box::pin(silence::reads_slowly(enemy)),
    },
    Kind {
        name: "half-open sockets, whose peer neither reads nor writes nor goes",
        patient: true,
        run: |enemy| Box::pin(silence::is_gone_without_a_word(enemy)),
    },
    Kind {
        name: "pings without an answer",
        patient: false,
        run: |enemy| Box::pin(silence::answers_no_ping(enemy)),
    },
    Kind {
        name: "sockets without a hello, and connections without a request",
        patient: false,
        run: |enemy| Box::pin(silence::says_nothing(enemy)),
    },
    Kind {
        name: "oversized frames",
        patient: false,
        run: |enemy| Box::pin(frames::oversized(enemy)),
    },
    Kind {
        name: "messages in endless parts, empty parts, parts within parts",
        patient: false,
        run: |enemy| Box::pin(frames::in_parts(enemy)),
    },
    Kind {
        name: "floods of frames, pings and pongs",
        patient: false,
        run: |enemy| Box::pin(frames::flood(enemy)),
    },
    Kind {
        name: "floods of subscriptions and snapshots",
        patient: false,
        run: |enemy| Box::pin(frames::subscribes_without_end(enemy)),
    },
    Kind {
        name: "compressed bombs, in frames and in bodies",
        patient: false,
        run: |enemy| Box::pin(frames::bombs(enemy)),
    },
    Kind {
        name: "invalid UTF-8, binary data, and what is no frame",
        patient: false,
        run: |enemy| Box::pin(frames::no_text(enemy)),
    },
    Kind {
        name: "wrong origins",
        patient: false,
        run: |enemy| Box::pin(http::from_another_page(enemy)),
    },
    Kind {
        name: "heads and bodies that come a byte at a time",
        patient: false,
        run: |enemy| Box::pin(http::asks_slowly(enemy)),
    },
    Kind {
        name: "lists, exports and event streams that nobody takes",
        patient: false,
        run: |enemy| Box::pin(http::takes_no_answer(enemy)),
    },
    Kind {
        name: "long polls that are given up",
        patient: false,
        run: |enemy| Box::pin(http::gives_polls_up(enemy)),
    },
    Kind {
        name: "Socket.IO: floods, parts, large bodies, sessions that are left",
        patient: false,
        run: |enemy| Box::pin(socketio::misbehaves(enemy)),
    },
];
