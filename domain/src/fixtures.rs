//! Ready-made orders, commands and events for tests. Everything is the same on every run;
//! a number given makes ids that differ and sort by it.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Actor, ActorKind, Cancel, CancelReason, ChangeStatus, CommandId, Create, CustomerId,
    DecisionContext, DetailsPatch, Envelope, EventId, FoldedOrder, Import, ImportedOrder, NewOrder,
    Order, OrderEvent, OrderId, OrderNumber, OrderPrefix, Policy, Position, RecordedEvent, Status,
    Timestamp, UpdateDetails, decide,
};

/// The customer of the fixtures' orders.
pub const CUSTOMER: &str = "cust-7";

fn uuid_v7(space: u8, n: u64) -> Uuid {
    let mut random = [space; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(1_735_689_600_000 + n, &random).into_uuid()
}

/// The `n`th order's id.
#[must_use]
pub fn order_id(n: u64) -> OrderId {
    uuid_v7(1, n).into()
}

/// The `n`th event's id.
#[must_use]
pub fn event_id(n: u64) -> EventId {
    uuid_v7(2, n).into()
}

/// The `n`th command's id.
#[must_use]
pub fn command_id(n: u64) -> CommandId {
    uuid_v7(3, n).into()
}

/// The `n`th order's number, `ORD-10001` for the first.
#[must_use]
pub fn order_number(n: u64) -> OrderNumber {
    let prefix: OrderPrefix = valid("ORD-".parse());
    prefix.number(10_000 + n)
}

/// The customer of the fixtures' orders.
#[must_use]
pub fn customer_id() -> CustomerId {
    valid(CUSTOMER.parse())
}

/// Noon on 1 January 2025, `seconds` later.
#[must_use]
pub fn time(seconds: u32) -> Timestamp {
    let noon: Timestamp = valid("2025-01-01T12:00:00Z".parse());
    let later = noon.to_datetime() + chrono::TimeDelta::seconds(i64::from(seconds));
    later.into()
}

/// An actor of the given kind; the customer is the fixtures' own.
#[must_use]
pub fn actor(kind: ActorKind) -> Actor {
    match kind {
        ActorKind::Customer => Actor::new(kind, CUSTOMER),
        _ => Actor::new(kind, format!("{kind}-1")),
    }
}

/// A decision's circumstances: the given kind of actor, noon, nothing special settled.
#[must_use]
pub fn context(kind: ActorKind) -> DecisionContext {
    DecisionContext {
        actor: actor(kind),
        now: time(0),
        policy: Policy::default(),
    }
}

/// Pricing that adds up: two lines, discount, shipping, tax on top; total 6,475 cents.
#[must_use]
pub fn pricing_json() -> Value {
    json!({
        "currency": "EUR",
        "items": [
            { "line_id": "1", "sku": "TEA-250", "title": "Green tea, 250 g",
              "quantity": 2, "unit_price": 1250 },
            { "line_id": "2", "sku": "POT-1", "title": "Teapot",
              "quantity": 1, "unit_price": 3000 },
        ],
        "discount": 500,
        "shipping": 490,
        "tax": 985,
        "tax_included": false,
        "total": 6475,
    })
}

/// An address with every field filled.
#[must_use]
pub fn address_json() -> Value {
    json!({
        "name": "Ada Sample",
        "company": "Sample Works",
        "line1": "Kanalstrasse 12",
        "line2": "2nd floor",
        "city": "Zürich",
        "region": "ZH",
        "postal_code": "8001",
        "country": "CH",
        "phone": "+41 44 555 01 23",
        "email": "ada@example.org",
    })
}

/// The body of an order with every field filled.
#[must_use]
pub fn new_order_json() -> Value {
    json!({
        "reference": "shop-4711",
        "customer_id": CUSTOMER,
        "placed_at": "2025-01-01T11:59:30.5Z",
        "pricing": pricing_json(),
        "shipping_address": address_json(),
        "notes": "Please ring twice.",
        "metadata": { "channel": "web", "campaign": "winter" },
    })
}

/// An order with every field filled.
#[must_use]
pub fn new_order() -> NewOrder {
    valid(NewOrder::parse(new_order_json()))
}

/// The command that places it, under the first number.
#[must_use]
pub fn create() -> Create {
    new_order().numbered(order_number(1))
}

/// An order of another system with every field filled, as it stands there.
#[must_use]
pub fn imported_order_json(status: Status) -> Value {
    let mut body = new_order_json();
    body["status"] = json!(status);
    body["tracking"] = patch_json()["tracking"].clone();
    body["estimated_delivery"] = patch_json()["estimated_delivery"].clone();
    if status == Status::Cancelled {
        body["cancel_reason"] = json!(CancelReason::Declined);
    }
    body
}

/// The command that takes it over, under the first number.
#[must_use]
pub fn import(status: Status) -> Import {
    let order = valid(ImportedOrder::parse(imported_order_json(status)));
    order.numbered(order_number(1))
}

/// A merge patch that changes every detail of [`new_order`].
#[must_use]
pub fn patch_json() -> Value {
    json!({
        "pricing": {
            "items": [
                { "line_id": "1", "sku": "TEA-250", "title": "Green tea, 250 g",
                  "quantity": 2, "unit_price": 1250 },
                { "line_id": "2", "sku": "POT-2", "title": "Blue teapot",
                  "quantity": 1, "unit_price": 3000 },
            ],
            "shipping": 0,
            "total": 5985,
        },
        "shipping_address": { "line1": "Hafenweg 3", "line2": "Rear house", "city": "Horgen" },
        "tracking": { "carrier": "Post", "number": "99.00.123456",
                      "url": "https://post.example/track?n=99.00.123456" },
        "estimated_delivery": "2025-01-04",
        "notes": "Leave it with the neighbour.",
        "metadata": { "campaign": null, "shelf": "B4" },
    })
}

/// The command that applies [`patch_json`].
#[must_use]
pub fn update() -> UpdateDetails {
    valid(UpdateDetails::parse(patch_json()))
}

/// A move with a note and a message.
#[must_use]
pub fn change_status(to: Status) -> ChangeStatus {
    ChangeStatus {
        to,
        details: DetailsPatch::default(),
        internal_note: Some(valid("Checked by hand.".parse())),
        message_to_customer: Some(valid("Thank you for waiting.".parse())),
    }
}

/// A cancellation with a note and a message.
#[must_use]
pub fn cancel() -> Cancel {
    Cancel {
        reason: CancelReason::Inventory,
        internal_note: Some(valid("Shelf was empty.".parse())),
        message_to_customer: Some(valid("We are sorry.".parse())),
    }
}

/// Every event, every field filled: placed, every detail changed, processing, cancelled;
/// and completed, from another order's life.
#[must_use]
pub fn all_events() -> Vec<OrderEvent> {
    let mut story = story(&[
        create().into(),
        update().into(),
        change_status(Status::Processing).into(),
        cancel().into(),
    ]);
    let delivered = self::story(&[
        create().into(),
        change_status(Status::Shipped).into(),
        change_status(Status::Delivered).into(),
    ]);
    story.extend(delivered.into_iter().skip(2));
    story
}

/// The events of commands that staff gives one after another on a new order.
///
/// # Panics
/// If one of them is refused.
#[must_use]
pub fn story(commands: &[crate::OrderCommand]) -> Vec<OrderEvent> {
    let mut order = Order::default();
    let mut story = Vec::new();
    for command in commands {
        let events = valid(decide(&order, command, &context(ActorKind::Staff)));
        for event in &events {
            order.evolve(event);
        }
        story.extend(events);
    }
    story
}

/// The story of an order that has come to this status by the shortest way.
#[must_use]
pub fn in_status(status: Status) -> Vec<OrderEvent> {
    let create = create().into();
    let to = |status| ChangeStatus::to(status).into();
    match status {
        Status::Pending => story(&[create]),
        Status::Processing | Status::Shipped => story(&[create, to(status)]),
        Status::Delivered => story(&[create, to(Status::Shipped), to(status)]),
        Status::Cancelled => story(&[create, Cancel::because(CancelReason::Other).into()]),
    }
}

/// The envelope of the first order's event of this version: position ten times as great,
/// recorded as many seconds after noon.
#[must_use]
pub fn envelope(version: u32) -> Envelope {
    let n = u64::from(version);
    Envelope {
        event_id: event_id(n),
        order_id: order_id(1),
        order_number: order_number(1),
        customer_id: customer_id(),
        version: n,
        position: Position(n * 10),
        recorded_at: time(version),
        actor: actor(ActorKind::Staff),
        command_id: command_id(n),
        correlation_id: "req-1".to_owned(),
        causation_id: Some("import-5".to_owned()),
    }
}

/// The events with envelopes, versions from 1.
#[must_use]
pub fn recorded(events: Vec<OrderEvent>) -> Vec<RecordedEvent> {
    (1..)
        .zip(events)
        .map(|(version, event)| RecordedEvent {
            envelope: envelope(version),
            event,
        })
        .collect()
}

/// The order that these events fold to.
#[must_use]
pub fn folded(events: Vec<OrderEvent>) -> FoldedOrder {
    let mut folded = FoldedOrder::new(order_id(1));
    for RecordedEvent { envelope, event } in recorded(events) {
        folded.apply(&envelope, &event);
    }
    folded
}

/// Fixtures are valid; if one is not, the test that uses it has nothing to stand on.
fn valid<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    result.expect("a valid fixture")
}
