//! What goes out: events, rows of lists and whole orders, for each audience.
//!
//! Everything is rendered once as staff may see it and then pruned by the one table of
//! fields (`wire/fields.rs`). For anyone but staff the table is a list of what may pass: a
//! field that somebody adds and forgets to list there reaches staff only.

mod fields;
mod order;
mod prune;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::actor::Audience;
use crate::envelope::Envelope;
use crate::event::{BeforeAfter, Change, Created, OrderEvent, TransitionPersonal, Updated};
use crate::order::AGGREGATE_TYPE;

pub use fields::{FieldAudience, field_audiences};
pub(crate) use order::{summary, view};

use fields::Shape;

/// The `type` of an event that this build could not read.
pub const UNREADABLE: &str = "order.unreadable";

/// An event as this audience may see it, with `cursor` as the place to go on from.
#[must_use]
pub fn event(envelope: &Envelope, event: &OrderEvent, cursor: &str, audience: Audience) -> Value {
    let mut out = head(envelope, event.kind().wire_type(), cursor);
    out.insert("data".to_owned(), data(event));
    prune::prune(Value::Object(out), Shape::Event, audience)
}

/// An event that could not be read: its envelope as this audience may see it, no content.
#[must_use]
pub fn unreadable(envelope: &Envelope, cursor: &str, audience: Audience) -> Value {
    let out = head(envelope, UNREADABLE, cursor);
    prune::prune(Value::Object(out), Shape::Event, audience)
}

/// Plain data as JSON. Serialising it cannot fail: its keys are strings, and nothing in it
/// refuses to be written.
pub(crate) fn json(data: &impl Serialize) -> Value {
    serde_json::to_value(data).unwrap_or(Value::Null)
}

fn head(envelope: &Envelope, wire_type: &str, cursor: &str) -> Map<String, Value> {
    let mut out = Map::new();
    put(&mut out, "event_id", &envelope.event_id);
    put(&mut out, "aggregate_type", &AGGREGATE_TYPE);
    put(&mut out, "order_id", &envelope.order_id);
    put(&mut out, "order_number", &envelope.order_number);
    put(&mut out, "customer_id", &envelope.customer_id);
    put(&mut out, "version", &envelope.version);
    put(&mut out, "type", &wire_type);
    put(&mut out, "recorded_at", &envelope.recorded_at);
    put(&mut out, "cursor", &cursor);
    put(&mut out, "position", &envelope.position);
    put(&mut out, "actor", &envelope.actor);
    put(&mut out, "command_id", &envelope.command_id);
    put(&mut out, "correlation_id", &envelope.correlation_id);
    put(&mut out, "causation_id", &envelope.causation_id);
    out
}

/// Adds a field, unless it is absent.
fn put(out: &mut Map<String, Value>, name: &str, value: &impl Serialize) {
    let value = json(value);
    if !value.is_null() {
        out.insert(name.to_owned(), value);
    }
}

fn data(event: &OrderEvent) -> Value {
    match event {
        OrderEvent::Created(created) => created_data(created),
        OrderEvent::Updated(updated) => json!({ "changes": changes(updated) }),
        OrderEvent::StatusChanged(moved) => {
            let head = json!({ "from": moved.from, "to": moved.to });
            with_words(head, moved.personal.as_ref())
        }
        OrderEvent::Cancelled(cancelled) => {
            let head = json!({ "from": cancelled.from, "reason": cancelled.reason });
            with_words(head, cancelled.personal.as_ref())
        }
        OrderEvent::Completed(completed) => {
            let head = json!({ "from": completed.from });
            with_words(head, completed.personal.as_ref())
        }
    }
}

fn created_data(created: &Created) -> Value {
    let mut out = Map::new();
    put(&mut out, "reference", &created.reference);
    put(&mut out, "placed_at", &created.placed_at);
    put(&mut out, "pricing", &created.pricing);
    if let Some(personal) = &created.personal {
        put(&mut out, "shipping_address", &personal.shipping_address);
        put(&mut out, "notes", &personal.notes);
        if !personal.metadata.is_empty() {
            put(&mut out, "metadata", &personal.metadata);
        }
    }
    Value::Object(out)
}

/// A change whose personal half is gone is listed by its kind, without before and after.
fn changes(updated: &Updated) -> Vec<Value> {
    let personal = updated.personal.as_ref();
    let changes = updated.changes.iter();
    changes
        .map(|change| {
            let kind = change.field().as_str();
            match change {
                Change::Pricing(change) => both(kind, Some(change)),
                Change::Tracking(change) => both(kind, Some(change)),
                Change::EstimatedDelivery(change) => both(kind, Some(change)),
                Change::ShippingAddress => {
                    both(kind, personal.and_then(|p| p.shipping_address.as_ref()))
                }
                Change::Notes => both(kind, personal.and_then(|p| p.notes.as_ref())),
                Change::Metadata => both(kind, personal.and_then(|p| p.metadata.as_ref())),
            }
        })
        .collect()
}

fn both<T: Serialize>(kind: &str, change: Option<&BeforeAfter<T>>) -> Value {
    change.map_or_else(
        || json!({ "kind": kind }),
        |change| json!({ "kind": kind, "before": change.before, "after": change.after }),
    )
}

fn with_words(mut data: Value, personal: Option<&TransitionPersonal>) -> Value {
    if let (Value::Object(out), Some(personal)) = (&mut data, personal) {
        put(out, "message_to_customer", &personal.message_to_customer);
        put(out, "internal_note", &personal.internal_note);
    }
    data
}
