//! Stored forms: what is written is what was read before, for ever.

use serde_json::json;
use waybill_domain::stored::{LoadError, load, load_text};
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
fn what_is_written_at_once_says_the_same_and_leaves_the_event_whole() {
    for event in fixtures::all_events() {
        let (stored, mut written) = (event.to_stored(), event.clone());
        let text = written.stored_text();
        assert_eq!(written, event);
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&text.payload), stored.payload);
        assert_eq!(text.personal.as_deref().map(read), stored.personal);
        assert_eq!(
            (text.event_type, text.event_version),
            (stored.event_type, stored.event_version)
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

/// What loading the texts says, which has to be what loading their trees says.
fn loaded(
    kind: &str,
    version: &str,
    payload: &str,
    personal: Option<&str>,
) -> Result<OrderEvent, String> {
    let tree = |text| serde_json::from_str(text).unwrap();
    let long = load(kind, version, tree(payload), personal.map(tree)).map_err(|e| e.to_string());
    let short = load_text(kind, version, payload, personal).map_err(|e| e.to_string());
    assert_eq!(short, long);
    short
}

#[test]
fn a_text_loads_as_its_tree_does() {
    for event in fixtures::all_events() {
        let stored = event.to_stored();
        let (payload, personal) = (
            stored.payload.to_string(),
            stored.personal.unwrap().to_string(),
        );
        let load = |version, personal| loaded(stored.event_type, version, &payload, personal);
        assert_eq!(
            load(stored.event_version, Some(&personal)),
            Ok(event.clone())
        );
        assert_eq!(
            load(stored.event_version, Some(" null ")),
            load(stored.event_version, None)
        );
        load(stored.event_version, Some("7")).unwrap_err();
        load("9.0", Some(&personal)).unwrap_err();
        // The stock form: the payload holds what the other column would.
        let whole = serde_json::to_string(&event).unwrap();
        for personal in [None, Some("null")] {
            let read = loaded(stored.event_type, stored.event_version, &whole, personal);
            assert_eq!(read.unwrap(), event);
        }
    }
    let old = r#"{"Cancelled":{"from":"pending","cause":"customer_request"}}"#;
    loaded("OrderCancelled", "1.0", old, None).unwrap();
    loaded("OrderCancelled", "2.0", old, None).unwrap_err();
    loaded("OrderCreated", "1.0", old, None).unwrap_err();
    loaded("OrderPaid", "1.0", old, None).unwrap_err();
}

#[test]
fn a_text_that_is_no_json_is_malformed_in_either_half() {
    let event = &fixtures::all_events()[0];
    let (stored, payload) = (event.to_stored(), event.to_stored().payload.to_string());
    for (payload, personal) in [
        ("{", None),
        (payload.as_str(), Some(r#"{"notes":"\ud800"}"#)),
    ] {
        let error = load_text(stored.event_type, stored.event_version, payload, personal);
        assert!(
            matches!(error, Err(LoadError::Malformed { .. })),
            "{error:?}"
        );
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
