use serde_json::json;
use waybill_domain::{ActorKind, NewOrder, OrderError, OrderEvent, fixtures};

use crate::given::{after, given, with};

#[test]
fn an_order_is_placed_by_those_who_may() {
    for kind in [ActorKind::Staff, ActorKind::Service, ActorKind::System] {
        let events = given(&[]).by(kind).when(fixtures::create()).events();
        let [OrderEvent::Created(created)] = events.as_slice() else {
            panic!("{events:?}");
        };
        let asked = fixtures::create();
        assert_eq!(created.order_number, asked.order_number);
        assert_eq!(created.reference, asked.order.reference);
        assert_eq!(created.customer_id, asked.order.customer_id);
        assert_eq!(Some(created.placed_at), asked.order.placed_at);
        assert_eq!(created.pricing, asked.order.pricing);
        let personal = created.personal.clone().unwrap();
        assert_eq!(personal.shipping_address, asked.order.shipping_address);
        assert_eq!(personal.notes, asked.order.notes);
        assert_eq!(personal.metadata, asked.order.metadata);
    }
}

#[test]
fn an_order_without_anything_personal_has_no_personal_half() {
    let body = json!({ "customer_id": "c", "pricing": fixtures::pricing_json() });
    let command = NewOrder::parse(body).unwrap();
    let events = given(&[])
        .when(command.numbered(fixtures::order_number(1)))
        .events();
    assert_eq!(events[0].to_stored().personal, None);
}

#[test]
fn an_order_without_a_time_is_placed_now() {
    let mut command = fixtures::create();
    command.order.placed_at = None;
    let events = given(&[]).when(command).events();
    assert!(
        matches!(&events[0], OrderEvent::Created(created) if created.placed_at == fixtures::time(0))
    );
}

#[test]
fn an_order_is_placed_once() {
    after(&[fixtures::create().into()])
        .when(fixtures::create())
        .refused(OrderError::AlreadyExists);
}

#[test]
fn a_customer_places_no_order() {
    given(&[])
        .by(ActorKind::Customer)
        .when(fixtures::create())
        .refused(OrderError::Forbidden {
            action: "place orders",
        });
}

#[test]
fn where_the_operator_lets_them_customers_place_orders_for_themselves() {
    let mut command = fixtures::create();
    command.order.metadata = waybill_domain::Metadata::default();
    let shop = || given(&[]).customers_may_create();
    let events = shop()
        .by(ActorKind::Customer)
        .when(command.clone())
        .events();
    assert_eq!(events.len(), 1);
    shop()
        .by_customer("another")
        .when(command)
        .refused(OrderError::Forbidden {
            action: "place orders for another customer",
        });
    shop()
        .by(ActorKind::Customer)
        .when(fixtures::create())
        .refused(OrderError::Forbidden {
            action: "set metadata",
        });
}

#[test]
fn the_shops_clock_may_be_a_day_ahead_but_not_more() {
    let place = |at: &str| {
        let body = with(fixtures::new_order_json(), "/placed_at", json!(at));
        let order = NewOrder::parse(body).unwrap();
        given(&[]).when(order.numbered(fixtures::order_number(1)))
    };
    assert_eq!(place("2025-01-02T12:00:00Z").events().len(), 1);
    place("2025-01-02T12:00:00.000001Z")
        .refused_fields(&[("placed_at", "must be at most 24 hours in the future")]);
}

#[test]
fn a_reference_that_looks_like_one_of_our_numbers_is_refused() {
    let place = |reference: &str| {
        let body = with(fixtures::new_order_json(), "/reference", json!(reference));
        let order = NewOrder::parse(body).unwrap();
        given(&[]).when(order.numbered(fixtures::order_number(1)))
    };
    place("ORD-99").refused_fields(&[("reference", "must not look like an order number (ORD-…)")]);
    for other in ["WEB-99", "ORD-99a", "ord-99", "ORD-"] {
        assert_eq!(place(other).events().len(), 1);
    }
}
