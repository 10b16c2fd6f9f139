//! Whole bodies of requests: how they are read, and how their faults are listed.

use serde_json::{Value, json};
use waybill_domain::{Bulk, Cancel, ChangeStatus, NewOrder, fixtures};

use crate::given::fields;

#[test]
fn a_body_with_many_faults_is_told_each_of_them() {
    let body = json!({
        "customer_id": "",
        "referenz": 1,
        "pricing": { "currency": "EUR", "items": [{ "line_id": "1" }] },
        "shipping_address": "here",
    });
    let expected = fields(&[
        ("customer_id", "must be between 1 and 128 bytes long"),
        ("pricing.items[0].sku", "is required"),
        ("pricing.items[0].title", "is required"),
        ("pricing.items[0].quantity", "is required"),
        ("pricing.items[0].unit_price", "is required"),
        ("pricing.total", "is required"),
        ("shipping_address", "must be an object"),
        ("referenz", "is not a known field"),
    ]);
    assert_eq!(NewOrder::parse(body), Err(expected));
}

#[test]
fn the_list_of_faults_is_bounded() {
    let items = vec![json!({}); 200];
    let body = json!({ "customer_id": "c", "pricing": { "items": items } });
    let refused = NewOrder::parse(body).unwrap_err();
    assert_eq!(refused.errors.len(), 50);
}

#[test]
fn no_body_at_all_is_refused_too() {
    for body in [json!(null), json!([]), json!("x")] {
        assert_eq!(
            NewOrder::parse(body),
            Err(fields(&[("(body)", "must be an object")]))
        );
    }
}

#[test]
fn notes_and_messages_of_a_move_are_bounded() {
    let parse = |name: &str, length: usize| {
        let status = json!({ "to": "shipped", name: "x".repeat(length) });
        let cancel = json!({ "reason": "other", name: "x".repeat(length) });
        let both = (ChangeStatus::parse(status), Cancel::parse(cancel));
        assert_eq!(both.0.is_ok(), both.1.is_ok());
        both.0.is_ok()
    };
    assert!(parse("internal_note", 4000));
    assert!(!parse("internal_note", 4001));
    assert!(parse("message_to_customer", 2000));
    assert!(!parse("message_to_customer", 2001));
}

#[test]
fn a_move_says_where_to_and_may_say_from_which_version() {
    let read = ChangeStatus::parse(json!({ "to": "shipped", "expected_version": 3 })).unwrap();
    assert_eq!(read.expected_version, Some(3));
    assert_eq!(
        ChangeStatus::parse(json!({ "to": "eaten", "expected_version": -3 })),
        Err(fields(&[
            (
                "to",
                "must be one of pending, processing, shipped, delivered, cancelled"
            ),
            ("expected_version", "must be an integer, 0 or more"),
        ]))
    );
    assert_eq!(
        ChangeStatus::parse(json!({ "to": "shipped", "details": { "status": "x" } })),
        Err(fields(&[("details.status", "is not a known field")]))
    );
    assert_eq!(
        Cancel::parse(json!({ "reason": "boredom" })),
        Err(fields(&[(
            "reason",
            "must be one of customer, declined, fraud, inventory, staff, expired, other"
        )]))
    );
}

#[test]
fn a_bulk_request_names_1_to_100_orders_each_once() {
    let rows = |count: u64| {
        let rows: Vec<Value> = (0..count)
            .map(|n| json!({ "order_id": fixtures::order_id(n) }))
            .collect();
        Bulk::<Cancel>::parse(json!({ "orders": rows, "reason": "inventory" }))
    };
    assert_eq!(rows(1).unwrap().rows.len(), 1);
    assert_eq!(rows(100).unwrap().rows.len(), 100);
    for count in [0, 101] {
        let bound = fields(&[("orders", "must hold between 1 and 100 entries")]);
        assert_eq!(rows(count), Err(bound));
    }
    let twice = json!([
        { "order_id": "ORD-10001", "expected_version": 4 },
        { "order_id": "ORD-10001" },
    ]);
    assert_eq!(
        Bulk::<ChangeStatus>::parse(json!({ "orders": twice, "to": "shipped" })),
        Err(fields(&[(
            "orders[1].order_id",
            "must not name an order twice"
        )]))
    );
}
