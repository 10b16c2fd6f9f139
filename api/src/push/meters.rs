//! What a node's push channels do: who is connected, what was sent, and how soon after it was appended.
//!
//! The numbers are kept here as well as handed to the metrics' recorder, because that one can only be
//! asked for all of them as text, and is one for the whole process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use waybill_domain::Timestamp;
use waybill_infra::histogram::Histogram;
use waybill_infra::log::EventLog;
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
pub struct Meters {
    log: EventLog,
    channels: Arc<[Meter; 4]>,
}

#[derive(Default)]
struct Meter {
    open: AtomicU64,
    deliveries: AtomicU64,
    latency: Histogram,
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
        Self {
            log,
            channels: Arc::default(),
        }
    }

    /// Counts a connection for as long as what is returned lives.
    #[must_use]
    pub fn open(&self, channel: Channel) -> Open {
        self.meter(channel).open.fetch_add(1, Ordering::Relaxed);
        metrics::gauge!("waybill_push_connections", "channel" => channel.as_str()).increment(1.0);
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

    /// Counts events that were sent.
    pub fn delivered(&self, channel: Channel, events: u64) {
        let meter = self.meter(channel);
        meter.deliveries.fetch_add(events, Ordering::Relaxed);
        metrics::counter!("waybill_push_deliveries_total", "channel" => channel.as_str())
            .increment(events);
    }

    /// Measures how long an event took that was sent as it came, and not as part of a replay.
    pub fn delivered_live(&self, channel: Channel, recorded_at: Timestamp) {
        let took = self.log.clock().since(recorded_at);
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
        let [websocket, sse, long_poll, socketio] = &*self.channels;
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
        let channel = self.channel;
        let open = &self.meters.meter(channel).open;
        open.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("waybill_push_connections", "channel" => channel.as_str()).decrement(1.0);
    }
}
