//! The names of the events: as stored, and as sent.

use std::fmt;
use std::str::FromStr;

/// Which of the five events one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// `OrderCreated`, sent as `order.created`.
    Created,
    /// `OrderUpdated`, sent as `order.updated`.
    Updated,
    /// `OrderStatusChanged`, sent as `order.status_changed`.
    StatusChanged,
    /// `OrderCancelled`, sent as `order.cancelled`.
    Cancelled,
    /// `OrderCompleted`, sent as `order.completed`.
    Completed,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Created,
        Self::Updated,
        Self::StatusChanged,
        Self::Cancelled,
        Self::Completed,
    ];

    /// The name in the log's column `event_type`.
    #[must_use]
    pub fn stored_type(self) -> &'static str {
        match self {
            Self::Created => "OrderCreated",
            Self::Updated => "OrderUpdated",
            Self::StatusChanged => "OrderStatusChanged",
            Self::Cancelled => "OrderCancelled",
            Self::Completed => "OrderCompleted",
        }
    }

    /// The `type` of the event as sent, the same on every channel.
    #[must_use]
    pub fn wire_type(self) -> &'static str {
        match self {
            Self::Created => "order.created",
            Self::Updated => "order.updated",
            Self::StatusChanged => "order.status_changed",
            Self::Cancelled => "order.cancelled",
            Self::Completed => "order.completed",
        }
    }

    /// The name of the variant, which is the outer tag of the stored payload.
    #[must_use]
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Updated => "Updated",
            Self::StatusChanged => "StatusChanged",
            Self::Cancelled => "Cancelled",
            Self::Completed => "Completed",
        }
    }

    /// The kind with this stored name, if there is one.
    #[must_use]
    pub fn from_stored_type(stored: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.stored_type() == stored)
    }
}

/// A text that is no event's `type`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not one of order.created, order.updated, order.status_changed, order.cancelled, order.completed"
)]
pub struct UnknownEventKind;

/// Reads the `type` as sent.
impl FromStr for EventKind {
    type Err = UnknownEventKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.wire_type() == text)
            .ok_or(UnknownEventKind)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.wire_type())
    }
}
