//! The decision: given an order, a command, and who asks when, which events happen. A
//! pure function; whoever calls it brings the time and the caller, and commits the events.

mod create;
mod import;
mod transition;
mod update;

use crate::actions::{AllowedAction, in_status};
use crate::actor::{Actor, ActorKind};
use crate::command::OrderCommand;
use crate::error::OrderError;
use crate::event::OrderEvent;
use crate::order::{Order, OrderState};
use crate::time::Timestamp;

/// What a decision depends on besides the order and the command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionContext {
    /// Who asks.
    pub actor: Actor,
    /// The time.
    pub now: Timestamp,
    /// What the operator has settled.
    pub policy: Policy,
}

/// What the operator has settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether customers may place orders for themselves. They then name their own
    /// prices, so it is for demos.
    pub allow_customer_create: bool,
}

/// Decides what happens. No events means that the order is as asked for already.
///
/// What the caller is not permitted comes before what the order does not allow, and both
/// before what is out of bounds.
///
/// # Errors
/// See [`OrderError`].
pub fn decide(
    order: &Order,
    command: &OrderCommand,
    context: &DecisionContext,
) -> Result<Vec<OrderEvent>, OrderError> {
    match command {
        OrderCommand::Create(command) => create::decide(order, command, context),
        OrderCommand::Import(command) => import::decide(order, command, context),
        OrderCommand::UpdateDetails(command) => {
            let state = visible(order, &context.actor)?;
            update::decide(state, &command.details, context.actor.kind)
        }
        OrderCommand::ChangeStatus(command) => {
            let state = visible(order, &context.actor)?;
            transition::change_status(state, command, context.actor.kind)
        }
        OrderCommand::Cancel(command) => {
            let state = visible(order, &context.actor)?;
            transition::cancel(state, command, context.actor.kind)
        }
    }
}

/// The order, if it is there and the caller may know so.
fn visible<'a>(order: &'a Order, actor: &Actor) -> Result<&'a OrderState, OrderError> {
    let state = order.state().ok_or(OrderError::NotFound)?;
    if actor.kind == ActorKind::Customer && actor.id != state.customer_id.as_str() {
        return Err(OrderError::NotYours);
    }
    Ok(state)
}

fn allowed(state: &OrderState, by: ActorKind) -> Vec<AllowedAction> {
    in_status(state.status, by)
}
