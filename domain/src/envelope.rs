//! What is known of an event besides what it says.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::event::OrderEvent;
use crate::ids::{CommandId, CustomerId, EventId, OrderId, OrderNumber, Position, Version};
use crate::time::Timestamp;

/// What is known of an event besides what it says. The log keeps each part in a column of
/// its own, so an envelope can be read even where its event cannot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Names the event.
    pub event_id: EventId,
    /// The order that it happened to.
    pub order_id: OrderId,
    /// That order's number.
    pub order_number: OrderNumber,
    /// That order's customer.
    pub customer_id: CustomerId,
    /// The order's version after the event: 1, 2, 3 …
    pub version: Version,
    /// The event's place in the log.
    pub position: Position,
    /// When the log took it in; never goes back as positions go up.
    pub recorded_at: Timestamp,
    /// Who gave the command.
    pub actor: Actor,
    /// The command that it came of.
    pub command_id: CommandId,
    /// Ties together everything that one request set off.
    pub correlation_id: String,
    /// What the command came of, if it was not a person's doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<String>,
}

/// An event as the log has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedEvent {
    /// Its envelope.
    pub envelope: Envelope,
    /// What it says.
    pub event: OrderEvent,
}
