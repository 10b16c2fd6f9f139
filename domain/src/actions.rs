//! What a caller may do with an order as it stands. Read from the same two tables as the
//! decision.

use serde::Serialize;

use crate::actor::ActorKind;
use crate::details::DetailField;
use crate::order::Order;
use crate::status::{Status, ways_from};

/// One thing that a caller may do with an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum AllowedAction {
    /// Move it along.
    ChangeStatus {
        /// Where to.
        to: Status,
    },
    /// Call it off.
    Cancel,
    /// Change details.
    Update {
        /// Which.
        fields: Vec<DetailField>,
    },
}

/// What this kind of caller may do with the order; of a customer it is taken that the
/// order is his. Empty until the order is placed.
#[must_use]
pub fn allowed_actions(order: &Order, by: ActorKind) -> Vec<AllowedAction> {
    order
        .status()
        .map_or_else(Vec::new, |status| in_status(status, by))
}

pub(crate) fn in_status(status: Status, by: ActorKind) -> Vec<AllowedAction> {
    let mut actions: Vec<AllowedAction> = ways_from(status, by)
        .map(|to| match to {
            Status::Cancelled => AllowedAction::Cancel,
            to => AllowedAction::ChangeStatus { to },
        })
        .collect();
    let fields: Vec<DetailField> = DetailField::ALL
        .into_iter()
        .filter(|field| field.editable_in(by).contains(&status))
        .collect();
    if !fields.is_empty() {
        actions.push(AllowedAction::Update { fields });
    }
    actions
}
