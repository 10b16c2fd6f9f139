//! An order folded from its events, with what only their envelopes tell.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::actor::Audience;
use crate::envelope::Envelope;
use crate::event::OrderEvent;
use crate::ids::{OrderId, Position, Version};
use crate::order::Order;
use crate::time::Timestamp;
use crate::wire;

/// An order folded from its events, with what only their envelopes tell. Read models keep
/// it as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoldedOrder {
    /// The order's id.
    pub order_id: OrderId,
    /// Version of the last event taken in; 0 before the first.
    pub version: Version,
    /// Position of the last event taken in; 0 before the first.
    pub position: Position,
    /// When the log took the first event in; the Unix epoch before.
    pub created_at: Timestamp,
    /// When the log took the last event in; the Unix epoch before.
    pub updated_at: Timestamp,
    /// The order itself.
    pub order: Order,
}

impl FoldedOrder {
    /// The order before its first event.
    #[must_use]
    pub fn new(order_id: OrderId) -> Self {
        Self {
            order_id,
            version: 0,
            position: Position::default(),
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            order: Order::default(),
        }
    }

    /// Takes in the order's next event.
    pub fn apply(&mut self, envelope: &Envelope, event: &OrderEvent) {
        if self.version == 0 {
            self.created_at = envelope.recorded_at;
        }
        self.version = envelope.version;
        self.position = envelope.position;
        self.updated_at = envelope.recorded_at;
        self.order.evolve(event);
    }

    /// The order as a row of a list, as this audience may see it; null until it is placed.
    #[must_use]
    pub fn summary(&self, audience: Audience) -> Value {
        wire::summary(self, audience)
    }

    /// The whole order, as this audience may see it; null until it is placed.
    #[must_use]
    pub fn view(&self, audience: Audience) -> Value {
        wire::view(self, audience)
    }
}
