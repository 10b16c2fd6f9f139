//! Orders as rows of lists and as a whole.

use serde_json::{Map, Value};

use super::{Shape, prune, put};
use crate::actor::Audience;
use crate::folded::FoldedOrder;
use crate::order::OrderState;

/// As many titles tell what an order is about.
const TITLES: usize = 3;

pub(crate) fn summary(folded: &FoldedOrder, audience: Audience) -> Value {
    let Some(state) = folded.order.state() else {
        return Value::Null;
    };
    let mut out = head(folded, state);
    let pricing = state.pricing.parts();
    let titles: Vec<&str> = pricing
        .items
        .iter()
        .take(TITLES)
        .map(|item| item.title.as_str())
        .collect();
    put(&mut out, "currency", &pricing.currency);
    put(&mut out, "total", &pricing.total);
    put(&mut out, "item_count", &state.pricing.item_count());
    put(&mut out, "titles", &titles);
    if let Some(address) = &state.shipping_address {
        put(&mut out, "city", &address.city);
        put(&mut out, "recipient", &address.name);
    }
    prune::prune(Value::Object(out), Shape::Summary, audience)
}

pub(crate) fn view(folded: &FoldedOrder, audience: Audience) -> Value {
    let Some(state) = folded.order.state() else {
        return Value::Null;
    };
    let mut out = head(folded, state);
    put(&mut out, "pricing", &state.pricing);
    put(&mut out, "shipping_address", &state.shipping_address);
    put(&mut out, "notes", &state.notes);
    put(&mut out, "metadata", &state.metadata);
    prune::prune(Value::Object(out), Shape::View, audience)
}

/// What a row and the whole have in common.
fn head(folded: &FoldedOrder, state: &OrderState) -> Map<String, Value> {
    let mut out = Map::new();
    put(&mut out, "order_id", &folded.order_id);
    put(&mut out, "order_number", &state.order_number);
    put(&mut out, "reference", &state.reference);
    put(&mut out, "customer_id", &state.customer_id);
    put(&mut out, "status", &state.status);
    put(&mut out, "version", &folded.version);
    put(&mut out, "placed_at", &state.placed_at);
    put(&mut out, "created_at", &folded.created_at);
    put(&mut out, "updated_at", &folded.updated_at);
    put(&mut out, "tracking", &state.tracking);
    put(&mut out, "estimated_delivery", &state.estimated_delivery);
    put(&mut out, "cancel_reason", &state.cancel_reason);
    out
}
