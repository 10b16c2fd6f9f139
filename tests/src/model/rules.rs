//! The tables that the documents promise, written down once more.

use serde_json::{Map, Value, json};
use waybill_domain::Status;

use super::step::{Detail, Who};

/// What is sold, by its price.
pub(super) const TITLES: [&str; 4] = ["Green tea", "Teapot", "Blue cup", "Cup of tea"];

/// Every detail that can be changed, in the order in which changes are listed.
const DETAILS: [&str; 6] = [
    "pricing",
    "shipping_address",
    "tracking",
    "estimated_delivery",
    "notes",
    "metadata",
];

/// Where `by` may take an order from there, but for calling it off.
pub(super) fn ways(from: Status, by: Who) -> &'static [Status] {
    use Status::{Delivered, Pending, Processing, Shipped};
    match (from, by) {
        (Pending, Who::Ann) => &[Processing, Shipped],
        (Pending, Who::Shop) => &[Processing],
        (Processing, Who::Ann) => &[Shipped, Delivered],
        (Processing, Who::Shop) => &[Shipped],
        (Shipped, Who::Ann | Who::Shop) => &[Delivered],
        _ => &[],
    }
}

/// Whether `by` may call an order off.
pub(super) fn may_cancel(from: Status, by: Who) -> bool {
    match from {
        Status::Pending => true,
        Status::Processing => !by.is_customer(),
        Status::Shipped | Status::Delivered | Status::Cancelled => false,
    }
}

/// Whether `by` may change a detail; never, where nothing is said of a status.
pub(super) fn may_change(detail: &str, by: Who, status: Option<Status>) -> bool {
    if by.is_customer() {
        return detail == "shipping_address" && status.is_none_or(|s| s == Status::Pending);
    }
    let Some(status) = status else { return true };
    let last = match detail {
        "pricing" | "shipping_address" => Status::Processing,
        "estimated_delivery" | "metadata" => Status::Shipped,
        _ => Status::Cancelled,
    };
    status <= last
}

/// What `by` is told that he may do.
pub(super) fn allowed(status: Status, by: Who) -> Value {
    let ways = ways(status, by).iter();
    let mut actions: Vec<_> = ways
        .map(|to| json!({ "action": "change_status", "to": to }))
        .collect();
    if may_cancel(status, by) {
        actions.push(json!({ "action": "cancel" }));
    }
    let fields: Vec<_> = DETAILS
        .into_iter()
        .filter(|detail| may_change(detail, by, Some(status)))
        .collect();
    if !fields.is_empty() {
        actions.push(json!({ "action": "update", "fields": fields }));
    }
    actions.into()
}

/// What an order costs that holds so many of one thing, as many as it is dear.
pub(super) fn pricing(price: u8, shipping: u64, adds_up: bool) -> Value {
    let (quantity, unit_price) = (u64::from(price) + 1, 100 * (u64::from(price) + 1));
    let off = u64::from(!adds_up);
    json!({
        "currency": "EUR",
        "items": [{
            "line_id": "1", "sku": "S1", "title": TITLES[usize::from(price)],
            "quantity": quantity, "unit_price": unit_price,
        }],
        "discount": 0,
        "shipping": shipping,
        "tax": 0,
        "tax_included": false,
        "total": quantity * unit_price + shipping + off,
    })
}

/// Where an order goes.
pub(super) fn address() -> Value {
    json!({
        "name": "Ada Sample", "line1": "Kanalstrasse 12", "city": "Zürich",
        "postal_code": "8001", "country": "CH", "email": "ada@example.org",
    })
}

/// The patch that changes these details of an order with this pricing.
pub(super) fn patch(details: &[Detail], pricing: &Value) -> Map<String, Value> {
    let mut patch = Map::new();
    for detail in details {
        let (name, change) = match detail {
            Detail::Shipping(cost, adds_up) => {
                let sum = pricing["total"].as_u64().zip(pricing["shipping"].as_u64());
                let lines = sum.map_or(0, |(total, shipping)| total - shipping);
                let total = lines + cost + u64::from(!adds_up);
                ("pricing", json!({ "shipping": cost, "total": total }))
            }
            Detail::City(city) => ("shipping_address", json!({ "city": city })),
            Detail::NoAddress => ("shipping_address", Value::Null),
            Detail::Tracking(nth) => {
                let change = nth.map(|nth| json!({ "carrier": "Post", "number": nth.to_string() }));
                ("tracking", change.into())
            }
            Detail::Delivery(day) => {
                let change = day.map(|day| format!("2025-02-0{}", day + 1));
                ("estimated_delivery", change.into())
            }
            Detail::Notes(notes) => ("notes", notes.map(str::to_owned).into()),
            Detail::Shelf(shelf) => {
                let shelf = shelf.map(|shelf| shelf.to_string());
                ("metadata", json!({ "shelf": shelf }))
            }
        };
        patch.insert(name.to_owned(), change);
    }
    patch
}

/// Why details do not change.
pub(super) enum Unchangeable {
    Forbidden,
    Invalid,
    Locked,
}

/// The details that `patch` changes, in their order: which, before, after.
pub(super) fn changes(
    details: &Map<String, Value>,
    patch: &Map<String, Value>,
    status: Status,
    by: Who,
) -> Result<Vec<(&'static str, Value, Value)>, Unchangeable> {
    if patch.keys().any(|detail| !may_change(detail, by, None)) {
        return Err(Unchangeable::Forbidden);
    }
    let named = DETAILS.into_iter().filter_map(|detail| {
        let before = details.get(detail).cloned().unwrap_or_default();
        let after = merged(before.clone(), patch.get(detail)?);
        Some((detail, before, after))
    });
    let named: Vec<_> = named.collect();
    if named.iter().any(|(detail, _, after)| !valid(detail, after)) {
        return Err(Unchangeable::Invalid);
    }
    let changes: Vec<_> = named
        .into_iter()
        .map(|(detail, before, after)| (detail, whole(detail, before), whole(detail, after)))
        .filter(|(_, before, after)| before != after)
        .collect();
    let open = |detail| may_change(detail, by, Some(status));
    if changes.iter().all(|(detail, ..)| open(detail)) {
        Ok(changes)
    } else {
        Err(Unchangeable::Locked)
    }
}

/// Metadata that were cleared are empty rather than absent.
fn whole(detail: &str, value: Value) -> Value {
    if detail == "metadata" && value.is_null() {
        return json!({});
    }
    value
}

/// RFC 7396, for what this model sends.
fn merged(target: Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else {
        return patch.clone();
    };
    let mut target = match target {
        Value::Object(target) => target,
        _ => Map::new(),
    };
    for (name, change) in patch {
        if change.is_null() {
            target.remove(name);
        } else {
            target.insert(name.clone(), change.clone());
        }
    }
    target.into()
}

fn valid(detail: &str, value: &Value) -> bool {
    match detail {
        "pricing" => {
            let item = &value["items"][0];
            let number = |value: &Value| value.as_u64().unwrap_or_default();
            let lines = number(&item["quantity"]) * number(&item["unit_price"]);
            lines + number(&value["shipping"]) == number(&value["total"])
        }
        // A town alone is no address.
        "shipping_address" => value.is_null() || value.get("name").is_some(),
        _ => true,
    }
}

/// Whether an order of this title is found by this text.
pub(super) fn found_by(title: &str, text: &str) -> bool {
    let (title, text) = (title.to_lowercase(), text.to_lowercase());
    text.split_whitespace()
        .all(|asked| title.split_whitespace().any(|word| word.starts_with(asked)))
}
