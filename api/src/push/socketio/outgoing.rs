//! What waits to be sent over one connection, and what each packet moves in its offset.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use engineioxide::Socket;
use tokio::time::Instant;
use waybill_domain::Timestamp;
use waybill_infra::orders::LoadOrderError;
use waybill_projections::push::{Delivery, Output};

use super::connection::Connection;
use super::handler::SocketData;
use super::legacy::{self, ORDER_STATUS_UPDATED};
use super::outbox::Outbox;
use super::packet;
use super::rooms::RoomName;
use crate::push::close::Close;
use crate::push::meters::Channel;

/// How long reading the log may take.
const READ: Duration = Duration::from_secs(15);
/// When to try again after the log could not be read.
const AGAIN: Duration = Duration::from_millis(500);
/// An event that nobody listens to, for the offset that comes with it.
const OFFSET: &str = "waybill:offset";

/// One packet, or what happens to the offset without one.
enum Item {
    /// A packet as it is.
    Plain(String),
    /// An event of ours, with the offset as it then is.
    Event {
        name: &'static str,
        argument: Option<String>,
    },
    /// A packet of an event of the log, in one room.
    Part {
        subscription: Arc<str>,
        name: &'static str,
        argument: String,
        /// The event's cursor, if this is its last packet.
        completes: Option<String>,
        /// When the event was recorded, if it is not a replay's.
        live_since: Option<Timestamp>,
    },
    /// Nothing of this event is for the room.
    Passed {
        subscription: Arc<str>,
        cursor: String,
    },
}

/// See the module's documentation.
pub(super) struct Outgoing {
    outbox: Outbox,
    answers: VecDeque<Item>,
    /// Packets of one event of the log.
    parts: VecDeque<Item>,
    /// What the log or the feed gave, not yet rendered.
    outputs: VecDeque<Output>,
    blocked_since: Option<Instant>,
}

impl Outgoing {
    pub(super) fn to(socket: Arc<Socket<SocketData>>) -> Self {
        Self {
            outbox: Outbox::of(socket),
            answers: VecDeque::new(),
            parts: VecDeque::new(),
            outputs: VecDeque::new(),
            blocked_since: None,
        }
    }

    /// Answers that wait.
    pub(super) fn answers(&self) -> usize {
        self.answers.len()
    }

    /// Since when something waits that the transport does not take.
    pub(super) fn blocked_since(&self) -> Option<Instant> {
        self.blocked_since
    }

    /// Whether there is something that has yet to be rendered.
    pub(super) fn is_behind(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// A packet as it is.
    pub(super) fn tell(&mut self, packet: String) {
        self.answers.push_back(Item::Plain(packet));
    }

    /// An event of ours; `argument` is JSON.
    pub(super) fn say(&mut self, name: &'static str, argument: Option<String>) {
        self.answers.push_back(Item::Event { name, argument });
    }

    fn next(&mut self) -> Option<Item> {
        self.answers.pop_front().or_else(|| self.parts.pop_front())
    }

    fn is_empty(&self) -> bool {
        self.answers.is_empty() && self.parts.is_empty()
    }
}

impl Connection {
    /// Gives the client an offset.
    pub(super) fn tell_offset(&mut self) {
        self.outgoing.say(OFFSET, None);
    }

    /// Takes what there is to send from the feed or the log. Not called while anything waits.
    pub(super) async fn fetch(&mut self) -> Result<(), Close> {
        let read = tokio::time::timeout(READ, self.subscriptions.next()).await;
        // It may have taken its time, and nothing is shown to whoever may not see it any more.
        self.still_sees()?;
        let failure = match read {
            Ok(Ok(outputs)) => {
                if outputs.iter().any(|o| matches!(o, Output::Reset { .. })) {
                    // The client comes back, and is told then that it cannot resume.
                    return Err(Close::Overloaded("the log has begun a new epoch".into()));
                }
                self.outgoing.outputs.extend(outputs);
                return Ok(());
            }
            Ok(Err(error)) => error.to_string(),
            Err(elapsed) => elapsed.to_string(),
        };
        // Nothing is lost: the next call goes on where this one stopped.
        tracing::warn!(
            session = %self.socket.id,
            error = failure,
            "the log cannot be read for a connection"
        );
        tokio::time::sleep(AGAIN).await;
        Ok(())
    }

    /// Hands the transport as much as it takes.
    pub(super) async fn pump(&mut self) {
        loop {
            if self.outgoing.is_empty() {
                self.outgoing.blocked_since = None;
                let Some(output) = self.outgoing.outputs.pop_front() else {
                    return;
                };
                if let Err(error) = self.render(&output).await {
                    tracing::warn!(session = %self.socket.id, %error, "an event cannot be shown yet");
                    self.outgoing.outputs.push_front(output);
                    tokio::time::sleep(AGAIN).await;
                    return;
                }
                continue;
            }
            if !self.outgoing.outbox.has_room() {
                self.outgoing.blocked_since.get_or_insert_with(Instant::now);
                return;
            }
            if let Some(item) = self.outgoing.next()
                && let Some(packet) = self.write(item)
            {
                self.outgoing.outbox.send(packet);
            }
        }
    }

    /// The text of a packet that is now sent, and with it the offset moved on.
    fn write(&mut self, item: Item) -> Option<String> {
        match item {
            Item::Plain(packet) => Some(packet),
            Item::Event { name, argument } => {
                Some(packet::event(name, argument.as_deref(), &self.offset()))
            }
            Item::Part {
                subscription,
                name,
                argument,
                completes,
                live_since,
            } => {
                // The room may have been left since.
                self.rooms.get(&subscription)?;
                match completes {
                    Some(cursor) => {
                        self.rooms.move_to(&subscription, &cursor);
                        let meters = &self.shared.app.push.meters;
                        meters.delivered(Channel::SocketIo, 1);
                        if let Some(recorded_at) = live_since {
                            meters.delivered_live(Channel::SocketIo, recorded_at);
                        }
                    }
                    None => self.rooms.step(&subscription),
                }
                Some(packet::event(name, Some(&argument), &self.offset()))
            }
            Item::Passed {
                subscription,
                cursor,
            } => {
                self.rooms.move_to(&subscription, &cursor);
                None
            }
        }
    }

    fn offset(&self) -> String {
        self.shared.offsets.seal(self.pid, self.rooms.as_slice())
    }

    async fn render(&mut self, output: &Output) -> Result<(), LoadOrderError> {
        match output {
            Output::Event(delivery) => self.render_event(delivery).await?,
            Output::Live { id, cursor } | Output::Cursor { id, cursor } => {
                self.outgoing.parts.push_back(Item::Passed {
                    subscription: Arc::clone(id),
                    cursor: cursor.clone(),
                });
            }
            // Looked for in `fetch`.
            Output::Reset { .. } => {}
        }
        Ok(())
    }

    async fn render_event(&mut self, delivery: &Delivery) -> Result<(), LoadOrderError> {
        let event = &delivery.event;
        let order = self.summaries.order_after(event).await?;
        let order = order.as_deref();
        for id in &delivery.ids {
            let Some(room) = self.rooms.get(id) else {
                continue;
            };
            let packets = match &room.name {
                RoomName::Own(_) => legacy::to_customer(event, order),
                RoomName::Order(name) => {
                    legacy::to_order_room(event, order, delivery.audience, name)
                        .map(|body| (ORDER_STATUS_UPDATED, body))
                        .into_iter()
                        .collect()
                }
            };
            // Those that went out before the connection broke are not sent again.
            let mut left = packets.into_iter().skip(room.part.into()).peekable();
            if left.peek().is_none() {
                self.outgoing.parts.push_back(Item::Passed {
                    subscription: Arc::clone(id),
                    cursor: event.cursor.clone(),
                });
            }
            while let Some((name, body)) = left.next() {
                self.outgoing.parts.push_back(Item::Part {
                    subscription: Arc::clone(id),
                    name,
                    argument: body.to_string(),
                    completes: left.peek().is_none().then(|| event.cursor.clone()),
                    live_since: delivery.live.then_some(event.envelope.recorded_at),
                });
            }
        }
        Ok(())
    }
}
