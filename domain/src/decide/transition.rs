//! Moving an order along, and calling it off.

use super::{allowed, update};
use crate::actor::ActorKind;
use crate::command::{Cancel, CancelReason, ChangeStatus};
use crate::error::OrderError;
use crate::event::{
    Cancelled, Completed, OrderEvent, StatusChanged, TransitionPersonal, unless_empty,
};
use crate::fields::InvalidFields;
use crate::order::OrderState;
use crate::status::{Status, may_go};

pub(super) fn change_status(
    state: &OrderState,
    command: &ChangeStatus,
    by: ActorKind,
) -> Result<Vec<OrderEvent>, OrderError> {
    if by == ActorKind::Customer {
        return Err(OrderError::Forbidden {
            action: "change an order's status",
        });
    }
    let (from, to) = (state.status, command.to);
    if from == to {
        // Nothing happens, so there is nothing that a note or message could go with.
        return details(state, command, by);
    }
    if to == Status::Cancelled {
        let allowed = allowed(state, by);
        return Err(OrderError::UseCancel { allowed });
    }
    passable(state, to, by)?;
    let mut events = details(state, command, by)?;
    let personal = unless_empty(TransitionPersonal {
        message_to_customer: command.message_to_customer.clone(),
        internal_note: command.internal_note.clone(),
    });
    events.push(if to == Status::Delivered {
        OrderEvent::Completed(Completed { from, personal })
    } else {
        OrderEvent::StatusChanged(StatusChanged { from, to, personal })
    });
    Ok(events)
}

fn details(
    state: &OrderState,
    command: &ChangeStatus,
    by: ActorKind,
) -> Result<Vec<OrderEvent>, OrderError> {
    update::decide(state, &command.details, by).map_err(|error| match error {
        OrderError::InvalidFields(faults) => faults.below("details").into(),
        other => other,
    })
}

pub(super) fn cancel(
    state: &OrderState,
    command: &Cancel,
    by: ActorKind,
) -> Result<Vec<OrderEvent>, OrderError> {
    if by == ActorKind::Customer {
        within_customers_rights(command)?;
    }
    let from = state.status;
    if from == Status::Cancelled {
        return Ok(Vec::new());
    }
    passable(state, Status::Cancelled, by)?;
    let personal = unless_empty(TransitionPersonal {
        message_to_customer: command.message_to_customer.clone(),
        internal_note: command.internal_note.clone(),
    });
    Ok(vec![OrderEvent::Cancelled(Cancelled {
        from,
        reason: command.reason,
        personal,
    })])
}

/// A customer cannot write what is the shop's to say: its notes, its messages to him, or
/// that his order was fraudulent.
fn within_customers_rights(command: &Cancel) -> Result<(), OrderError> {
    if command.internal_note.is_some() || command.message_to_customer.is_some() {
        return Err(OrderError::Forbidden {
            action: "write internal notes or messages to customers",
        });
    }
    match command.reason {
        CancelReason::Customer | CancelReason::Other => Ok(()),
        CancelReason::Declined
        | CancelReason::Fraud
        | CancelReason::Inventory
        | CancelReason::Staff
        | CancelReason::Expired => {
            let detail = "must be customer or other when a customer cancels";
            Err(InvalidFields::one("reason", detail).into())
        }
    }
}

fn passable(state: &OrderState, to: Status, by: ActorKind) -> Result<(), OrderError> {
    if may_go(state.status, to, by) {
        return Ok(());
    }
    Err(OrderError::IllegalTransition {
        from: state.status,
        to,
        allowed: allowed(state, by),
    })
}
