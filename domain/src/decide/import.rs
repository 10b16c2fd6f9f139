//! Taking over an order from another system.
//!
//! Decided as what has happened to the order there, one step after the other, by the very
//! decisions that those steps have when they are asked for singly. So an imported order is
//! in no way another kind of order, and no event tells of it that others do not.

use super::{DecisionContext, create, transition};
use crate::actor::ActorKind;
use crate::command::{Cancel, ChangeStatus, Import, Standing};
use crate::error::OrderError;
use crate::event::{BeforeAfter, Change, OrderEvent, Updated};
use crate::order::Order;
use crate::status::{Status, steps};

pub(super) fn decide(
    order: &Order,
    command: &Import,
    context: &DecisionContext,
) -> Result<Vec<OrderEvent>, OrderError> {
    let by = context.actor.kind;
    if by == ActorKind::Customer {
        return Err(OrderError::Forbidden {
            action: "import orders",
        });
    }
    let mut so_far = SoFar {
        order: order.clone(),
        events: Vec::new(),
    };
    so_far.add(create::decide(order, &command.create, context)?);
    so_far.add(details(&command.standing));
    let to = command.standing.status;
    // Where no way leads, the step itself is refused, in its own words.
    let way = steps(Status::Pending, to, by).unwrap_or_else(|| vec![to]);
    for next in way {
        let state = so_far.order.state().ok_or(OrderError::NotFound)?;
        let step = if next == Status::Cancelled {
            let cancel = Cancel::because(command.standing.cancel_reason);
            transition::cancel(state, &cancel, by)?
        } else {
            transition::change_status(state, &ChangeStatus::to(next), by)?
        };
        so_far.add(step);
    }
    Ok(so_far.events)
}

struct SoFar {
    order: Order,
    events: Vec<OrderEvent>,
}

impl SoFar {
    fn add(&mut self, events: impl IntoIterator<Item = OrderEvent>) {
        for event in events {
            self.order.evolve(&event);
            self.events.push(event);
        }
    }
}

/// What a new order is not placed with; both can be changed while it is `pending`.
fn details(standing: &Standing) -> Option<OrderEvent> {
    let tracking = standing.tracking.clone().map(|tracking| BeforeAfter {
        before: None,
        after: Some(tracking),
    });
    let delivery = standing.estimated_delivery.map(|date| BeforeAfter {
        before: None,
        after: Some(date),
    });
    let changes: Vec<Change> = tracking
        .map(Change::Tracking)
        .into_iter()
        .chain(delivery.map(Change::EstimatedDelivery))
        .collect();
    (!changes.is_empty()).then(|| {
        OrderEvent::Updated(Box::new(Updated {
            changes,
            personal: None,
        }))
    })
}
