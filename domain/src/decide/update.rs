//! Changing details.

use super::allowed;
use crate::actor::ActorKind;
use crate::details::{DetailField, DetailsPatch};
use crate::error::OrderError;
use crate::event::{OrderEvent, Updated, unless_empty};
use crate::order::OrderState;

pub(super) fn decide(
    state: &OrderState,
    patch: &DetailsPatch,
    by: ActorKind,
) -> Result<Vec<OrderEvent>, OrderError> {
    // Judged by what the patch names, not by what it would change: "nothing changed" would
    // tell a customer that he guessed a field which he may not see.
    if patch.fields().any(|field| field.editable_in(by).is_empty()) {
        return Err(OrderError::Forbidden {
            action: "change other details than the shipping address",
        });
    }
    let changes = patch.changes(state)?;
    if changes.list.is_empty() {
        return Ok(Vec::new());
    }
    for change in &changes.list {
        unlocked(state, change.field(), by)?;
    }
    Ok(vec![OrderEvent::Updated(Box::new(Updated {
        changes: changes.list,
        personal: unless_empty(changes.personal),
    }))])
}

fn unlocked(state: &OrderState, field: DetailField, by: ActorKind) -> Result<(), OrderError> {
    let status = state.status;
    if field.editable_in(by).contains(&status) {
        return Ok(());
    }
    let allowed = allowed(state, by);
    Err(if status.is_final() {
        OrderError::OrderFinal {
            field,
            status,
            allowed,
        }
    } else {
        OrderError::FieldLocked {
            field,
            status,
            allowed,
        }
    })
}
