//! Whoever follows on a WebSocket: each event of his, once and in order, as the model has it.

use std::time::Duration;

use serde_json::{Value, json};

use super::answer::event_of;
use super::shop::{Event, Shop};
use super::step::Who;
use super::{Differs, same};
use crate::app::TestApp;
use crate::socket::{Incoming, Socket};

/// How long an event may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// What his first subscription is called.
const ALL: &str = "all";

/// One connection.
pub(super) struct Follower {
    who: Who,
    socket: Socket,
    /// Events of the model that he was sent, or that are not his.
    seen: usize,
    /// Where to go on from after each of those that he was sent, beside how many he has seen with it.
    cursors: Vec<(usize, String)>,
    subscriptions: u32,
    /// Events that he was sent.
    pub(super) frames: u64,
}

impl Follower {
    /// Follows everything that `who` may see, from the beginning.
    pub(super) async fn start(app: &TestApp, who: Who, token: &str) -> Result<Self, Differs> {
        let mut follower = Self {
            who,
            socket: Socket::hello(app.address, token).await,
            seen: 0,
            cursors: Vec::new(),
            subscriptions: 0,
            frames: 0,
        };
        let earlier = follower.subscribe(ALL, "earliest").await?;
        same("events before the first", &earlier.len(), &0)?;
        Ok(follower)
    }

    fn topic(&self) -> &'static str {
        if self.who.is_customer() {
            "customer:me"
        } else {
            "orders"
        }
    }

    /// Subscribes, and returns the events that come before what is live.
    async fn subscribe(&mut self, id: &str, after: &str) -> Result<Vec<Value>, Differs> {
        let wish = json!({
            "type": "subscribe", "id": id, "topic": self.topic(), "after": after, "include": "order",
        });
        self.socket.send(&wish).await;
        let answer = self.frame().await?;
        same("answer to subscribe", &answer["type"], &json!("subscribed"))?;
        if answer["mode"] == "live" {
            return Ok(Vec::new());
        }
        self.until_live(id).await
    }

    /// The events up to `live`.
    async fn until_live(&mut self, id: &str) -> Result<Vec<Value>, Differs> {
        let mut events = Vec::new();
        loop {
            let frame = self.frame().await?;
            match frame["type"].as_str() {
                Some("event") => events.push(frame),
                Some("live") if frame["id"] == id => return Ok(events),
                Some("cursor") => {}
                _ => return Err(Differs(format!("while {id} catches up: {frame}"))),
            }
        }
    }

    /// Takes what has happened since the last time.
    pub(super) async fn keep_up(&mut self, shop: &mut Shop) -> Result<(), Differs> {
        while let Some(event) = shop.events.get(self.seen).cloned() {
            self.seen += 1;
            if !shop.orders[event.order].shows_to(self.who) {
                continue;
            }
            let frame = loop {
                let frame = self.frame().await?;
                if frame["type"] != "cursor" {
                    break frame;
                }
            };
            // Answers about many orders do not say when they changed.
            let state = &mut shop.orders[event.order].states[event.version - 1];
            if let (true, Some(at)) = (state.at.is_empty(), frame["event"]["recorded_at"].as_str())
            {
                at.clone_into(&mut state.at);
            }
            self.compare(&frame, ALL, &event, shop)?;
            let cursor = frame["event"]["cursor"].as_str().unwrap_or_default();
            self.cursors.push((self.seen, cursor.to_owned()));
        }
        Ok(())
    }

    /// Where to go on from after the newest event that he was sent.
    pub(super) fn newest(&self) -> Option<&str> {
        self.cursors.last().map(|(_, cursor)| &**cursor)
    }

    /// Follows once more, from after one of the events that he has seen, up to the present.
    pub(super) async fn again(&mut self, after: usize, shop: &Shop) -> Result<(), Differs> {
        let earlier = after
            .checked_rem(self.cursors.len() + 1)
            .unwrap_or_default();
        let start = (0, "earliest".to_owned());
        let from = earlier.checked_sub(1).map(|nth| self.cursors[nth].clone());
        let (seen, cursor) = from.unwrap_or(start);
        self.subscriptions += 1;
        let id = format!("again-{}", self.subscriptions);
        let frames = self.subscribe(&id, &cursor).await?;
        let missed = shop.events[seen..].iter();
        let missed: Vec<_> = missed
            .filter(|event| shop.orders[event.order].shows_to(self.who))
            .collect();
        same("events replayed", &frames.len(), &missed.len())?;
        for (frame, event) in frames.iter().zip(missed) {
            self.compare(frame, &id, event, shop)?;
        }
        self.socket
            .send(&json!({ "type": "unsubscribe", "id": id }))
            .await;
        // Which is not answered: what is asked next is, and only then has that been done.
        let twice =
            json!({ "type": "subscribe", "id": ALL, "topic": self.topic(), "after": "now" });
        self.socket.send(&twice).await;
        let refused = self.frame().await?;
        let code = &refused["code"];
        same(
            "what a second one is told",
            code,
            &json!("duplicate_subscription"),
        )
    }

    fn compare(
        &mut self,
        frame: &Value,
        id: &str,
        event: &Event,
        shop: &Shop,
    ) -> Result<(), Differs> {
        self.frames += 1;
        let order = &shop.orders[event.order];
        let found = json!({
            "type": frame["type"],
            "ids": frame["ids"],
            "event": event_of(&frame["event"], self.who)?,
            "order": frame["order"],
        });
        let expected = json!({
            "type": "event",
            "ids": [id],
            "event": shop.wire(event, self.who),
            "order": order.summary(event.version),
        });
        same("event frame", &found, &expected)
    }

    async fn frame(&mut self) -> Result<Value, Differs> {
        match tokio::time::timeout(PATIENCE, self.socket.next()).await {
            Ok(Incoming::Frame(frame)) => Ok(frame),
            Ok(Incoming::Closed(code, why)) => Err(Differs(format!("closed with {code:?}: {why}"))),
            Err(_) => Err(Differs(format!("nothing came for {:?}", self.who))),
        }
    }

    /// Once the node has stopped, nothing may have come beyond what was taken.
    pub(super) async fn end(mut self) -> Result<u64, Differs> {
        while let Ok(frame) = self.frame().await {
            if frame["type"] == "event" {
                return Err(Differs(format!("one event too many: {frame}")));
            }
        }
        Ok(self.frames)
    }
}
