//! One event as a line of history.

use serde::Serialize;
use waybill_domain::{
    Actor, CancelReason, Change as Changed, LongText, OrderEvent, Position, Status, Timestamp,
    TransitionPersonal, Version,
};

use crate::projection::Change;

/// What is stored of an event, in full; it is pruned when it is read. Fields and their audiences are in
/// `fields.rs`.
#[derive(Debug, Serialize)]
pub(super) struct Entry<'e> {
    pub(super) version: Version,
    pub(super) position: Position,
    #[serde(rename = "type")]
    wire_type: &'static str,
    pub(super) recorded_at: Timestamp,
    actor: &'e Actor,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to: Option<Status>,
    /// Which details changed; what they are now is the order's own page to tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<CancelReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_to_customer: Option<&'e LongText<2000>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    internal_note: Option<&'e LongText<4000>>,
}

impl<'e> Entry<'e> {
    pub(super) fn of(change: Change<'e>) -> Self {
        let Change { envelope, event } = change;
        let entry = Self {
            version: envelope.version,
            position: envelope.position,
            wire_type: event.kind().wire_type(),
            recorded_at: envelope.recorded_at,
            actor: &envelope.actor,
            from: None,
            to: None,
            changes: None,
            reason: None,
            message_to_customer: None,
            internal_note: None,
        };
        match event {
            OrderEvent::Created(_) => Self {
                to: Some(Status::Pending),
                ..entry
            },
            OrderEvent::Updated(updated) => Self {
                changes: Some(updated.changes.iter().map(kind).collect()),
                ..entry
            },
            OrderEvent::StatusChanged(moved) => {
                entry.moved(moved.from, moved.to, moved.personal.as_ref())
            }
            OrderEvent::Cancelled(cancelled) => Self {
                reason: Some(cancelled.reason),
                ..entry.moved(
                    cancelled.from,
                    Status::Cancelled,
                    cancelled.personal.as_ref(),
                )
            },
            OrderEvent::Completed(completed) => entry.moved(
                completed.from,
                Status::Delivered,
                completed.personal.as_ref(),
            ),
        }
    }

    fn moved(self, from: Status, to: Status, personal: Option<&'e TransitionPersonal>) -> Self {
        Self {
            from: Some(from),
            to: Some(to),
            message_to_customer: personal.and_then(|p| p.message_to_customer.as_ref()),
            internal_note: personal.and_then(|p| p.internal_note.as_ref()),
            ..self
        }
    }
}

fn kind(change: &Changed) -> &'static str {
    change.field().as_str()
}
