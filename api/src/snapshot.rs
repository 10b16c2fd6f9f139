//! Makes events, frames and answers comparable from one run to the next: ids, cursors and times become names.
//!
//! The first order that is met becomes `order-1`, the second `order-2`; times become `t1`, `t2` …; and the same value
//! gets the same name wherever it stands, so that a snapshot still shows what belongs together. What the shop said
//! itself (customers, references, amounts, texts) stays as it is. `waybill snapshot` prints events in this form;
//! `docs/testing-with-snapshots.md` shows how tests use it.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};
use uuid::Uuid;
use waybill_domain::Timestamp;

/// What a value of this key is called, whatever it looks like.
const BY_KEY: [(&str, &str); 9] = [
    ("order_number", "number"),
    ("correlation_id", "correlation"),
    ("causation_id", "causation"),
    ("connection_id", "connection"),
    ("request_id", "request"),
    ("cursor", "cursor"),
    ("next_cursor", "page"),
    ("page_cursor", "page"),
    ("position", "position"),
];

/// The length of a UUID in its canonical form.
const UUID_CHARS: usize = 36;

/// The names given so far. One for all values that are to be compared together.
#[derive(Debug, Default)]
pub struct Names {
    names: HashMap<String, String>,
    counts: BTreeMap<String, usize>,
}

impl Names {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same value with names in place of ids, cursors and times. Keys are visited in alphabetical order.
    #[must_use]
    pub fn rename(&mut self, value: Value) -> Value {
        self.value("", value)
    }

    /// The same for a text, for instance a header: every UUID in it is replaced.
    #[must_use]
    pub fn rename_text(&mut self, text: &str) -> String {
        self.uuids_in("id", text)
    }

    fn value(&mut self, key: &str, value: Value) -> Value {
        match value {
            Value::Object(fields) => {
                // By name, so that the order does not hang on how the object was built.
                let sorted: BTreeMap<String, Value> = fields.into_iter().collect();
                let renamed = sorted.into_iter().map(|(key, value)| {
                    let value = self.value(&key, value);
                    (key, value)
                });
                Value::Object(renamed.collect::<Map<_, _>>())
            }
            Value::Array(items) => {
                let items = items.into_iter();
                items.map(|item| self.value(key, item)).collect()
            }
            Value::String(text) => Value::String(self.text(key, &text)),
            Value::Number(number) if key == "position" => {
                Value::String(self.name("position", &format!("position {number}")))
            }
            other => other,
        }
    }

    fn text(&mut self, key: &str, text: &str) -> String {
        if let Some((_, kind)) = BY_KEY.iter().find(|(name, _)| *name == key) {
            // A position that was given as a text is the same place as the number.
            return self.name(kind, text);
        }
        if text.contains('T') && text.parse::<Timestamp>().is_ok() {
            return self.name("t", text);
        }
        self.uuids_in(key.strip_suffix("_id").unwrap_or("id"), text)
    }

    /// Names those that are known, and calls the others `kind`.
    fn uuids_in(&mut self, kind: &str, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let found = rest.get(..UUID_CHARS).filter(|head| is_uuid(head));
            let taken = if let Some(uuid) = found {
                out.push_str(&self.name(kind, uuid));
                UUID_CHARS
            } else {
                let first = rest.chars().next().map_or(1, char::len_utf8);
                out.push_str(&rest[..first]);
                first
            };
            rest = &rest[taken..];
        }
        out
    }

    fn name(&mut self, kind: &str, value: &str) -> String {
        if let Some(name) = self.names.get(value) {
            return name.clone();
        }
        let count = self.counts.entry(kind.to_owned()).or_default();
        *count += 1;
        let name = if kind == "t" {
            format!("t{count}")
        } else {
            format!("{kind}-{count}")
        };
        self.names.insert(value.to_owned(), name.clone());
        name
    }
}

fn is_uuid(text: &str) -> bool {
    text.as_bytes()[8] == b'-' && Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const A: &str = "01958000-0000-7000-8000-00000000000a";
    const B: &str = "01958000-0000-7000-8000-00000000000b";

    #[test]
    fn the_same_value_gets_the_same_name_wherever_it_stands() {
        let mut names = Names::new();
        let first = names.rename(json!({
            "order_id": A, "event_id": B, "order_number": "ORD-10007", "cursor": "k3d", "position": 17,
            "recorded_at": "2026-03-01T10:00:00.000000Z", "customer_id": "ada", "version": 1,
            "data": { "placed_at": "2026-03-01T09:00:00.000000Z", "estimated_delivery": "2026-03-05" },
        }));
        assert_eq!(
            first,
            json!({
                "order_id": "order-1", "event_id": "event-1", "order_number": "number-1", "cursor": "cursor-1",
                "position": "position-1", "recorded_at": "t2", "customer_id": "ada", "version": 1,
                "data": { "placed_at": "t1", "estimated_delivery": "2026-03-05" },
            })
        );
        let second = names.rename(json!([
            { "detail": format!("order {A} is not {B}x"), "at": "2026-03-01T10:00:00.000000Z" },
            { "order_id": "01958000-0000-7000-8000-00000000000c", "cursor": "k3d", "position": 18 },
        ]));
        assert_eq!(
            second,
            json!([
                { "detail": "order order-1 is not event-1x", "at": "t2" },
                { "order_id": "order-2", "cursor": "cursor-1", "position": "position-2" },
            ])
        );
        assert_eq!(
            names.rename_text(&format!("/v1/orders/{A}")),
            "/v1/orders/order-1"
        );
    }

    #[test]
    fn what_the_shop_said_stays() {
        let said = json!({ "notes": "Tür 5 – bitte läuten", "total": 3470, "sku": "MUG-350", "tax_included": true });
        assert_eq!(Names::new().rename(said.clone()), said);
    }
}
