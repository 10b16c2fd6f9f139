//! Open sockets and replay.

use std::time::Duration;

use super::{Kind, Reader, Setting, Unless};

/// `WAYBILL_PUSH_RING_EVENTS`.
pub const RING_EVENTS: Setting = Setting {
    name: "WAYBILL_PUSH_RING_EVENTS",
    key: "push.ring_events",
    kind: Kind::Integer {
        min: 64,
        max: 1_000_000,
    },
    unless: Unless::Default("8192"),
    meaning: "Recent events kept in memory; a client further behind reads from the log.",
};
/// `WAYBILL_PUSH_RING_MIB`.
pub const RING_MIB: Setting = Setting {
    name: "WAYBILL_PUSH_RING_MIB",
    key: "push.ring_mib",
    kind: Kind::Integer {
        min: 1,
        max: 65_536,
    },
    unless: Unless::Default("128"),
    meaning: "Size of these events at most, in MiB as they are stored; in memory an event takes about four times as much.",
};
/// `WAYBILL_PUSH_RING_PRELOAD`.
pub const RING_PRELOAD: Setting = Setting {
    name: "WAYBILL_PUSH_RING_PRELOAD",
    key: "push.ring_preload",
    kind: Kind::Integer {
        min: 0,
        max: 1_000_000,
    },
    unless: Unless::Default("4096"),
    meaning: "How many of them a node reads before it is ready; the more, the longer it takes to start.",
};
/// `WAYBILL_PUSH_CONNECTIONS_MAX`.
pub const CONNECTIONS_MAX: Setting = Setting {
    name: "WAYBILL_PUSH_CONNECTIONS_MAX",
    key: "push.connections_max",
    kind: Kind::Integer {
        min: 1,
        max: 1_000_000,
    },
    unless: Unless::Default("20000"),
    meaning: "Most open connections of a node; one more is closed with a hint to come back.",
};
/// `WAYBILL_PUSH_CONNECTIONS_PER_CUSTOMER`.
pub const CONNECTIONS_PER_CUSTOMER: Setting = Setting {
    name: "WAYBILL_PUSH_CONNECTIONS_PER_CUSTOMER",
    key: "push.connections_per_customer",
    kind: Kind::Integer {
        min: 1,
        max: 1_000_000,
    },
    unless: Unless::Default("100"),
    meaning: "Most of them that one customer may have open, or the guests of one order together; staff and services have no bound of their own.",
};
/// `WAYBILL_PUSH_ADMISSIONS_PER_SEC`.
pub const ADMISSIONS_PER_SEC: Setting = Setting {
    name: "WAYBILL_PUSH_ADMISSIONS_PER_SEC",
    key: "push.admissions_per_sec",
    kind: Kind::Integer {
        min: 1,
        max: 100_000,
    },
    unless: Unless::Default("1500"),
    meaning: "Clients that a node lets in a second; when more come back at once, they wait in order of arrival.",
};
/// `WAYBILL_PUSH_WAIT_MAX_SECS`.
pub const WAIT_MAX: Setting = Setting {
    name: "WAYBILL_PUSH_WAIT_MAX_SECS",
    key: "push.wait_max_secs",
    kind: Kind::Seconds { min: 1, max: 60 },
    unless: Unless::Default("8"),
    meaning: "Longest wait to be let in; who would have to wait longer is sent away with the time within which to come back. The TypeScript client waits for 10 s.",
};
/// `WAYBILL_PUSH_SUBSCRIPTIONS_MAX`.
pub const SUBSCRIPTIONS_MAX: Setting = Setting {
    name: "WAYBILL_PUSH_SUBSCRIPTIONS_MAX",
    key: "push.subscriptions_max",
    kind: Kind::Integer {
        min: 1,
        max: 10_000,
    },
    unless: Unless::Default("100"),
    meaning: "Most subscriptions of one connection.",
};
/// `WAYBILL_PUSH_FRAME_BYTES_MAX`.
pub const FRAME_BYTES_MAX: Setting = Setting {
    name: "WAYBILL_PUSH_FRAME_BYTES_MAX",
    key: "push.frame_bytes_max",
    kind: Kind::Integer {
        min: 4_096,
        max: 1_048_576,
    },
    unless: Unless::Default("16384"),
    meaning: "Largest frame that a client may send.",
};
/// `WAYBILL_PUSH_FRAMES_PER_SEC`.
pub const FRAMES_PER_SEC: Setting = Setting {
    name: "WAYBILL_PUSH_FRAMES_PER_SEC",
    key: "push.frames_per_sec",
    kind: Kind::Integer {
        min: 1,
        max: 10_000,
    },
    unless: Unless::Default("50"),
    meaning: "Most frames a second that a client may send over time; a burst of four times as many is let through.",
};
/// `WAYBILL_PUSH_PING_SECS`.
pub const PING: Setting = Setting {
    name: "WAYBILL_PUSH_PING_SECS",
    key: "push.ping_secs",
    kind: Kind::Seconds { min: 1, max: 300 },
    unless: Unless::Default("20"),
    meaning: "How often a client is pinged; without an answer by the next ping but one it is closed.",
};
/// `WAYBILL_PUSH_HELLO_TIMEOUT_SECS`.
pub const HELLO_TIMEOUT: Setting = Setting {
    name: "WAYBILL_PUSH_HELLO_TIMEOUT_SECS",
    key: "push.hello_timeout_secs",
    kind: Kind::Seconds { min: 1, max: 60 },
    unless: Unless::Default("5"),
    meaning: "How long a connection may stay without a token.",
};
/// `WAYBILL_PUSH_STALL_SECS`.
pub const STALL: Setting = Setting {
    name: "WAYBILL_PUSH_STALL_SECS",
    key: "push.stall_secs",
    kind: Kind::Seconds { min: 5, max: 3600 },
    unless: Unless::Default("60"),
    meaning: "A connection that has not taken the whole of a message within so long is closed.",
};
/// `WAYBILL_PUSH_DRAIN_MS`.
pub const DRAIN: Setting = Setting {
    name: "WAYBILL_PUSH_DRAIN_MS",
    key: "push.drain_ms",
    kind: Kind::Millis {
        min: 100,
        max: 300_000,
    },
    unless: Unless::Default("5000"),
    meaning: "Before a planned stop clients are told to reconnect at a random moment within this time.",
};
/// `WAYBILL_LONG_POLL_MAX_SECS`.
pub const LONG_POLL_MAX: Setting = Setting {
    name: "WAYBILL_LONG_POLL_MAX_SECS",
    key: "push.long_poll_max_secs",
    kind: Kind::Seconds { min: 1, max: 120 },
    unless: Unless::Default("30"),
    meaning: "Longest wait of a long poll; shorter than the request timeout.",
};

pub(super) const SETTINGS: &[&Setting] = &[
    &RING_EVENTS,
    &RING_MIB,
    &RING_PRELOAD,
    &CONNECTIONS_MAX,
    &CONNECTIONS_PER_CUSTOMER,
    &ADMISSIONS_PER_SEC,
    &WAIT_MAX,
    &SUBSCRIPTIONS_MAX,
    &FRAME_BYTES_MAX,
    &FRAMES_PER_SEC,
    &PING,
    &HELLO_TIMEOUT,
    &STALL,
    &DRAIN,
    &LONG_POLL_MAX,
];

/// Open sockets and replay.
#[derive(Debug, Clone)]
pub struct PushConfig {
    /// Events in the ring.
    pub ring_events: usize,
    /// Size of the events in the ring, in MiB.
    pub ring_mib: usize,
    /// Events read into the ring at the start.
    pub ring_preload: usize,
    /// Open connections of a node.
    pub connections_max: usize,
    /// Open connections of one customer, or of the guests of one order.
    pub connections_per_customer: usize,
    /// Clients let in a second.
    pub admissions_per_sec: u32,
    /// Longest wait to be let in.
    pub wait_max: Duration,
    /// Subscriptions of one connection.
    pub subscriptions_max: usize,
    /// Largest incoming frame, in bytes.
    pub frame_bytes_max: usize,
    /// Incoming frames a second.
    pub frames_per_sec: u32,
    /// Time between pings.
    pub ping: Duration,
    /// How long a connection may stay without a token.
    pub hello_timeout: Duration,
    /// How long nothing may move while bytes wait.
    pub stall: Duration,
    /// The window in which drained clients reconnect.
    pub drain: Duration,
    /// Longest wait of a long poll.
    pub long_poll_max: Duration,
}

impl PushConfig {
    /// From `WAYBILL_PUSH_RING_EVENTS`, `WAYBILL_PUSH_RING_MIB`, `WAYBILL_PUSH_RING_PRELOAD`, `WAYBILL_PUSH_CONNECTIONS_MAX`,
    /// `WAYBILL_PUSH_CONNECTIONS_PER_CUSTOMER`, `WAYBILL_PUSH_ADMISSIONS_PER_SEC`, `WAYBILL_PUSH_WAIT_MAX_SECS`, `WAYBILL_PUSH_SUBSCRIPTIONS_MAX`, `WAYBILL_PUSH_FRAME_BYTES_MAX`, `WAYBILL_PUSH_FRAMES_PER_SEC`,
    /// `WAYBILL_PUSH_PING_SECS`, `WAYBILL_PUSH_HELLO_TIMEOUT_SECS`, `WAYBILL_PUSH_STALL_SECS`,
    /// `WAYBILL_PUSH_DRAIN_MS`, `WAYBILL_LONG_POLL_MAX_SECS`.
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            ring_events: reader.integer(&RING_EVENTS),
            ring_mib: reader.integer(&RING_MIB),
            ring_preload: reader.integer(&RING_PRELOAD),
            connections_max: reader.integer(&CONNECTIONS_MAX),
            connections_per_customer: reader.integer(&CONNECTIONS_PER_CUSTOMER),
            admissions_per_sec: reader.integer(&ADMISSIONS_PER_SEC),
            wait_max: reader.duration(&WAIT_MAX),
            subscriptions_max: reader.integer(&SUBSCRIPTIONS_MAX),
            frame_bytes_max: reader.integer(&FRAME_BYTES_MAX),
            frames_per_sec: reader.integer(&FRAMES_PER_SEC),
            ping: reader.duration(&PING),
            hello_timeout: reader.duration(&HELLO_TIMEOUT),
            stall: reader.duration(&STALL),
            drain: reader.duration(&DRAIN),
            long_poll_max: reader.duration(&LONG_POLL_MAX),
        }
    }
}
