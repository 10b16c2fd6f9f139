//! What a node's push channels do: who is connected, what was sent, and how soon after it was appended.
//!
//! The numbers are kept here as well as handed to the metrics' recorder, because that one can only be
//! asked for all of them as text, and is one for the whole process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use metrics::{Counter, Gauge};
use waybill_domain::Timestamp;
use waybill_infra::histogram::Histogram;
use waybill_infra::log::{EventLog, LogEvent};
use waybill_projections::push::Output;

/// A way on which clients follow orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// `GET /v1/ws`.
    WebSocket,
    /// `GET /v1/events/stream`.
    Sse,
    /// `GET /v1/events`.
    LongPoll,
    /// `/socket.io/`.
    SocketIo,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::WebSocket, Self::Sse, Self::LongPoll, Self::SocketIo];

    /// Its name in metrics and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::Sse => "sse",
            Self::LongPoll => "long_poll",
            Self::SocketIo => "socketio",
        }
    }
}

/// See the module's documentation. Cheap to clone.
#[derive(Clone)]
pub struct Meters(Arc<Inner>);

struct Inner {
    log: EventLog,
    channels: [Meter; 4],
}

struct Meter {
    open: AtomicU64,
    deliveries: AtomicU64,
    latency: Histogram,
    recorded: Recorded,
}

/// The recorder's own counts. Looking one up for each delivery would cost more than counting.
struct Recorded {
    open: Gauge,
    deliveries: Counter,
}

impl Meter {
    fn of(channel: Channel) -> Self {
        let channel = channel.as_str();
        Self {
            open: AtomicU64::new(0),
            deliveries: AtomicU64::new(0),
            latency: Histogram::default(),
            recorded: Recorded {
                open: metrics::gauge!("waybill_push_connections", "channel" => channel),
                deliveries: metrics::counter!("waybill_push_deliveries_total", "channel" => channel),
            },
        }
    }
}

/// An open connection; closed when dropped.
pub struct Open {
    meters: Meters,
    channel: Channel,
}

impl Meters {
    /// Nobody is connected, and nothing was sent. Ages are told by the clock of the `log`.
    #[must_use]
    pub fn new(log: EventLog) -> Self {
        Self(Arc::new(Inner {
            log,
            channels: Channel::ALL.map(Meter::of),
        }))
    }

    /// Counts a connection for as long as what is returned lives.
    #[must_use]
    pub fn open(&self, channel: Channel) -> Open {
        let meter = self.meter(channel);
        meter.open.fetch_add(1, Ordering::Relaxed);
        meter.recorded.open.increment(1.0);
        Open {
            meters: self.clone(),
            channel,
        }
    }

    /// Counts what a connection has just taken.
    pub fn sent(&self, channel: Channel, outputs: &[Output]) {
        let mut events = 0;
        for output in outputs {
            if let Output::Event(delivery) = output {
                events += 1;
                if delivery.live {
                    self.delivered_live(channel, delivery.event.envelope.recorded_at);
                }
            }
        }
        self.delivered(channel, events);
    }

    /// Counts live events that a connection has just taken, all at once.
    pub(super) fn sent_at_once(&self, channel: Channel, events: &[Arc<LogEvent>]) {
        let latency = &self.meter(channel).latency;
        let now = self.0.log.clock().moment();
        for event in events {
            latency.record(now.since(event.envelope.recorded_at));
        }
        self.delivered(channel, events.len() as u64);
    }

    /// Counts events that were sent.
    pub fn delivered(&self, channel: Channel, events: u64) {
        let meter = self.meter(channel);
        meter.deliveries.fetch_add(events, Ordering::Relaxed);
        meter.recorded.deliveries.increment(events);
    }

    /// Measures how long an event took that was sent as it came, and not as part of a replay.
    pub fn delivered_live(&self, channel: Channel, recorded_at: Timestamp) {
        let took = self.0.log.clock().since(recorded_at);
        self.meter(channel).latency.record(took);
    }

    /// Connections that are open now.
    #[must_use]
    pub fn connections(&self, channel: Channel) -> u64 {
        self.meter(channel).open.load(Ordering::Relaxed)
    }

    /// Events that were sent since the node began; one for several subscriptions of a connection counts
    /// once.
    #[must_use]
    pub fn deliveries(&self, channel: Channel) -> u64 {
        self.meter(channel).deliveries.load(Ordering::Relaxed)
    }

    /// How long live events took, to be drained by one only.
    pub(crate) fn latency(&self, channel: Channel) -> &Histogram {
        &self.meter(channel).latency
    }

    fn meter(&self, channel: Channel) -> &Meter {
        let [websocket, sse, long_poll, socketio] = &self.0.channels;
        match channel {
            Channel::WebSocket => websocket,
            Channel::Sse => sse,
            Channel::LongPoll => long_poll,
            Channel::SocketIo => socketio,
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let meter = self.meters.meter(self.channel);
        meter.open.fetch_sub(1, Ordering::Relaxed);
        meter.recorded.open.decrement(1.0);
    }
}
