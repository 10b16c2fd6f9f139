//! What goes out: events, rows of lists and whole orders, for each audience.
//!
//! Everything is rendered once as staff may see it and then pruned by the one table of
//! fields (`wire/fields.rs`). For anyone but staff the table is a list of what may pass: a
//! field that somebody adds and forgets to list there reaches staff only.

mod fields;
mod order;
mod prune;
mod shown;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::actor::Audience;
use crate::envelope::Envelope;
use crate::event::OrderEvent;

pub use fields::{FieldAudience, field_audiences};
pub(crate) use order::{summary, view};

use fields::Shape;

/// The `type` of an event that this build could not read.
pub const UNREADABLE: &str = "order.unreadable";

/// An event as this audience may see it, with `cursor` as the place to go on from.
#[must_use]
pub fn event(envelope: &Envelope, event: &OrderEvent, cursor: &str, audience: Audience) -> Value {
    let whole = json(&shown::Event::of(envelope, Some(event), cursor));
    prune::prune(whole, Shape::Event, audience)
}

/// The same as a text, which for staff, from whom nothing is kept, is written without a tree of it.
#[must_use]
pub fn event_text(
    envelope: &Envelope,
    event: &OrderEvent,
    cursor: &str,
    audience: Audience,
) -> String {
    if audience == Audience::Staff {
        let whole = shown::Event::of(envelope, Some(event), cursor);
        serde_json::to_string(&whole).unwrap_or_default()
    } else {
        self::event(envelope, event, cursor, audience).to_string()
    }
}

/// An event that could not be read: its envelope as this audience may see it, no content.
#[must_use]
pub fn unreadable(envelope: &Envelope, cursor: &str, audience: Audience) -> Value {
    let envelope_only = json(&shown::Event::of(envelope, None, cursor));
    prune::prune(envelope_only, Shape::Event, audience)
}

/// Plain data as JSON. Serialising it cannot fail: its keys are strings, and nothing in it
/// refuses to be written.
pub(crate) fn json(data: &impl Serialize) -> Value {
    serde_json::to_value(data).unwrap_or(Value::Null)
}

/// Adds a field, unless it is absent.
fn put(out: &mut Map<String, Value>, name: &str, value: &impl Serialize) {
    let value = json(value);
    if !value.is_null() {
        out.insert(name.to_owned(), value);
    }
}
