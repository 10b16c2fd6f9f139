//! Joining and leaving the rooms of single orders.

use serde_json::{Value, json};
use waybill_domain::{Audience, OrderKey};
use waybill_infra::log::{Cursor, Topic};
use waybill_projections::push::{SubscribeError, Subscription};

use super::connection::Connection;
use super::rooms::{Room, RoomName};
use crate::push::access::{self, AccessError};
use crate::push::refused::Refused;
use crate::push::topic::Wish;

/// What the client is told instead of being let in.
const TRACKING_ERROR: &str = "order-tracking-error";

impl Connection {
    /// `join-order-tracking`
    pub(super) async fn join(&mut self, args: &[Value], ack: Option<u64>) {
        let name = name_of(args);
        match self.enter(&name).await {
            Ok(()) => {
                // Before the answer: whoever has been told that he is in the room has what brings him back
                // into it, wherever the connection breaks.
                self.tell_offset();
                self.answer(ack, || json!({ "ok": true, "orderId": name }));
            }
            Err(refused) => {
                let mut told = json!({
                    "orderId": name,
                    "code": refused.code,
                    "message": refused.detail,
                });
                self.say(TRACKING_ERROR, &told);
                told["ok"] = false.into();
                self.answer(ack, || told);
            }
        }
    }

    /// `leave-order-tracking`
    pub(super) fn leave(&mut self, args: &[Value], ack: Option<u64>) {
        let name = name_of(args);
        if let Some(room) = self.rooms.remove(&RoomName::Order(name.clone())) {
            self.subscriptions.unsubscribe(&room.subscription);
            // Otherwise it would be back in the room after the next reconnect.
            self.tell_offset();
        }
        self.answer(ack, || json!({ "ok": true, "orderId": name }));
    }

    async fn enter(&mut self, name: &str) -> Result<(), Refused> {
        let name = RoomName::Order(name.to_owned());
        if self.rooms.named(&name).is_some() {
            return Ok(());
        }
        // The offset has to come back in one frame, beside a token.
        if self.rooms.offset_length_with(&name) > self.push().config.frame_bytes_max / 2 {
            return Err(Refused::new(
                "too_many_rooms",
                &"this connection follows as many orders as it may",
                false,
            ));
        }
        let (topic, audience) = self.grant(&name).await?;
        match self
            .enter_after(name, topic, audience, &Cursor::Now, 0)
            .await
        {
            Ok(()) => Ok(()),
            Err(error @ SubscribeError::TooMany(_)) => {
                Err(Refused::new("too_many_rooms", &error, false))
            }
            Err(_) => Err(Refused::unavailable()),
        }
    }

    /// What the caller may follow under this name.
    pub(super) async fn grant(&self, name: &RoomName) -> Result<(Topic, Audience), Refused> {
        let Some(caller) = &self.caller else {
            return Err(Refused::new(
                "unauthenticated",
                &"sign in to follow an order",
                false,
            ));
        };
        let wish = match name {
            RoomName::Own(customer) => match caller.account() {
                Some(account) if account.subject.as_str() == customer => Wish::Me,
                _ => return Err(AccessError::Forbidden.into()),
            },
            RoomName::Order(name) => match name.parse::<OrderKey>() {
                Ok(key) => Wish::Order(key),
                // No order is called so.
                Err(_) => return Err(AccessError::NotFound.into()),
            },
        };
        let (topic, audience) = access::grant(caller, &wish, &self.push().orders).await?;
        // Rooms show what their pages are for, to staff too.
        Ok((topic, audience.min(Audience::Customer)))
    }

    /// Takes up the room from `cursor` on, where `part` packets of the next event have gone out.
    pub(super) async fn enter_after(
        &mut self,
        name: RoomName,
        topic: Topic,
        audience: Audience,
        cursor: &Cursor,
        part: u8,
    ) -> Result<(), SubscribeError> {
        let subscription = self.rooms.next_subscription();
        let wanted = Subscription {
            id: subscription.clone(),
            topic,
            audience,
            types: Vec::new(),
            include_order: false,
        };
        let (cursor, _) = self.subscriptions.subscribe(wanted, cursor).await?;
        self.rooms.add(Room {
            subscription,
            name,
            cursor,
            part,
        });
        Ok(())
    }
}

/// What an order is called, which some shops count.
fn name_of(args: &[Value]) -> String {
    match args.first() {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}
