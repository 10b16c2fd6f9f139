//! How orders are shown: the domain's views, with what only this layer knows added.

use serde_json::Value;
use waybill_domain::{FoldedOrder, allowed_actions};
use waybill_projections::ListRow;

use crate::auth::{Principal, Viewer};

/// The whole order as the caller may see it, with what he may do next.
#[must_use]
pub fn order(order: &FoldedOrder, caller: &Principal) -> Value {
    let mut view = order.view(caller.audience());
    let actions = allowed_actions(&order.order, caller.actor_kind());
    put(
        &mut view,
        "allowed_actions",
        serde_json::to_value(actions).unwrap_or_default(),
    );
    view
}

/// The whole order as the viewer may see it. A guest may do nothing next.
#[must_use]
pub fn order_for(order: &FoldedOrder, viewer: &Viewer) -> Value {
    match viewer.account() {
        Some(caller) => self::order(order, caller),
        None => order.view(viewer.audience()),
    }
}

/// A row of a list: the summary, and whether it is known to be behind.
#[must_use]
pub fn list_row(row: ListRow) -> Value {
    let mut view = row.summary;
    put(&mut view, "stale", row.stale.into());
    view
}

fn put(view: &mut Value, name: &str, value: Value) {
    if let Some(fields) = view.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}
