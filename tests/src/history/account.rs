//! What a follower has handled.

use std::fmt;

use serde_json::Value;
use waybill_domain::Audience;

use super::fields::above;
use super::log::Logged;

/// Somebody who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The account; of a guest the id of the order that the tracking link is for.
    pub subject: String,
    /// With which eyes.
    pub audience: Audience,
}

impl Who {
    /// Whether this one may see anything of the order that the event is about.
    pub fn may_see(&self, event: &Logged) -> bool {
        match self.audience {
            Audience::Staff => true,
            Audience::Customer => event.customer == self.subject,
            Audience::Guest => event.order == self.subject,
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, audience } = self;
        match audience {
            Audience::Guest => write!(f, "the guest of {subject}"),
            Audience::Customer => write!(f, "customer {subject}"),
            Audience::Staff => write!(f, "{subject} of staff"),
        }
    }
}

/// What is followed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// All orders.
    Orders,
    /// Those of one customer.
    Customer(String),
    /// One, by its id.
    Order(String),
}

impl Topic {
    /// Whether the event belongs to it.
    pub fn covers(&self, event: &Logged) -> bool {
        match self {
            Self::Orders => true,
            Self::Customer(customer) => event.customer == *customer,
            Self::Order(order) => event.order == *order,
        }
    }
}

/// As the protocol has it.
impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Orders => f.write_str("orders"),
            Self::Customer(customer) => write!(f, "customer:{customer}"),
            Self::Order(order) => write!(f, "order:{order}"),
        }
    }
}

/// How it is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// `/v1/ws`.
    WebSocket,
    /// `/v1/events/stream`.
    EventStream,
    /// `/v1/events`.
    LongPoll,
    /// `/socket.io/`.
    SocketIo,
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WebSocket => "a WebSocket",
            Self::EventStream => "an event stream",
            Self::LongPoll => "long polls",
            Self::SocketIo => "Socket.IO",
        })
    }
}

/// Where an account begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// With the first event of the topic after this position; 0 is before all.
    After(u64),
    /// At a place whose position the follower was not told: with whatever it saw first.
    Somewhere,
}

/// What one follower has handled, across all of its connections: it goes on from its last cursor each time, so this
/// is one account, up to a `reset`, which begins another.
#[derive(Clone, Debug)]
pub struct Account {
    /// The follower.
    pub who: Who,
    /// How.
    pub channel: Channel,
    /// What.
    pub topic: Topic,
    /// From where.
    pub begin: Begin,
    /// What was handled, in that order.
    pub seen: Vec<Seen>,
    /// Whether it had time and opportunity to see everything up to the end of the log. Otherwise what is missing at
    /// the end is no finding.
    pub complete: bool,
    /// Whether a reset has ended it, so that it cannot be complete.
    pub ended: bool,
    /// Whether a reset has begun it: at any moment, also the last one.
    pub again: bool,
}

impl Account {
    /// Of a follower who has seen nothing yet.
    pub fn new(who: Who, channel: Channel, topic: Topic, begin: Begin) -> Self {
        Self {
            who,
            channel,
            topic,
            begin,
            seen: Vec::new(),
            complete: false,
            ended: false,
            again: false,
        }
    }
}

/// An event, as it was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The order.
    pub order: String,
    /// Its version.
    pub version: u64,
    /// The event's id, if it was shown.
    pub event_id: Option<String>,
    /// Its position, if it was shown.
    pub position: Option<u64>,
    /// What was shown and is not for these eyes.
    pub above: Vec<String>,
}

impl Seen {
    /// Reads an event of the wire, and the order that came with it, in it or beside it, if one did. `None` if it is
    /// no event.
    pub fn of(event: &Value, order: &Value, audience: Audience) -> Option<Self> {
        let mut hidden = above(order, audience);
        let mut alone = event.clone();
        if let Some(order) = alone.as_object_mut()?.remove("order") {
            hidden.extend(above(&order, audience));
        }
        hidden.extend(above(&alone, audience));
        Some(Self {
            order: event["order_id"].as_str()?.to_owned(),
            version: event["version"].as_u64()?,
            event_id: event["event_id"].as_str().map(str::to_owned),
            position: event["position"].as_u64(),
            above: hidden,
        })
    }
}
