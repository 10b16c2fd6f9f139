//! The beginning of a connection: where an earlier one left off, or afresh.

use serde_json::Value;
use uuid::Uuid;
use waybill_infra::log::{Cursor, CursorError};
use waybill_projections::push::SubscribeError;

use super::connection::Connection;
use super::offset::{Pid, Place};
use super::packet;
use super::rooms::RoomName;
use crate::auth::Viewer;
use crate::push::close::Close;

/// Why a session is not taken up again.
enum NotResumed {
    /// It cannot be, so the client begins afresh.
    Afresh,
    /// It cannot be told at the moment; the client may come again with what it has.
    NotNow,
}

impl Connection {
    /// Answers CONNECT, in the rooms that the client was in if it says so and still may be.
    pub(super) async fn begin(&mut self, auth: &Value) -> Result<(), Close> {
        let not_now = || Close::Overloaded("the log cannot be read at the moment".into());
        match self.resume(auth).await {
            Ok(()) => {}
            Err(NotResumed::Afresh) => {
                for room in self.rooms.remove_all() {
                    self.subscriptions.unsubscribe(&room.subscription);
                }
                self.pid = Pid::random();
            }
            Err(NotResumed::NotNow) => return Err(not_now()),
        }
        // Before anything else, so that nothing reaches a client that does not know that it is connected.
        let sid = Uuid::new_v4().simple().to_string();
        let answer = packet::connected(&sid, &self.pid.to_string());
        self.outgoing.tell(answer);
        if let Some(account) = self.caller.as_ref().and_then(Viewer::account) {
            let own = RoomName::Own(account.subject.as_str().to_owned());
            if self.rooms.named(&own).is_none() {
                let (topic, audience) = self.grant(&own).await.map_err(|_| not_now())?;
                self.enter_after(own, topic, audience, &Cursor::Now, 0)
                    .await
                    .map_err(|_| not_now())?;
            }
            self.tell_offset();
        }
        Ok(())
    }

    async fn resume(&mut self, auth: &Value) -> Result<(), NotResumed> {
        let text = |name| auth.get(name).and_then(Value::as_str);
        let pid = text("pid").and_then(Pid::parse).ok_or(NotResumed::Afresh)?;
        let offset = text("offset").ok_or(NotResumed::Afresh)?;
        let places = self.shared.offsets.open(pid, offset);
        for place in places.ok_or(NotResumed::Afresh)? {
            self.enter_again(place).await?;
        }
        self.pid = pid;
        Ok(())
    }

    /// Takes up one room, by the rights that the caller has now.
    async fn enter_again(&mut self, place: Place) -> Result<(), NotResumed> {
        let granted = self.grant(&place.name).await;
        let (topic, audience) = granted.map_err(|refused| {
            if refused.retry {
                NotResumed::NotNow
            } else {
                NotResumed::Afresh
            }
        })?;
        let cursor = Cursor::Opaque(place.cursor);
        self.enter_after(place.name, topic, audience, &cursor, place.part)
            .await
            .map_err(|error| match error {
                SubscribeError::Cursor(CursorError::Database(_)) => NotResumed::NotNow,
                _ => NotResumed::Afresh,
            })
    }
}
