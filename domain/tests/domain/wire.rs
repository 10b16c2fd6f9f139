//! What goes out, for each audience.

use serde_json::{Value, json};
use waybill_domain::{
    Audience, ChangeStatus, FoldedOrder, OrderEvent, Status, fixtures, stored, wire,
};

use crate::snapshots::snapshot;

/// For each audience what `render` gives it.
fn by_audience(render: impl Fn(Audience) -> Value) -> Value {
    let renderings = Audience::ALL.map(|a| (a.as_str().to_owned(), render(a)));
    Value::Object(renderings.into_iter().collect())
}

#[test]
fn every_event_looks_to_each_audience_as_recorded() {
    for recorded in fixtures::recorded(fixtures::all_events()) {
        let (envelope, event) = (&recorded.envelope, &recorded.event);
        let shown = by_audience(|a| wire::event(envelope, event, "CURSOR", a));
        snapshot(&format!("wire-{}", event.kind()), &shown);
    }
}

#[test]
fn an_order_looks_to_each_audience_as_recorded() {
    let folded = fixtures::folded(fixtures::all_events()[..4].to_vec());
    snapshot("summary", &by_audience(|a| folded.summary(a)));
    snapshot("view", &by_audience(|a| folded.view(a)));
}

#[test]
fn an_unreadable_event_shows_its_envelope_and_no_content() {
    let envelope = fixtures::envelope(1);
    let shown = by_audience(|a| wire::unreadable(&envelope, "CURSOR", a));
    snapshot("wire-order.unreadable", &shown);
}

#[test]
fn what_was_forgotten_is_absent() {
    let forgotten: Vec<OrderEvent> = fixtures::all_events()
        .iter()
        .map(|event| {
            let stored = event.to_stored();
            let (ty, version) = (stored.event_type, stored.event_version);
            stored::load(ty, version, stored.payload, None).unwrap()
        })
        .collect();
    for recorded in fixtures::recorded(forgotten.clone()) {
        let event = wire::event(
            &recorded.envelope,
            &recorded.event,
            "CURSOR",
            Audience::Staff,
        );
        snapshot(
            &format!("forgotten-{}", recorded.event.kind()),
            &event["data"],
        );
    }
    let view = fixtures::folded(forgotten[..4].to_vec()).view(Audience::Staff);
    for gone in ["shipping_address", "notes"] {
        assert_eq!(view.get(gone), None);
    }
    assert_eq!(view["metadata"], json!({}));
    assert_eq!(view["pricing"]["total"], 5985);
    assert_eq!(view["status"], "cancelled");
}

#[test]
fn a_change_that_was_forgotten_hides_what_it_replaced() {
    let mut events = fixtures::story(&[fixtures::create().into(), fixtures::update().into()]);
    let OrderEvent::Updated(updated) = &mut events[1] else {
        panic!("another event");
    };
    updated.personal = None;
    let view = fixtures::folded(events).view(Audience::Staff);
    assert_eq!(view.get("shipping_address"), None);
}

#[test]
fn an_order_that_is_not_there_looks_like_null() {
    let folded = FoldedOrder::new(fixtures::order_id(1));
    for audience in Audience::ALL {
        assert_eq!(folded.summary(audience), Value::Null);
        assert_eq!(folded.view(audience), Value::Null);
    }
}

#[test]
fn a_summary_shows_three_titles_and_counts_all_pieces() {
    let mut body = fixtures::new_order_json();
    let items: Vec<Value> = (1..=4)
        .map(|n| {
            json!({ "line_id": n.to_string(), "sku": "s", "title": format!("T{n}"),
                    "quantity": n, "unit_price": 0 })
        })
        .collect();
    body["pricing"] = json!({ "currency": "EUR", "items": items, "total": 0 });
    let order = waybill_domain::NewOrder::parse(body).unwrap();
    let create = order.numbered(fixtures::order_number(1)).into();
    let summary = fixtures::folded(fixtures::story(&[create])).summary(Audience::Staff);
    assert_eq!(summary["titles"], json!(["T1", "T2", "T3"]));
    assert_eq!(summary["item_count"], 10);
}

#[test]
fn a_folded_order_keeps_first_and_last_times_and_reads_what_it_writes() {
    let story = fixtures::story(&[
        fixtures::create().into(),
        ChangeStatus::to(Status::Processing).into(),
        fixtures::update().into(),
    ]);
    let folded = fixtures::folded(story);
    assert_eq!(folded.version, 3);
    assert_eq!(folded.position.0, 30);
    assert_eq!(folded.created_at, fixtures::time(1));
    assert_eq!(folded.updated_at, fixtures::time(3));
    let json = serde_json::to_value(&folded).unwrap();
    assert_eq!(serde_json::from_value::<FoldedOrder>(json).unwrap(), folded);
    let none = FoldedOrder::new(fixtures::order_id(1));
    let json = serde_json::to_value(&none).unwrap();
    assert_eq!(serde_json::from_value::<FoldedOrder>(json).unwrap(), none);
}
