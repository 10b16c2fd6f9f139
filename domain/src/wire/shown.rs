//! An event as staff sees it: all of it. Other audiences see this with fields taken out.

use chrono::NaiveDate;
use serde::Serialize;

use super::UNREADABLE;
use crate::actor::Actor;
use crate::address::Address;
use crate::command::CancelReason;
use crate::envelope::Envelope;
use crate::event::{BeforeAfter, Change, Created, OrderEvent, TransitionPersonal, Updated};
use crate::ids::{
    CommandId, CustomerId, EventId, OrderId, OrderNumber, Position, Reference, Version,
};
use crate::metadata::Metadata;
use crate::order::AGGREGATE_TYPE;
use crate::pricing::Pricing;
use crate::status::Status;
use crate::text::LongText;
use crate::time::Timestamp;
use crate::tracking::Tracking;

/// The envelope, and what happened.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "as the wire has them")]
pub(super) struct Event<'e> {
    event_id: EventId,
    aggregate_type: &'static str,
    order_id: OrderId,
    order_number: &'e OrderNumber,
    customer_id: &'e CustomerId,
    version: Version,
    r#type: &'static str,
    recorded_at: Timestamp,
    cursor: &'e str,
    position: Position,
    actor: &'e Actor,
    command_id: CommandId,
    correlation_id: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    causation_id: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data<'e>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data<'e> {
    Created(Placed<'e>),
    Updated { changes: Vec<Changed<'e>> },
    Moved(Moved<'e>),
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "as the wire has them")]
struct Placed<'e> {
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'e Reference>,
    placed_at: Timestamp,
    pricing: &'e Pricing,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping_address: Option<&'e Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<&'e LongText<4000>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'e Metadata>,
}

#[derive(Serialize)]
struct Moved<'e> {
    from: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<CancelReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_to_customer: Option<&'e LongText<2000>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    internal_note: Option<&'e LongText<4000>>,
}

/// A change whose personal half is gone is listed by its kind, without before and after.
#[derive(Serialize)]
#[serde(untagged)]
enum Changed<'e> {
    Pricing(Sides<'e, Pricing>),
    Tracking(Sides<'e, Option<Tracking>>),
    EstimatedDelivery(Sides<'e, Option<NaiveDate>>),
    ShippingAddress(Sides<'e, Option<Address>>),
    Notes(Sides<'e, Option<LongText<4000>>>),
    Metadata(Sides<'e, Metadata>),
    Lost { kind: &'static str },
}

#[derive(Serialize)]
struct Sides<'e, T> {
    kind: &'static str,
    before: &'e T,
    after: &'e T,
}

impl<'e> Event<'e> {
    /// Without `event`, of an event that could not be read.
    pub(super) fn of(
        envelope: &'e Envelope,
        event: Option<&'e OrderEvent>,
        cursor: &'e str,
    ) -> Self {
        Self {
            event_id: envelope.event_id,
            aggregate_type: AGGREGATE_TYPE,
            order_id: envelope.order_id,
            order_number: &envelope.order_number,
            customer_id: &envelope.customer_id,
            version: envelope.version,
            r#type: event.map_or(UNREADABLE, |event| event.kind().wire_type()),
            recorded_at: envelope.recorded_at,
            cursor,
            position: envelope.position,
            actor: &envelope.actor,
            command_id: envelope.command_id,
            correlation_id: &envelope.correlation_id,
            causation_id: envelope.causation_id.as_deref(),
            data: event.map(Data::of),
        }
    }
}

impl<'e> Data<'e> {
    fn of(event: &'e OrderEvent) -> Self {
        let moved = |from, to, reason, personal: Option<&'e TransitionPersonal>| {
            Self::Moved(Moved {
                from,
                to,
                reason,
                message_to_customer: personal.and_then(|p| p.message_to_customer.as_ref()),
                internal_note: personal.and_then(|p| p.internal_note.as_ref()),
            })
        };
        match event {
            OrderEvent::Created(created) => Self::Created(Placed::of(created)),
            OrderEvent::Updated(updated) => Self::Updated {
                changes: changes(updated),
            },
            OrderEvent::StatusChanged(e) => moved(e.from, Some(e.to), None, e.personal.as_ref()),
            OrderEvent::Cancelled(e) => moved(e.from, None, Some(e.reason), e.personal.as_ref()),
            OrderEvent::Completed(e) => moved(e.from, None, None, e.personal.as_ref()),
        }
    }
}

impl<'e> Placed<'e> {
    fn of(created: &'e Created) -> Self {
        let personal = created.personal.as_ref();
        Self {
            reference: created.reference.as_ref(),
            placed_at: created.placed_at,
            pricing: &created.pricing,
            shipping_address: personal.and_then(|p| p.shipping_address.as_ref()),
            notes: personal.and_then(|p| p.notes.as_ref()),
            metadata: personal.map(|p| &p.metadata).filter(|m| !m.is_empty()),
        }
    }
}

fn changes(updated: &Updated) -> Vec<Changed<'_>> {
    let personal = updated.personal.as_ref();
    let changes = updated.changes.iter();
    changes
        .map(|change| {
            let kind = change.field().as_str();
            match change {
                Change::Pricing(change) => Changed::Pricing(Sides::of(kind, change)),
                Change::Tracking(change) => Changed::Tracking(Sides::of(kind, change)),
                Change::EstimatedDelivery(change) => {
                    Changed::EstimatedDelivery(Sides::of(kind, change))
                }
                Change::ShippingAddress => {
                    let change = personal.and_then(|p| p.shipping_address.as_ref());
                    or_lost(kind, change, Changed::ShippingAddress)
                }
                Change::Notes => {
                    let change = personal.and_then(|p| p.notes.as_ref());
                    or_lost(kind, change, Changed::Notes)
                }
                Change::Metadata => {
                    let change = personal.and_then(|p| p.metadata.as_ref());
                    or_lost(kind, change, Changed::Metadata)
                }
            }
        })
        .collect()
}

fn or_lost<'e, T>(
    kind: &'static str,
    change: Option<&'e BeforeAfter<T>>,
    shown: impl FnOnce(Sides<'e, T>) -> Changed<'e>,
) -> Changed<'e> {
    change.map_or(Changed::Lost { kind }, |change| {
        shown(Sides::of(kind, change))
    })
}

impl<'e, T> Sides<'e, T> {
    fn of(kind: &'static str, change: &'e BeforeAfter<T>) -> Self {
        Self {
            kind,
            before: &change.before,
            after: &change.after,
        }
    }
}
