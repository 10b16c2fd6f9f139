//! The bounds of commands, written down a second time.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::json;
use crate::command::{BulkRow, NewOrder};
use crate::text::LongText;

/// Texts of one line, from which place in an order's body, of how many characters at most.
const LINES: [(&str, usize); 9] = [
    ("/shipping_address/name", 200),
    ("/shipping_address/company", 200),
    ("/shipping_address/line1", 300),
    ("/shipping_address/line2", 300),
    ("/shipping_address/city", 120),
    ("/shipping_address/region", 120),
    ("/shipping_address/postal_code", 20),
    ("/shipping_address/phone", 40),
    ("/shipping_address/email", 254),
];
/// Likewise, in each line of an order.
const OF_ITEMS: [(&str, usize); 3] = [("line_id", 64), ("sku", 100), ("title", 300)];
/// Amounts of an order.
const AMOUNTS: [&str; 4] = ["discount", "shipping", "tax", "total"];

/// The body that an order is read from.
pub(super) fn body_of(order: &NewOrder) -> Value {
    json!({
        "reference": json(&order.reference),
        "customer_id": json(&order.customer_id),
        "placed_at": json(&order.placed_at),
        "pricing": json(&order.pricing),
        "shipping_address": json(&order.shipping_address),
        "notes": json(&order.notes),
        "metadata": json(&order.metadata),
    })
}

/// Checks an order that was accepted.
pub(super) fn order(order: &NewOrder) {
    let body = body_of(order);
    for (place, max) in LINES {
        if let Some(text) = body.pointer(place).and_then(Value::as_str) {
            line(text, max);
        }
    }
    for (place, max) in [("customer_id", 128), ("reference", 64)] {
        let text = body[place].as_str();
        assert!(
            text.is_none_or(|text| (1..=max).contains(&text.len())),
            "{place}"
        );
    }
    if let Some(text) = body["notes"].as_str() {
        lines(text, 4000);
    }
    assert!(body["metadata"].to_string().len() <= 4096);
    pricing(&body["pricing"]);
}

fn pricing(pricing: &Value) {
    let amount = |value: &Value| {
        let amount = value.as_u64().expect("an amount");
        assert!(amount < 1 << 53);
        i128::from(amount)
    };
    let items = pricing["items"].as_array().expect("lines");
    assert!((1..=200).contains(&items.len()));
    let mut sum = 0;
    let mut ids = HashSet::new();
    for item in items {
        for (name, max) in OF_ITEMS {
            line(item[name].as_str().expect("a text"), max);
        }
        assert!(ids.insert(item["line_id"].as_str()));
        let quantity = amount(&item["quantity"]);
        assert!((1..=1_000_000).contains(&quantity));
        sum += quantity * amount(&item["unit_price"]);
    }
    let [discount, shipping, tax, total] = AMOUNTS.map(|name| amount(&pricing[name]));
    let on_top = if pricing["tax_included"] == true {
        0
    } else {
        tax
    };
    assert_eq!(sum - discount + shipping + on_top, total);
    let currency = pricing["currency"].as_str().expect("a currency");
    assert!(currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase()));
}

fn line(text: &str, max: usize) {
    lines(text, max);
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

fn lines(text: &str, max: usize) {
    assert!((1..=max).contains(&text.chars().count()), "{text:?}");
    assert!(!text.trim().is_empty(), "{text:?}");
    let strange = |c: char| c.is_control() && !"\n\r\t".contains(c);
    assert!(!text.contains(strange), "{text:?}");
}

/// Checks what is written beside a step.
pub(super) fn words(note: Option<&LongText<4000>>, message: Option<&LongText<2000>>) {
    if let Some(note) = note {
        lines(note.as_str(), 4000);
    }
    if let Some(message) = message {
        lines(message.as_str(), 2000);
    }
}

/// Checks which orders a command for many is for.
pub(super) fn rows(rows: &[BulkRow]) {
    assert!((1..=100).contains(&rows.len()));
    let orders: HashSet<_> = rows.iter().map(|row| &row.order).collect();
    assert_eq!(orders.len(), rows.len());
}
