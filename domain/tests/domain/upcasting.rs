//! Every stored form ever written still loads. The JSON of each lies in `forms/`, written
//! down when the form was current and never changed since.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use waybill_domain::stored::{FORMS, current_version, load};
use waybill_domain::{CancelReason, EventKind, OrderEvent, Status};

use crate::snapshots::snapshot;

fn form(kind: EventKind, version: &str) -> Value {
    let name = format!("tests/domain/forms/{}-{version}.json", kind.stored_type());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = fs::read_to_string(&path);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

fn load_form(kind: EventKind, version: &str) -> OrderEvent {
    let stored = form(kind, version);
    let personal = stored.get("personal").cloned();
    let loaded = load(
        kind.stored_type(),
        version,
        stored["payload"].clone(),
        personal,
    );
    loaded.unwrap_or_else(|error| panic!("{} {version}: {error:?}", kind.stored_type()))
}

#[test]
fn the_list_of_forms_only_grows() {
    let forms: Vec<String> = FORMS
        .iter()
        .map(|form| format!("{} {}", form.kind.stored_type(), form.version))
        .collect();
    snapshot("stored-forms", &json!(forms));
}

#[test]
fn every_form_ever_written_loads_and_is_stored_in_the_newest() {
    for form in FORMS {
        let event = load_form(form.kind, form.version);
        let stored = event.to_stored();
        assert_eq!(stored.event_type, form.kind.stored_type());
        assert_eq!(stored.event_version, current_version(form.kind));
        let name = format!("loaded-{}-{}", stored.event_type, form.version);
        snapshot(&name, &serde_json::to_value(&event).unwrap());
    }
}

#[test]
fn only_the_newest_form_of_an_event_has_no_upcaster() {
    for form in FORMS {
        let newest = form.version == current_version(form.kind);
        assert_eq!(form.upcast.is_none(), newest, "{form:?}");
    }
}

/// The worked example: 2.0 renamed the field, and one of its values.
#[test]
fn a_cancellation_of_1_0_reads_as_one_of_2_0() {
    let load = |cause: &str| {
        let payload = json!({ "Cancelled": { "from": "pending", "cause": cause } });
        load("OrderCancelled", "1.0", payload, None).unwrap()
    };
    for (cause, reason) in [
        ("customer_request", CancelReason::Customer),
        ("fraud", CancelReason::Fraud),
    ] {
        let OrderEvent::Cancelled(cancelled) = load(cause) else {
            panic!("another event");
        };
        assert_eq!(cancelled.from, Status::Pending);
        assert_eq!(cancelled.reason, reason);
    }
}

#[test]
fn an_old_payload_under_the_new_version_is_malformed_not_guessed() {
    let payload = json!({ "Cancelled": { "from": "pending", "cause": "fraud" } });
    assert!(load("OrderCancelled", "2.0", payload, None).is_err());
}
