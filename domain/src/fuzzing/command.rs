//! Bodies of commands, and the decisions on them, one after another on one order.

use serde_json::Value;

use super::event::{ID, envelope, holds, shown};
use super::{bounds, json};
use crate::actions::{AllowedAction, allowed_actions};
use crate::actor::{Actor, ActorKind};
use crate::command::{
    Bulk, Cancel, ChangeStatus, Import, ImportedOrder, NewOrder, OrderCommand, UpdateDetails,
};
use crate::decide::{DecisionContext, Policy, decide};
use crate::error::OrderError;
use crate::event::OrderEvent;
use crate::fields::InvalidFields;
use crate::folded::FoldedOrder;
use crate::ids::{OrderId, OrderNumber};
use crate::order::Order;
use crate::status::Status;
use crate::time::Timestamp;

/// Whose orders they are, if the body says so.
pub(super) const CUSTOMER: &str = "cust-7";
/// Commands that are tried on one order.
const MAX_COMMANDS: usize = 16;
/// Most faults that a refusal lists.
const MAX_FAULTS: usize = 50;

/// The number under which orders are placed.
pub(super) fn number() -> OrderNumber {
    "ORD-10001".parse().expect("an order number")
}

/// Gives commands to one order, one a line: who asks, for what, and the body, with blanks between them, such as
/// `staff status {"to":"shipped"}`.
///
/// # Panics
/// If what is accepted is out of bounds or not what it is once it was read again, if a decision contradicts what it
/// said would be allowed, or if what it decided cannot be kept, folded and shown.
pub fn command(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut order = FoldedOrder::new(OrderId::from(ID));
    for line in text.lines().take(MAX_COMMANDS) {
        let mut words = line.splitn(3, ' ');
        let (Some(who), Some(what), Some(body)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let Ok(body) = serde_json::from_str(body) else {
            continue;
        };
        if let Some((context, command)) = context(who).zip(read(what, body)) {
            give(&mut order, &command, &context);
        }
    }
}

fn context(who: &str) -> Option<DecisionContext> {
    let actor = match who {
        "another" => Actor::new(ActorKind::Customer, "another"),
        who => Actor::new(who.parse().ok()?, CUSTOMER),
    };
    Some(DecisionContext {
        actor,
        now: "2025-01-01T12:00:00Z".parse().expect("a time"),
        policy: Policy {
            allow_customer_create: true,
        },
    })
}

/// Reads a body, and checks what was made of it.
fn read(what: &str, body: Value) -> Option<OrderCommand> {
    match what {
        "create" => {
            let order = accepted(NewOrder::parse(body))?;
            bounds::order(&order);
            let again = NewOrder::parse(bounds::body_of(&order));
            assert_eq!(
                again.as_ref(),
                Ok(&order),
                "an order is read as it was read"
            );
            Some(order.numbered(number()).into())
        }
        "import" => {
            let import = accepted(ImportedOrder::parse(body))?.numbered(number());
            bounds::order(&import.create.order);
            assert_eq!(import_again(&import).as_ref(), Ok(&import));
            Some(import.into())
        }
        "update" => accepted(UpdateDetails::parse(body)).map(Into::into),
        "status" => {
            let command = accepted(ChangeStatus::parse(body))?.command;
            bounds::words(
                command.internal_note.as_ref(),
                command.message_to_customer.as_ref(),
            );
            Some(command.into())
        }
        "cancel" => {
            let command = accepted(Cancel::parse(body))?.command;
            bounds::words(
                command.internal_note.as_ref(),
                command.message_to_customer.as_ref(),
            );
            Some(command.into())
        }
        "bulk-status" => {
            let bulk = accepted(Bulk::<ChangeStatus>::parse(body))?;
            bounds::rows(&bulk.rows);
            Some(bulk.command.into())
        }
        "bulk-cancel" => {
            let bulk = accepted(Bulk::<Cancel>::parse(body))?;
            bounds::rows(&bulk.rows);
            Some(bulk.command.into())
        }
        _ => None,
    }
}

fn import_again(import: &Import) -> Result<Import, InvalidFields> {
    let mut body = bounds::body_of(&import.create.order);
    let standing = &import.standing;
    body["status"] = json(&standing.status);
    body["tracking"] = json(&standing.tracking);
    body["estimated_delivery"] = json(&standing.estimated_delivery);
    if standing.status == Status::Cancelled {
        body["cancel_reason"] = json(&standing.cancel_reason);
    }
    ImportedOrder::parse(body).map(|order| order.numbered(number()))
}

/// What was read, or nothing once the refusal was found to be in order.
fn accepted<T>(read: Result<T, InvalidFields>) -> Option<T> {
    read.map_err(|refused| bounds_of_refusal(&refused)).ok()
}

fn bounds_of_refusal(refused: &InvalidFields) {
    assert!((1..=MAX_FAULTS).contains(&refused.errors.len()));
    for fault in &refused.errors {
        assert!(!fault.field.is_empty() && !fault.detail.is_empty());
    }
}

fn give(order: &mut FoldedOrder, command: &OrderCommand, context: &DecisionContext) {
    let by = context.actor.kind;
    let before = order.order.clone();
    let events = match decide(&before, command, context) {
        Ok(events) => events,
        Err(refusal) => {
            if let OrderError::InvalidFields(refused) = &refusal {
                bounds_of_refusal(refused);
            }
            if let Some(allowed) = refusal.allowed_actions() {
                assert_eq!(allowed, allowed_actions(&before, by));
            }
            return;
        }
    };
    if let Some(state) = before.state() {
        let his = state.customer_id.as_str() == context.actor.id;
        assert!(by != ActorKind::Customer || his, "another customer's order");
    }
    for event in &events {
        holds(event);
        let from = order.order.status();
        order.apply(&envelope(order.version + 1), event);
        steps_as_it_may(from, event, order.order.status(), by);
        shown(order);
    }
    let placing = command.placing().is_some();
    assert!(!placing || (!before.exists() && !events.is_empty()));
    if !placing {
        let again = decide(&order.order, command, context);
        assert_eq!(again, Ok(Vec::new()), "asked for again, nothing happens");
    }
    stands_within_bounds(&order.order, context.now);
    keeps_its_word(&order.order, context);
}

/// The ways between statuses, written down a second time: from, to, and whether a service may take it.
const WAYS: [(Status, Status, bool); 7] = [
    (Status::Pending, Status::Processing, true),
    (Status::Pending, Status::Shipped, false),
    (Status::Pending, Status::Cancelled, true),
    (Status::Processing, Status::Shipped, true),
    (Status::Processing, Status::Delivered, false),
    (Status::Processing, Status::Cancelled, true),
    (Status::Shipped, Status::Delivered, true),
];

fn steps_as_it_may(from: Option<Status>, event: &OrderEvent, to: Option<Status>, by: ActorKind) {
    let moves = !matches!(event, OrderEvent::Created(_) | OrderEvent::Updated(_));
    if !moves {
        assert!(from == to || (from.is_none() && to == Some(Status::Pending)));
        return;
    }
    let way = WAYS
        .iter()
        .find(|way| (Some(way.0), Some(way.1)) == (from, to));
    let permitted = way.is_some_and(|way| match by {
        ActorKind::Staff => true,
        ActorKind::Service | ActorKind::System => way.2,
        ActorKind::Customer => (way.0, way.1) == (Status::Pending, Status::Cancelled),
    });
    assert!(permitted, "{by} took an order from {from:?} to {to:?}");
}

/// Whatever led to it, an order's details are such as could be asked for.
fn stands_within_bounds(order: &Order, now: Timestamp) {
    let Some(state) = order.state() else { return };
    let as_new = NewOrder {
        reference: state.reference.clone(),
        customer_id: state.customer_id.clone(),
        placed_at: Some(state.placed_at),
        pricing: state.pricing.clone(),
        shipping_address: state.shipping_address.clone(),
        notes: state.notes.clone(),
        metadata: state.metadata.clone(),
    };
    bounds::order(&as_new);
    assert!(state.placed_at <= now.plus_hours(24));
    // Patched with what it is, it stays as it is: merging, reading and comparing agree.
    let same = UpdateDetails::parse(order.editable()).expect("details by their names");
    let staff = DecisionContext {
        actor: Actor::new(ActorKind::Staff, "staff"),
        now,
        policy: Policy::default(),
    };
    assert_eq!(decide(order, &same.into(), &staff), Ok(Vec::new()));
}

/// What a caller is told he may do is what he may do.
fn keeps_its_word(order: &Order, context: &DecisionContext) {
    let allowed = allowed_actions(order, context.actor.kind);
    for to in Status::ALL {
        let said = allowed.contains(&AllowedAction::ChangeStatus { to });
        let asked = decide(order, &ChangeStatus::to(to).into(), context);
        let moved = asked.is_ok_and(|events| !events.is_empty());
        assert_eq!(said, moved, "{to} by {}", context.actor.kind);
    }
}
