use serde_json::{Value, json};
use waybill_domain::{
    ActorKind, AllowedAction, Change, DetailField, Order, OrderCommand, OrderError, OrderEvent,
    Status, UpdateDetails, Updated, fixtures,
};

use crate::given::{given, in_status, with};

fn patch(body: Value) -> OrderCommand {
    UpdateDetails::parse(body).unwrap().into()
}

#[track_caller]
fn updated(events: &[OrderEvent]) -> &Updated {
    match events {
        [OrderEvent::Updated(updated)] => updated,
        other => panic!("{other:?}"),
    }
}

/// The order's editable details after the patch, as JSON.
fn patched(body: Value) -> Value {
    let mut story = fixtures::story(&[fixtures::create().into()]);
    story.extend(given(&story).when(patch(body)).events());
    let mut order = Order::default();
    for event in &story {
        order.evolve(event);
    }
    order.editable()
}

#[test]
fn a_patch_of_every_detail_lists_each_change_with_before_and_after() {
    let events = in_status(Status::Pending).when(fixtures::update()).events();
    let updated = updated(&events);
    let fields: Vec<_> = updated.changes.iter().map(Change::field).collect();
    assert_eq!(fields, DetailField::ALL);
    let personal = updated.personal.as_ref().unwrap();
    let address = personal.shipping_address.as_ref().unwrap();
    assert_eq!(
        address.before.as_ref().unwrap().line1.as_str(),
        "Kanalstrasse 12"
    );
    assert_eq!(address.after.as_ref().unwrap().line1.as_str(), "Hafenweg 3");
}

#[test]
fn objects_merge_and_null_clears() {
    let details = patched(json!({
        "shipping_address": { "city": "Bern", "phone": null },
        "notes": null,
        "metadata": { "campaign": null },
    }));
    let address = &details["shipping_address"];
    assert_eq!(address["city"], "Bern");
    assert_eq!(address["name"], "Ada Sample");
    assert_eq!(address.get("phone"), None);
    assert_eq!(details.get("notes"), None);
    assert_eq!(details["metadata"], json!({ "channel": "web" }));
    assert_eq!(details["pricing"], fixtures::pricing_json());
}

#[test]
fn whole_details_can_be_cleared_save_the_pricing() {
    let details = patched(json!({ "shipping_address": null, "metadata": null }));
    assert_eq!(details.get("shipping_address"), None);
    assert_eq!(details["metadata"], json!({}));
    in_status(Status::Pending)
        .when(patch(json!({ "pricing": null })))
        .refused_fields(&[("pricing", "is required")]);
}

#[test]
fn arrays_replace() {
    let one = json!([{ "line_id": "9", "sku": "S", "title": "T", "quantity": 1,
                       "unit_price": 100 }]);
    let details = patched(json!({ "pricing": {
        "items": one, "discount": null, "shipping": null, "tax": null, "total": 100 } }));
    assert_eq!(details["pricing"]["items"], one);
    assert_eq!(details["pricing"]["discount"], 0);
}

#[test]
fn what_changes_nothing_emits_nothing() {
    let given = in_status(Status::Pending);
    given.when(patch(json!({}))).then_nothing();
    let same = json!({
        "pricing": fixtures::pricing_json(),
        "shipping_address": fixtures::address_json(),
        "tracking": null,
        "notes": "Please ring twice.",
        "metadata": { "channel": "web", "absent": null },
    });
    given.when(patch(same)).then_nothing();
}

#[test]
fn only_what_changed_is_listed() {
    let body = json!({ "notes": "Please ring twice.", "tracking": { "number": "1" } });
    let events = in_status(Status::Pending).when(patch(body)).events();
    let updated = updated(&events);
    assert_eq!(updated.changes.len(), 1);
    assert_eq!(updated.changes[0].field(), DetailField::Tracking);
    assert_eq!(updated.personal, None);
}

#[test]
fn what_a_patch_leads_to_is_checked_as_a_whole() {
    let given = in_status(Status::Pending);
    given
        .when(patch(json!({ "pricing": { "shipping": 1 } })))
        .refused_fields(&[(
            "pricing.total",
            "must equal items − discount + shipping + tax, which is 5986",
        )]);
    given
        .when(patch(json!({
            "shipping_address": { "city": null },
            "tracking": { "carrier": "Post", "nummer": "x" },
            "estimated_delivery": "4.1.2025",
        })))
        .refused_fields(&[
            ("shipping_address.city", "is required"),
            ("tracking.number", "is required"),
            ("tracking.nummer", "is not a known field"),
            (
                "estimated_delivery",
                "must be a date written YYYY-MM-DD, years 1970 to 9999",
            ),
        ]);
}

#[test]
fn a_patch_of_what_is_no_detail_is_refused_by_name() {
    let refused = UpdateDetails::parse(json!({ "status": "shipped", "notes": "x" }));
    assert_eq!(
        refused.unwrap_err(),
        crate::given::fields(&[("status", "is not a known field")])
    );
    assert!(UpdateDetails::parse(json!([])).is_err());
}

/// Each detail with a patch that changes it.
fn one_of_each() -> [(DetailField, Value); 6] {
    let whole = fixtures::patch_json();
    DetailField::ALL.map(|field| {
        let name = field.as_str();
        (
            field,
            with(json!({}), &format!("/{name}"), whole[name].clone()),
        )
    })
}

#[test]
fn each_detail_is_editable_for_as_long_as_the_table_says() {
    use DetailField::{EstimatedDelivery, Metadata, Notes, Pricing, ShippingAddress, Tracking};
    for (field, body) in one_of_each() {
        for status in Status::ALL {
            // Written out again here: a changed table must change this test.
            let open = match field {
                Tracking | Notes => true,
                EstimatedDelivery | Metadata => status < Status::Delivered,
                Pricing | ShippingAddress => status < Status::Shipped,
            };
            let outcome = in_status(status).when(patch(body.clone()));
            if open {
                assert_eq!(updated(&outcome.events()).changes[0].field(), field);
                continue;
            }
            let error = outcome.error();
            let settled = status >= Status::Delivered;
            assert_eq!(
                error.code(),
                if settled {
                    "order_final"
                } else {
                    "field_locked"
                }
            );
            let update = AllowedAction::Update {
                fields: if settled {
                    vec![Tracking, Notes]
                } else {
                    vec![Tracking, EstimatedDelivery, Notes, Metadata]
                },
            };
            assert!(error.allowed_actions().unwrap().contains(&update));
        }
    }
}

#[test]
fn a_locked_detail_that_would_not_change_does_no_harm() {
    let body = json!({ "pricing": fixtures::pricing_json(), "notes": "New." });
    let events = in_status(Status::Delivered).when(patch(body)).events();
    assert_eq!(updated(&events).changes, [Change::Notes]);
}

#[test]
fn a_customer_changes_his_address_while_pending_and_nothing_else() {
    for (field, body) in one_of_each() {
        for status in Status::ALL {
            let outcome = in_status(status)
                .by(ActorKind::Customer)
                .when(patch(body.clone()));
            match (field, status) {
                (DetailField::ShippingAddress, Status::Pending) => {
                    assert_eq!(outcome.events().len(), 1);
                }
                (DetailField::ShippingAddress, _) => {
                    let error = outcome.error();
                    assert!(matches!(error.code(), "field_locked" | "order_final"));
                    assert_eq!(error.allowed_actions(), Some([].as_slice()));
                }
                _ => assert_eq!(outcome.error().code(), "forbidden"),
            }
        }
    }
}

#[test]
fn a_customer_cannot_find_out_a_hidden_field_by_guessing_it() {
    let guess = json!({ "metadata": { "channel": "web" } });
    in_status(Status::Pending)
        .by(ActorKind::Customer)
        .when(patch(guess))
        .refused(OrderError::Forbidden {
            action: "change other details than the shipping address",
        });
}

#[test]
fn a_patch_is_merged_with_the_order_as_it_has_become() {
    let mut story = fixtures::story(&[fixtures::create().into()]);
    let city = patch(json!({ "shipping_address": { "city": "Bern" } }));
    let phone = patch(json!({ "shipping_address": { "phone": "044 555 99" } }));
    story.extend(given(&story).when(city).events());
    let events = given(&story).when(phone).events();
    let personal = updated(&events).personal.clone().unwrap();
    let address = personal.shipping_address.unwrap().after.unwrap();
    assert_eq!(address.city.as_str(), "Bern");
}
