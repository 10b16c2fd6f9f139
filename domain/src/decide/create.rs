//! Placing an order.

use super::DecisionContext;
use crate::actor::ActorKind;
use crate::command::Create;
use crate::error::OrderError;
use crate::event::{Created, CreatedPersonal, OrderEvent, unless_empty};
use crate::fields::InvalidFields;
use crate::ids::{OrderNumber, Reference};
use crate::order::Order;
use crate::time::Timestamp;

/// How far a shop's clock may be ahead of ours.
const MAX_AHEAD_HOURS: u32 = 24;

pub(super) fn decide(
    order: &Order,
    command: &Create,
    context: &DecisionContext,
) -> Result<Vec<OrderEvent>, OrderError> {
    permitted(command, context)?;
    if order.exists() {
        return Err(OrderError::AlreadyExists);
    }
    let new = &command.order;
    if let Some(reference) = &new.reference {
        not_a_number(reference, &command.order_number)?;
    }
    let placed_at = new.placed_at.unwrap_or(context.now);
    in_time(placed_at, context.now)?;
    let personal = CreatedPersonal {
        shipping_address: new.shipping_address.clone(),
        notes: new.notes.clone(),
        metadata: new.metadata.clone(),
    };
    Ok(vec![OrderEvent::Created(Box::new(Created {
        order_number: command.order_number.clone(),
        reference: new.reference.clone(),
        customer_id: new.customer_id.clone(),
        placed_at,
        pricing: new.pricing.clone(),
        personal: unless_empty(personal),
    }))])
}

fn permitted(command: &Create, context: &DecisionContext) -> Result<(), OrderError> {
    if context.actor.kind != ActorKind::Customer {
        return Ok(());
    }
    if !context.policy.allow_customer_create {
        return Err(OrderError::Forbidden {
            action: "place orders",
        });
    }
    if context.actor.id != command.order.customer_id.as_str() {
        return Err(OrderError::Forbidden {
            action: "place orders for another customer",
        });
    }
    // Metadata is what the shop's systems say to each other.
    if !command.order.metadata.is_empty() {
        return Err(OrderError::Forbidden {
            action: "set metadata",
        });
    }
    Ok(())
}

/// Numbers and references are looked up by the same text. A reference that looks like one
/// of our numbers would be mistaken for that order once the number is drawn.
fn not_a_number(reference: &Reference, ours: &OrderNumber) -> Result<(), InvalidFields> {
    match reference.as_str().parse::<OrderNumber>() {
        Ok(number) if number.prefix() == ours.prefix() => Err(InvalidFields::one(
            "reference",
            format!("must not look like an order number ({}…)", ours.prefix()),
        )),
        _ => Ok(()),
    }
}

fn in_time(placed_at: Timestamp, now: Timestamp) -> Result<(), InvalidFields> {
    if placed_at > now.plus_hours(MAX_AHEAD_HOURS) {
        return Err(InvalidFields::one(
            "placed_at",
            format!("must be at most {MAX_AHEAD_HOURS} hours in the future"),
        ));
    }
    Ok(())
}
