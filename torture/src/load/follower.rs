//! Somebody who follows a topic over one channel, and comes back with his last cursor whenever he is cut off.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;
use tokio::sync::watch;
use waybill_tests::history::{Account, AccountId, Begin, Channel, Seen, Topic, Who};

use super::counts;
use super::shop::Shop;
use super::{event_stream, long_poll, socket_io, web_socket};

/// Without anything from the node a connection is taken for dead after this; pings come every two seconds.
pub(super) const SILENCE: Duration = Duration::from_secs(8);
/// Between two connections, at random up to this.
const PAUSE: Duration = Duration::from_millis(600);
/// How often one hangs up by himself: once in so many things that come.
const HANGS_UP: u32 = 400;

/// The last event of every topic, and of the log.
#[derive(Debug, Default)]
pub(super) struct Goal {
    pub(super) head: u64,
    newest: BTreeMap<Topic, (String, u64)>,
}

impl Goal {
    /// Takes in an event as staff see it.
    pub(super) fn take(&mut self, event: &Value) {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let order = text("order_id");
        let place = (order.clone(), event["version"].as_u64().unwrap_or_default());
        for topic in [
            Topic::Orders,
            Topic::Order(order),
            Topic::Customer(text("customer_id")),
        ] {
            self.newest.insert(topic, place.clone());
        }
        self.head = event["position"].as_u64().unwrap_or_default();
    }
}

/// One follower.
pub(super) struct Follower {
    pub(super) shop: Arc<Shop>,
    pub(super) token: String,
    pub(super) topic: Topic,
    /// With which to come back.
    pub(super) cursor: Option<String>,
    /// Whether each event is to come with its order.
    pub(super) include: bool,
    pub(super) random: StdRng,
    who: Who,
    channel: Channel,
    account: AccountId,
    last: Option<(String, u64)>,
    goal: watch::Receiver<Option<Arc<Goal>>>,
}

impl Follower {
    pub(super) fn new(
        shop: &Arc<Shop>,
        (who, token): (Who, String),
        channel: Channel,
        topic: Topic,
        goal: watch::Receiver<Option<Arc<Goal>>>,
        random: &mut StdRng,
    ) -> Self {
        // Socket.IO's clients are sent what happens from when they connect.
        let begin = match channel {
            Channel::SocketIo => Begin::Somewhere,
            _ => Begin::After(0),
        };
        let account = Account::new(who.clone(), channel, topic.clone(), begin);
        Self {
            account: shop.recorder.opened(account),
            shop: Arc::clone(shop),
            token,
            topic,
            cursor: None,
            include: random.random(),
            random: StdRng::seed_from_u64(random.random()),
            who,
            channel,
            last: None,
            goal,
        }
    }

    /// Follows until all has been seen that there is.
    pub(super) async fn run(mut self) {
        let mut goal = self.goal.clone();
        while !self.is_done() {
            self.shop.counts.add(counts::CONNECTIONS);
            let hint = tokio::select! {
                hint = self.connect() => hint,
                // There may be nothing left to wait for.
                _ = goal.changed() => continue,
            };
            let pause = hint.unwrap_or(PAUSE).mul_f64(self.random.random());
            tokio::time::sleep(pause).await;
        }
    }

    /// One connection, to its end; within which time to come back, if that was said.
    async fn connect(&mut self) -> Option<Duration> {
        match self.channel {
            Channel::WebSocket => web_socket::follow(self).await,
            Channel::EventStream => event_stream::follow(self).await,
            Channel::LongPoll => long_poll::follow(self).await,
            Channel::SocketIo => socket_io::follow(self).await,
        }
    }

    /// Any node.
    pub(super) fn node(&mut self) -> SocketAddr {
        self.shop.nodes.any(&mut self.random)
    }

    /// Whether to hang up now.
    pub(super) fn hangs_up(&mut self) -> bool {
        self.random.random_ratio(1, HANGS_UP)
    }

    /// Whether everything was seen that there is.
    pub(super) fn is_done(&self) -> bool {
        let goal = self.goal.borrow();
        let Some(goal) = goal.as_ref() else {
            return false;
        };
        let newest = goal.newest.get(&self.topic);
        // What began somewhere may have begun after the end.
        newest.is_none()
            || newest == self.last.as_ref()
            || self.channel == Channel::SocketIo && self.last.is_none()
    }

    /// Handles an event, and with it the cursor that it brings.
    pub(super) fn handle(&mut self, event: &Value, order: &Value) {
        let Some(seen) = Seen::of(event, order, self.who.audience) else {
            return self.wonder(&format!("an event that is none: {event}"));
        };
        if !order.is_null() && order["version"] != event["version"] {
            let (order, event) = (&order["version"], &event["version"]);
            self.wonder(&format!("an order of version {order} with event {event}"));
        }
        self.saw(seen);
        self.keep(&event["cursor"]);
    }

    /// Handles an event that was read already.
    pub(super) fn saw(&mut self, seen: Seen) {
        self.shop.counts.add(counts::EVENTS);
        self.last = Some((seen.order.clone(), seen.version));
        self.shop.recorder.saw(self.account, seen);
    }

    /// The place to come back to.
    pub(super) fn keep(&mut self, cursor: &Value) {
        if let Some(cursor) = cursor.as_str() {
            self.cursor = Some(cursor.to_owned());
        }
    }

    /// The cursor fits no more: what was seen is forgotten, and all of it is read again.
    pub(super) fn reset(&mut self) {
        self.shop.counts.add(counts::RESETS);
        let begin = match self.channel {
            Channel::SocketIo => Begin::Somewhere,
            _ => Begin::After(0),
        };
        self.account = self.shop.recorder.reset(self.account, begin);
        (self.cursor, self.last) = (None, None);
    }

    /// Something that no follower should be told.
    pub(super) fn wonder(&self, what: &str) {
        let (who, channel) = (&self.who, self.channel);
        self.shop
            .counts
            .wonder(format!("{who} over {channel}: {what}"));
    }
}
