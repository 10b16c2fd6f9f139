//! Stored forms: what is written is what was read before, for ever.

use serde_json::json;
use waybill_domain::stored::{LoadError, load};
use waybill_domain::{OrderEvent, fixtures};

use crate::snapshots::snapshot;

#[test]
fn the_stored_json_of_every_event_is_as_recorded() {
    for event in fixtures::all_events() {
        let stored = event.to_stored();
        let name = format!("stored-{}-{}", stored.event_type, stored.event_version);
        snapshot(
            &name,
            &json!({
                "event_type": stored.event_type,
                "event_version": stored.event_version,
                "payload": stored.payload,
                "personal": stored.personal,
            }),
        );
    }
}

#[test]
fn every_event_loads_as_it_was_stored() {
    for event in fixtures::all_events() {
        let stored = event.to_stored();
        let loaded = load(
            stored.event_type,
            stored.event_version,
            stored.payload,
            stored.personal,
        );
        assert_eq!(loaded.unwrap(), event);
    }
}

#[test]
fn every_event_loads_without_its_personal_half() {
    for event in fixtures::all_events() {
        let stored = event.to_stored();
        assert!(stored.personal.is_some());
        let loaded = load(
            stored.event_type,
            stored.event_version,
            stored.payload.clone(),
            None,
        );
        assert_eq!(loaded.unwrap().to_stored().payload, stored.payload);
    }
}

#[test]
fn the_stock_form_with_both_halves_in_one_loads_too() {
    for event in fixtures::all_events() {
        let whole = serde_json::to_value(&event).unwrap();
        let back: OrderEvent = serde_json::from_value(whole.clone()).unwrap();
        assert_eq!(back, event);
        let stored = event.to_stored();
        let loaded = load(stored.event_type, stored.event_version, whole, None);
        assert_eq!(loaded.unwrap(), event);
    }
}

#[test]
fn what_cannot_be_loaded_says_why() {
    let load = |ty, version, payload| load(ty, version, payload, None).unwrap_err();
    assert!(matches!(
        load("OrderEaten", "1.0", json!({})),
        LoadError::UnknownType(ty) if ty == "OrderEaten"
    ));
    assert!(matches!(
        load("OrderCompleted", "9.0", json!({})),
        LoadError::UnknownVersion { event_version, .. } if event_version == "9.0"
    ));
    assert!(matches!(
        load("OrderCompleted", "1.0", json!({ "Completed": {} })),
        LoadError::Malformed { .. }
    ));
    assert!(matches!(
        load(
            "OrderCompleted",
            "1.0",
            json!({ "StatusChanged": { "from": "pending", "to": "shipped" } })
        ),
        LoadError::Malformed { .. }
    ));
}
