//! The one table of which audience may see which field.

use crate::actor::Audience;
use crate::actor::Audience::{Customer, Guest, Staff};

/// What can be rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    Event,
    Summary,
    View,
}

impl Shape {
    pub(super) const ALL: [Self; 3] = [Self::Event, Self::Summary, Self::View];

    fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Summary => "summary",
            Self::View => "order",
        }
    }
}

/// What a row of the table says of its field.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// This audience and greater ones see it, with everything in it.
    From(Audience),
    /// It is made of the fields of this part.
    Like(Part),
}

/// What occurs in several places with the same fields.
pub(super) type Part = &'static [(&'static str, Audience)];

const PRICING: Part = &[
    ("currency", Customer),
    ("items[].line_id", Customer),
    ("items[].sku", Customer),
    ("items[].title", Guest),
    ("items[].quantity", Customer),
    ("items[].unit_price", Customer),
    ("discount", Customer),
    ("shipping", Customer),
    ("tax", Customer),
    ("tax_included", Customer),
    ("total", Customer),
];

const ADDRESS: Part = &[
    ("name", Customer),
    ("company", Customer),
    ("line1", Customer),
    ("line2", Customer),
    ("city", Guest),
    ("region", Customer),
    ("postal_code", Customer),
    ("country", Customer),
    ("phone", Customer),
    ("email", Customer),
];

const TRACKING: Part = &[("carrier", Guest), ("number", Guest), ("url", Guest)];

const ACTOR: Part = &[("kind", Staff), ("id", Staff)];

/// Paths are those of the JSON; `[]` stands for each entry of an array, `[x]` for each
/// entry whose `kind` is `x`. A change of which an audience would see no difference between
/// before and after is not shown to it at all.
pub(super) const EVENT: &[(&str, Rule)] = &[
    ("event_id", Rule::From(Customer)),
    ("aggregate_type", Rule::From(Customer)),
    ("order_id", Rule::From(Guest)),
    ("order_number", Rule::From(Guest)),
    ("customer_id", Rule::From(Customer)),
    ("version", Rule::From(Guest)),
    ("type", Rule::From(Guest)),
    ("recorded_at", Rule::From(Guest)),
    ("cursor", Rule::From(Guest)),
    ("position", Rule::From(Staff)),
    ("actor", Rule::Like(ACTOR)),
    ("command_id", Rule::From(Staff)),
    ("correlation_id", Rule::From(Staff)),
    ("causation_id", Rule::From(Staff)),
    // order.created
    ("data.reference", Rule::From(Customer)),
    ("data.placed_at", Rule::From(Guest)),
    ("data.pricing", Rule::Like(PRICING)),
    ("data.shipping_address", Rule::Like(ADDRESS)),
    ("data.notes", Rule::From(Customer)),
    ("data.metadata", Rule::From(Staff)),
    // order.updated
    ("data.changes[pricing].kind", Rule::From(Guest)),
    ("data.changes[pricing].before", Rule::Like(PRICING)),
    ("data.changes[pricing].after", Rule::Like(PRICING)),
    ("data.changes[shipping_address].kind", Rule::From(Guest)),
    ("data.changes[shipping_address].before", Rule::Like(ADDRESS)),
    ("data.changes[shipping_address].after", Rule::Like(ADDRESS)),
    ("data.changes[tracking].kind", Rule::From(Guest)),
    ("data.changes[tracking].before", Rule::Like(TRACKING)),
    ("data.changes[tracking].after", Rule::Like(TRACKING)),
    ("data.changes[estimated_delivery].kind", Rule::From(Guest)),
    ("data.changes[estimated_delivery].before", Rule::From(Guest)),
    ("data.changes[estimated_delivery].after", Rule::From(Guest)),
    ("data.changes[notes].kind", Rule::From(Customer)),
    ("data.changes[notes].before", Rule::From(Customer)),
    ("data.changes[notes].after", Rule::From(Customer)),
    ("data.changes[metadata].kind", Rule::From(Staff)),
    ("data.changes[metadata].before", Rule::From(Staff)),
    ("data.changes[metadata].after", Rule::From(Staff)),
    // order.status_changed, order.cancelled, order.completed
    ("data.from", Rule::From(Guest)),
    ("data.to", Rule::From(Guest)),
    ("data.reason", Rule::From(Customer)),
    ("data.message_to_customer", Rule::From(Customer)),
    ("data.internal_note", Rule::From(Staff)),
];

pub(super) const SUMMARY: &[(&str, Rule)] = &[
    ("order_id", Rule::From(Guest)),
    ("order_number", Rule::From(Guest)),
    ("reference", Rule::From(Customer)),
    ("customer_id", Rule::From(Customer)),
    ("status", Rule::From(Guest)),
    ("version", Rule::From(Guest)),
    ("placed_at", Rule::From(Guest)),
    ("created_at", Rule::From(Guest)),
    ("updated_at", Rule::From(Guest)),
    ("currency", Rule::From(Customer)),
    ("total", Rule::From(Customer)),
    ("item_count", Rule::From(Customer)),
    ("titles", Rule::From(Guest)),
    ("tracking", Rule::Like(TRACKING)),
    ("estimated_delivery", Rule::From(Guest)),
    ("city", Rule::From(Guest)),
    ("recipient", Rule::From(Customer)),
    ("cancel_reason", Rule::From(Customer)),
];

pub(super) const VIEW: &[(&str, Rule)] = &[
    ("order_id", Rule::From(Guest)),
    ("order_number", Rule::From(Guest)),
    ("reference", Rule::From(Customer)),
    ("customer_id", Rule::From(Customer)),
    ("status", Rule::From(Guest)),
    ("version", Rule::From(Guest)),
    ("placed_at", Rule::From(Guest)),
    ("created_at", Rule::From(Guest)),
    ("updated_at", Rule::From(Guest)),
    ("pricing", Rule::Like(PRICING)),
    ("shipping_address", Rule::Like(ADDRESS)),
    ("tracking", Rule::Like(TRACKING)),
    ("estimated_delivery", Rule::From(Guest)),
    ("notes", Rule::From(Customer)),
    ("metadata", Rule::From(Staff)),
    ("cancel_reason", Rule::From(Customer)),
];

/// One field and the least audience that sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldAudience {
    /// Where it occurs: `event`, `summary` or `order`.
    pub shape: &'static str,
    /// Its path there, such as `data.pricing.items[].title`.
    pub path: String,
    /// The least audience that sees it.
    pub audience: Audience,
}

/// Every field with its audience, for tests and documents.
#[must_use]
pub fn field_audiences() -> Vec<FieldAudience> {
    Shape::ALL.into_iter().flat_map(fields_of).collect()
}

/// The fields of one shape, with those of their parts.
pub(super) fn fields_of(shape: Shape) -> Vec<FieldAudience> {
    let table = match shape {
        Shape::Event => EVENT,
        Shape::Summary => SUMMARY,
        Shape::View => VIEW,
    };
    let field = |path: String, audience| FieldAudience {
        shape: shape.name(),
        path,
        audience,
    };
    let mut fields = Vec::new();
    for (path, rule) in table {
        match rule {
            Rule::From(audience) => fields.push(field((*path).to_owned(), *audience)),
            Rule::Like(part) => fields.extend(
                part.iter()
                    .map(|(below, audience)| field(format!("{path}.{below}"), *audience)),
            ),
        }
    }
    fields
}
