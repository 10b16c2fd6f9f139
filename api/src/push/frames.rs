//! The frames of `waybill.v1.json`: what clients may say, and how the server's side is written.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use waybill_projections::push::Output;

/// A frame from a client.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// Who is there; first, unless the upgrade said it.
    Hello {
        /// A bearer token.
        token: String,
    },
    /// Follow a topic.
    Subscribe(Subscribe),
    /// Stop following.
    Unsubscribe {
        /// The subscription.
        id: String,
    },
    /// A fresh token, in place of the one that the connection was made with.
    Auth {
        /// A bearer token.
        token: String,
    },
    /// The answer to a ping.
    Pong {},
}

/// The wish to follow a topic.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    /// The client's name for the subscription: 1 to 64 printable ASCII characters without blank, quote
    /// and backslash.
    pub id: String,
    /// `orders`, `customer:ID`, `customer:me` or `order:ID`.
    pub topic: String,
    /// A cursor, `earliest` or `now`, which is the default; staff may give a bare position.
    #[serde(default)]
    pub after: Option<String>,
    /// Only events of these types.
    #[serde(default)]
    pub types: Vec<String>,
    /// `order`: each event with its order's summary.
    #[serde(default)]
    pub include: Option<Include>,
    /// Begin with the present state instead of a cursor.
    #[serde(default)]
    pub snapshot: bool,
}

/// What can come along with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Include {
    /// The order's summary as of the event.
    Order,
}

/// A frame to a client.
// But for events, whose bytes are shared: `EventFrame` below.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame<'a> {
    /// The client is known.
    Welcome {
        /// Names the connection in the server's log.
        connection_id: &'a str,
        /// The log's epoch.
        epoch: u32,
        /// How often a ping will come.
        ping_secs: u64,
        /// When the token ends; the connection ends with it.
        #[schema(format = "date-time")]
        token_expires_at: String,
        /// Who the client is taken for.
        subject: &'a str,
        /// With which roles.
        roles: Vec<&'static str>,
        /// Bounds on what the client may send.
        limits: Limits,
    },
    /// The subscription has begun.
    Subscribed {
        /// The subscription.
        id: &'a str,
        /// Whether older events come first.
        mode: Mode,
        /// From where it goes on.
        cursor: &'a str,
    },
    /// The present state, and the cursor from which events go on.
    Snapshot {
        /// The subscription.
        id: &'a str,
        /// One order, for a topic that is one order.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<crate::http::schema::OrderView>)]
        order: Option<serde_json::Value>,
        /// The first page of orders, for the other topics.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<Vec<crate::http::schema::OrderSummary>>)]
        orders: Option<Vec<serde_json::Value>>,
        /// Where the next page of `GET /v1/orders` begins, if there is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        next_cursor: Option<String>,
        /// From where events go on.
        cursor: &'a str,
    },
    /// The replay is over.
    Live {
        /// The subscription.
        id: &'a str,
        /// Where it stands.
        cursor: &'a str,
    },
    /// Nothing for this subscription up to here.
    Cursor {
        /// The subscription.
        id: &'a str,
        /// Where it stands.
        cursor: &'a str,
    },
    /// The client's state is of no use any more; the subscription has ended.
    Reset {
        /// The subscription.
        id: &'a str,
        /// Why.
        #[schema(value_type = ResetReason)]
        reason: &'a str,
    },
    /// The token will end soon.
    AuthExpiring {
        /// In how many seconds.
        in_secs: u64,
    },
    /// To be answered with a pong.
    Ping {
        /// The log's head.
        cursor: &'a str,
    },
    /// The server will stop.
    Drain {
        /// Reconnect at a random moment within this time.
        retry_within_ms: u64,
    },
    /// A wish was not granted; the connection goes on.
    Error {
        /// The subscription that it is about.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        /// Stable name of what is wrong.
        code: &'a str,
        /// What is wrong, for people.
        detail: &'a str,
        /// Whether the same wish may be granted later.
        retry: bool,
    },
}

/// Bounds on what a client may send.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Limits {
    /// Bytes of a message.
    pub max_frame_bytes: usize,
    /// Subscriptions of a connection.
    pub max_subscriptions: usize,
    /// Frames a second, over time.
    pub frames_per_sec: u32,
}

/// How a subscription begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// With older events.
    Replay,
    /// With what comes next.
    Live,
}

/// Why a cursor does not fit the log.
// Only for the contract: what is sent are the names.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// The log has begun a new life since.
    Epoch,
    /// The log does not reach so far.
    Ahead,
    /// There is another event at that place.
    Mismatch,
}

/// The frame of an event.
// Only for the contract: `write_output` joins bytes that all clients share.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventFrame {
    /// Something happened to an order.
    Event {
        /// The subscriptions of this connection that it is for.
        ids: Vec<String>,
        /// The event.
        #[schema(value_type = crate::http::schema::Event)]
        event: serde_json::Value,
        /// With `include`: the order as of this event.
        #[schema(value_type = Option<crate::http::schema::OrderSummary>)]
        order: Option<serde_json::Value>,
    },
}

impl ServerFrame<'_> {
    /// The frame as one line of JSON.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Writes `output` as one line of JSON at the end of `buffer`.
pub fn write_output(buffer: &mut Vec<u8>, output: &Output) {
    let frame = match output {
        Output::Event(delivery) => {
            let event = delivery.event.wire(delivery.audience);
            return write_event(buffer, &delivery.ids, event, delivery.order.as_deref());
        }
        Output::Live { id, cursor } => ServerFrame::Live { id, cursor },
        Output::Cursor { id, cursor } => ServerFrame::Cursor { id, cursor },
        Output::Reset { id } => ServerFrame::Reset {
            id,
            reason: "epoch",
        },
    };
    buffer.extend_from_slice(frame.line().as_bytes());
}

/// A short prefix that names the subscriptions, then the bytes that all clients share.
pub fn write_event(buffer: &mut Vec<u8>, ids: &[Arc<str>], event: &[u8], order: Option<&[u8]>) {
    buffer.extend_from_slice(br#"{"type":"event","ids":["#);
    for (nth, id) in ids.iter().enumerate() {
        if nth > 0 {
            buffer.push(b',');
        }
        // Ids were checked to need no escapes when they were accepted.
        buffer.push(b'"');
        buffer.extend_from_slice(id.as_bytes());
        buffer.push(b'"');
    }
    buffer.extend_from_slice(br#"],"event":"#);
    buffer.extend_from_slice(event);
    if let Some(order) = order {
        buffer.extend_from_slice(br#","order":"#);
        buffer.extend_from_slice(order);
    }
    buffer.push(b'}');
}

/// An event's shared bytes, and its order's summary as one more member of it, where that was asked for.
pub fn write_event_object(out: &mut Vec<u8>, event: &[u8], order: Option<&[u8]>) {
    match order {
        // The event is an object with at least one member: its last brace makes room for one more.
        Some(order) => {
            out.extend_from_slice(&event[..event.len() - 1]);
            out.extend_from_slice(br#","order":"#);
            out.extend_from_slice(order);
            out.push(b'}');
        }
        None => out.extend_from_slice(event),
    }
}
