//! No audience sees a field that is not for it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use waybill_domain::wire::{self, field_audiences};
use waybill_domain::{Audience, FoldedOrder, fixtures};

use crate::snapshots::snapshot;

#[test]
fn every_field_has_the_audience_that_is_recorded() {
    let mut table: BTreeMap<&str, BTreeMap<String, &str>> = BTreeMap::new();
    for field in field_audiences() {
        let shape = table.entry(field.shape).or_default();
        let twice = shape.insert(field.path, field.audience.as_str());
        assert_eq!(twice, None);
    }
    snapshot("field-audiences", &json!(table));
}

/// The paths of everything in the value that is not itself an object or an array of
/// objects, as the table writes them.
fn leaves(value: &Value, path: &str, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) if path.ends_with("metadata") || path.contains("[metadata].") => {
            assert!(map.values().all(Value::is_string));
            out.insert(path.to_owned());
        }
        Value::Object(map) => {
            for (name, value) in map {
                let dot = if path.is_empty() { "" } else { "." };
                leaves(value, &format!("{path}{dot}{name}"), out);
            }
        }
        Value::Array(entries) if entries.iter().any(Value::is_object) => {
            for entry in entries {
                let kind = entry.get("kind").and_then(Value::as_str).unwrap_or("");
                leaves(entry, &format!("{path}[{kind}]"), out);
            }
        }
        // Nothing was there before: its fields are found in the other half.
        Value::Null => {}
        _ => {
            out.insert(path.to_owned());
        }
    }
}

fn filled_order() -> FoldedOrder {
    fixtures::folded(fixtures::all_events()[..4].to_vec())
}

/// Everything that an audience is shown of fixtures with every field filled.
fn shown(audience: Audience) -> BTreeSet<(&'static str, String)> {
    let mut all = BTreeSet::new();
    let mut add = |shape: &'static str, value: &Value| {
        let mut paths = BTreeSet::new();
        leaves(value, "", &mut paths);
        all.extend(paths.into_iter().map(|path| (shape, path)));
    };
    // A second change of the tracking has a before and an after.
    let mut story = fixtures::all_events();
    let body = json!({ "tracking": null, "estimated_delivery": null });
    let clear = waybill_domain::UpdateDetails::parse(body).unwrap();
    let cleared = fixtures::story(&[
        fixtures::create().into(),
        fixtures::update().into(),
        clear.into(),
    ]);
    story.extend(cleared.into_iter().skip(2));
    for recorded in fixtures::recorded(story) {
        let (envelope, event) = (&recorded.envelope, &recorded.event);
        add("event", &wire::event(envelope, event, "CURSOR", audience));
    }
    add("summary", &filled_order().summary(audience));
    add("order", &filled_order().view(audience));
    all
}

#[test]
fn each_audience_is_shown_exactly_the_fields_of_the_table() {
    for audience in Audience::ALL {
        let listed: BTreeSet<(&str, String)> = field_audiences()
            .into_iter()
            .filter(|field| field.audience <= audience)
            .map(|field| (field.shape, field.path))
            .collect();
        let shown = shown(audience);
        let differing: Vec<_> = shown.symmetric_difference(&listed).collect();
        assert!(differing.is_empty(), "{audience}: {differing:#?}");
    }
}

/// Everything that goes out to an audience, as bytes.
fn bytes(audience: Audience) -> String {
    let mut out = String::new();
    for recorded in fixtures::recorded(fixtures::all_events()) {
        let (envelope, event) = (&recorded.envelope, &recorded.event);
        out += &wire::event(envelope, event, "CURSOR", audience).to_string();
        out += &wire::unreadable(envelope, "CURSOR", audience).to_string();
    }
    out += &filled_order().summary(audience).to_string();
    out += &filled_order().view(audience).to_string();
    out
}

#[test]
fn the_bytes_for_customers_and_guests_hold_no_secret() {
    let staff_only = [
        "Checked by hand.",
        "Shelf was empty.",
        "staff-1",
        "req-1",
        "import-5",
        "campaign",
        "winter",
        "shelf",
        "metadata",
        "position",
    ];
    let not_for_guests = [
        "Ada Sample",
        "Sample Works",
        "Kanalstrasse",
        "Hafenweg",
        "8001",
        "CH",
        "+41",
        "ada@example.org",
        "Please ring twice.",
        "neighbour",
        "Thank you",
        "sorry",
        "TEA-250",
        "1250",
        "6475",
        "EUR",
        "inventory",
        "shop-4711",
        fixtures::CUSTOMER,
        "notes",
    ];
    let (guest, customer, staff) = (
        bytes(Audience::Guest),
        bytes(Audience::Customer),
        bytes(Audience::Staff),
    );
    for secret in staff_only {
        assert!(staff.contains(secret), "{secret}");
        assert!(!customer.contains(secret), "{secret}");
        assert!(!guest.contains(secret), "{secret}");
    }
    for secret in not_for_guests {
        assert!(customer.contains(secret), "{secret}");
        assert!(!guest.contains(secret), "{secret}");
    }
}

/// The data of the event that comes of this patch, as a guest sees it.
fn guest_sees_of(patch: Value) -> Value {
    let update = waybill_domain::UpdateDetails::parse(patch).unwrap().into();
    let story = fixtures::story(&[fixtures::create().into(), update]);
    let event = wire::event(&fixtures::envelope(2), &story[1], "CURSOR", Audience::Guest);
    event["data"]["changes"].clone()
}

#[test]
fn that_something_hidden_changed_is_hidden_too() {
    let street = json!({ "shipping_address": { "line1": "Hafenweg 3" } });
    assert_eq!(guest_sees_of(street), json!([]));
    let shipping = json!({ "pricing": { "shipping": 0, "total": 5985 }, "notes": null });
    assert_eq!(guest_sees_of(shipping), json!([]));
    let city = json!({ "shipping_address": { "city": "Horgen" } });
    assert_eq!(
        guest_sees_of(city),
        json!([{ "kind": "shipping_address",
                 "before": { "city": "Zürich" }, "after": { "city": "Horgen" } }])
    );
}

#[test]
fn audiences_are_ordered_and_each_actor_has_one() {
    use waybill_domain::ActorKind::{Customer, Service, Staff, System};
    assert!(Audience::Guest < Audience::Customer && Audience::Customer < Audience::Staff);
    assert_eq!(Audience::from(Customer), Audience::Customer);
    for kind in [Staff, Service, System] {
        assert_eq!(Audience::from(kind), Audience::Staff);
    }
}
