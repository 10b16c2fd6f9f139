use serde_json::{Value, json};
use waybill_domain::{
    ActorKind, BeforeAfter, CancelReason, Cancelled, Change, Completed, ImportedOrder, OrderError,
    OrderEvent, Status, StatusChanged, Updated, fixtures, status,
};

use crate::given::{after, fields, given, with};

fn created() -> OrderEvent {
    let [created] = given(&[])
        .when(fixtures::create())
        .events()
        .try_into()
        .unwrap();
    created
}

fn updated() -> OrderEvent {
    let json = fixtures::patch_json();
    OrderEvent::Updated(Box::new(Updated {
        changes: vec![
            Change::Tracking(BeforeAfter {
                before: None,
                after: serde_json::from_value(json["tracking"].clone()).unwrap(),
            }),
            Change::EstimatedDelivery(BeforeAfter {
                before: None,
                after: serde_json::from_value(json["estimated_delivery"].clone()).unwrap(),
            }),
        ],
        personal: None,
    }))
}

fn moved(from: Status, to: Status) -> OrderEvent {
    OrderEvent::StatusChanged(StatusChanged {
        from,
        to,
        personal: None,
    })
}

#[test]
fn an_order_is_imported_as_what_has_happened_to_it() {
    let processed = moved(Status::Pending, Status::Processing);
    let shipped = moved(Status::Processing, Status::Shipped);
    let delivered = OrderEvent::Completed(Completed {
        from: Status::Shipped,
        personal: None,
    });
    let cancelled = OrderEvent::Cancelled(Cancelled {
        from: Status::Pending,
        reason: CancelReason::Declined,
        personal: None,
    });
    for (status, steps) in [
        (Status::Pending, vec![]),
        (Status::Processing, vec![processed.clone()]),
        (Status::Shipped, vec![processed.clone(), shipped.clone()]),
        (Status::Delivered, vec![processed, shipped, delivered]),
        (Status::Cancelled, vec![cancelled]),
    ] {
        given(&[])
            .by(ActorKind::System)
            .when(fixtures::import(status))
            .then(&[vec![created(), updated()], steps].concat());
    }
}

#[test]
fn whoever_imports_the_order_reaches_its_status() {
    for kind in [ActorKind::Staff, ActorKind::Service, ActorKind::System] {
        for status in Status::ALL {
            let events = given(&[]).by(kind).when(fixtures::import(status)).events();
            let mut order = waybill_domain::Order::default();
            for event in &events {
                order.evolve(event);
            }
            let state = order.state().unwrap();
            assert_eq!(state.status, status);
            assert_eq!(
                state.tracking.as_ref().unwrap().number.as_str(),
                "99.00.123456"
            );
            assert!(state.estimated_delivery.is_some());
        }
    }
}

#[test]
fn no_detail_changes_where_none_is_given() {
    let mut body = fixtures::imported_order_json(Status::Cancelled);
    for absent in ["tracking", "estimated_delivery", "cancel_reason"] {
        body[absent] = Value::Null;
    }
    let import = ImportedOrder::parse(body).unwrap();
    let other = OrderEvent::Cancelled(Cancelled {
        from: Status::Pending,
        reason: CancelReason::Other,
        personal: None,
    });
    given(&[])
        .when(import.numbered(fixtures::order_number(1)))
        .then(&[created(), other]);
}

#[test]
fn an_order_is_imported_once_and_by_no_customer() {
    after(&[fixtures::import(Status::Shipped).into()])
        .when(fixtures::import(Status::Shipped))
        .refused(OrderError::AlreadyExists);
    given(&[])
        .by(ActorKind::Customer)
        .customers_may_create()
        .when(fixtures::import(Status::Pending))
        .refused(OrderError::Forbidden {
            action: "import orders",
        });
}

#[test]
fn what_holds_for_placing_an_order_holds_for_importing_it() {
    let import = |pointer: &str, value: Value| {
        let body = with(
            fixtures::imported_order_json(Status::Shipped),
            pointer,
            value,
        );
        let import = ImportedOrder::parse(body).unwrap();
        given(&[]).when(import.numbered(fixtures::order_number(1)))
    };
    import("/reference", json!("ORD-99"))
        .refused_fields(&[("reference", "must not look like an order number (ORD-…)")]);
    import("/placed_at", json!("2025-02-01T00:00:00Z"))
        .refused_fields(&[("placed_at", "must be at most 24 hours in the future")]);
}

#[test]
fn an_imported_order_needs_what_it_is_recognised_sorted_and_shown_by() {
    let refused = ImportedOrder::parse(json!({ "pricing": fixtures::pricing_json() }));
    let required = ["reference", "placed_at", "customer_id", "status"];
    assert_eq!(
        refused,
        Err(fields(&required.map(|name| (name, "is required"))))
    );
}

#[test]
fn each_field_at_fault_is_named_once() {
    let refused = |pointer: &str, value: Value| {
        let body = fixtures::imported_order_json(Status::Shipped);
        ImportedOrder::parse(with(body, pointer, value)).unwrap_err()
    };
    for (pointer, value, field, detail) in [
        (
            "/reference",
            json!(""),
            "reference",
            "must be between 1 and 64 bytes long",
        ),
        ("/placed_at", json!(7), "placed_at", "must be a string"),
        (
            "/tracking/url",
            json!("http://a.example"),
            "tracking.url",
            "must be an https:// URL without user name and password",
        ),
        (
            "/pricing/total",
            json!(1),
            "pricing.total",
            "must equal items − discount + shipping + tax, which is 6475",
        ),
        (
            "/status",
            json!("paid"),
            "status",
            "must be one of pending, processing, shipped, delivered, cancelled",
        ),
        (
            "/cancel_reason",
            json!("fraud"),
            "cancel_reason",
            "is for cancelled orders only",
        ),
        ("/cancel_reason", json!("bored"), "cancel_reason", ""),
        (
            "/shipped_at",
            json!("2025-01-01T00:00:00Z"),
            "shipped_at",
            "is not a known field",
        ),
    ] {
        let errors = refused(pointer, value).errors;
        assert!(
            errors.iter().all(|error| error.field == field),
            "{errors:?}"
        );
        if !detail.is_empty() {
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert_eq!(errors[0].detail, detail);
        }
    }
}

#[test]
fn the_way_to_a_status_is_the_shortest_that_is_allowed() {
    use Status::{Cancelled, Delivered, Pending, Processing, Shipped};
    let system = |from, to| status::steps(from, to, ActorKind::System);
    assert_eq!(system(Pending, Pending), Some(vec![]));
    assert_eq!(
        system(Pending, Delivered),
        Some(vec![Processing, Shipped, Delivered])
    );
    assert_eq!(system(Pending, Cancelled), Some(vec![Cancelled]));
    assert_eq!(system(Shipped, Pending), None);
    assert_eq!(system(Shipped, Cancelled), None);
    // Staff may skip a step.
    let staff = status::steps(Pending, Delivered, ActorKind::Staff);
    assert_eq!(staff.map(|way| way.len()), Some(2));
    let customer = status::steps(Pending, Shipped, ActorKind::Customer);
    assert_eq!(customer, None);
}
