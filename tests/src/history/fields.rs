//! Which members of events and orders are not for whom: written down once more, and apart from the product's own
//! table, since a checker that asks the product learns nothing.

use serde_json::Value;
use waybill_domain::Audience;

/// What staff alone may see, wherever it stands.
const STAFF: [&str; 7] = [
    "actor",
    "causation_id",
    "command_id",
    "correlation_id",
    "internal_note",
    "metadata",
    "position",
];

/// What guests may see, and nothing else: by the path from the event or the order on, without places in arrays.
const GUEST: [&str; 40] = [
    "city",
    "created_at",
    "cursor",
    "data",
    "data.changes",
    "data.changes.after",
    "data.changes.after.carrier",
    "data.changes.after.city",
    "data.changes.after.items",
    "data.changes.after.items.title",
    "data.changes.after.number",
    "data.changes.after.url",
    "data.changes.before",
    "data.changes.before.carrier",
    "data.changes.before.city",
    "data.changes.before.items",
    "data.changes.before.items.title",
    "data.changes.before.number",
    "data.changes.before.url",
    "data.changes.kind",
    "data.from",
    "data.placed_at",
    "data.pricing",
    "data.pricing.items",
    "data.pricing.items.title",
    "data.shipping_address",
    "data.shipping_address.city",
    "data.to",
    "estimated_delivery",
    "order_id",
    "order_number",
    "placed_at",
    "recorded_at",
    "status",
    "titles",
    "tracking",
    "type",
    "updated_at",
    "version",
    "stale",
];
/// Likewise of a whole order, with everything in them.
const GUEST_WHOLE: [&str; 2] = ["allowed_actions", "tracking."];
/// Of a whole order, a little.
const GUEST_VIEW: [&str; 5] = [
    "pricing",
    "pricing.items",
    "pricing.items.title",
    "shipping_address",
    "shipping_address.city",
];

/// The members of an event, a summary or a whole order that are not for these eyes, each by its path.
pub fn above(shown: &Value, audience: Audience) -> Vec<String> {
    let mut found = Vec::new();
    if audience < Audience::Staff {
        walk(shown, "", audience, &mut found);
    }
    found
}

fn walk(value: &Value, path: &str, audience: Audience, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                if is_above(name, &path, member, audience) {
                    found.push(path);
                } else {
                    walk(member, &path, audience, found);
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|one| walk(one, path, audience, found)),
        _ => {}
    }
}

fn is_above(name: &str, path: &str, member: &Value, audience: Audience) -> bool {
    if STAFF.contains(&name) {
        return true;
    }
    // That something was changed that one may not see is not for him, either.
    if path == "data.changes.kind" {
        return member == "metadata" || member == "notes" && audience == Audience::Guest;
    }
    let of_guest = || {
        GUEST.contains(&path)
            || GUEST_VIEW.contains(&path)
            || GUEST_WHOLE.iter().any(|whole| path.starts_with(whole))
    };
    audience == Audience::Guest && !of_guest()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn created() -> Value {
        json!({
            "order_id": "o", "version": 1, "customer_id": "c", "position": 7, "actor": {"id": "ann"},
            "data": {
                "metadata": {"a": "b"},
                "pricing": {"total": 3, "items": [{"title": "Tea", "sku": "T"}]},
                "shipping_address": {"city": "Bern", "name": "Ada"},
            },
        })
    }

    #[test]
    fn each_audience_has_its_own_bounds() {
        assert!(above(&created(), Audience::Staff).is_empty());
        let of_customer = above(&created(), Audience::Customer);
        assert_eq!(of_customer, ["actor", "data.metadata", "position"]);
        assert_eq!(
            above(&created(), Audience::Guest),
            [
                "actor",
                "customer_id",
                "data.metadata",
                "data.pricing.items.sku",
                "data.pricing.total",
                "data.shipping_address.name",
                "position"
            ]
        );
    }

    #[test]
    fn what_was_changed_has_bounds_too() {
        let event = json!({"data": {"changes": [
            {"kind": "metadata"}, {"kind": "tracking", "after": {"number": "9", "secret": 1}},
            {"kind": "notes", "after": "ring twice"},
        ]}});
        assert_eq!(above(&event, Audience::Customer), ["data.changes.kind"]);
        let (kind, secret) = ("data.changes.kind", "data.changes.after.secret");
        assert_eq!(above(&event, Audience::Guest), [kind, secret, kind]);
    }
}
