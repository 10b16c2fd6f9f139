//! Why a command was refused.
//!
//! Every refusal is the caller's to act on: none stands for a failure of ours, and none
//! carries anything that the caller may not see. Whoever speaks HTTP gives each a status.

use crate::actions::AllowedAction;
use crate::details::DetailField;
use crate::fields::InvalidFields;
use crate::status::Status;

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// `Create` for an order that is there already.
    #[error("the order exists already")]
    AlreadyExists,
    /// There is no such order.
    #[error("there is no such order")]
    NotFound,
    /// There is such an order, but it is another customer's. Same code and same words as
    /// for an order that does not exist, so that it cannot be told from one.
    #[error("there is no such order")]
    NotYours,
    /// This kind of caller may never do that.
    #[error("the caller may not {action}")]
    Forbidden {
        /// What he may not do, as in "place orders".
        action: &'static str,
    },
    /// No way leads from the order's status to the one asked for, or not for this caller.
    #[error("an order cannot go from {from} to {to}")]
    IllegalTransition {
        /// The order's status.
        from: Status,
        /// The status asked for.
        to: Status,
        /// What the caller may do instead.
        allowed: Vec<AllowedAction>,
    },
    /// `ChangeStatus` to `cancelled`, which is `Cancel`'s to do, because it takes a reason.
    #[error("an order is cancelled by the cancel command, which takes a reason")]
    UseCancel {
        /// What the caller may do instead.
        allowed: Vec<AllowedAction>,
    },
    /// The order is delivered or cancelled, and this detail is settled with it.
    #[error("{} cannot be changed once an order is {status}", .field.as_str())]
    OrderFinal {
        /// The detail.
        field: DetailField,
        /// The order's status.
        status: Status,
        /// What the caller may do instead.
        allowed: Vec<AllowedAction>,
    },
    /// The detail cannot be changed any more by this caller while the order has this
    /// status.
    #[error("{} cannot be changed while an order is {status}", .field.as_str())]
    FieldLocked {
        /// The detail.
        field: DetailField,
        /// The order's status.
        status: Status,
        /// What the caller may do instead.
        allowed: Vec<AllowedAction>,
    },
    /// Fields of the command are out of bounds.
    #[error(transparent)]
    InvalidFields(#[from] InvalidFields),
}

impl OrderError {
    /// A stable name for the refusal, for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AlreadyExists => "already_exists",
            Self::NotFound | Self::NotYours => "not_found",
            Self::Forbidden { .. } => "forbidden",
            Self::IllegalTransition { .. } => "illegal_transition",
            Self::UseCancel { .. } => "use_cancel",
            Self::OrderFinal { .. } => "order_final",
            Self::FieldLocked { .. } => "field_locked",
            Self::InvalidFields(_) => "invalid_fields",
        }
    }

    /// What the caller may do instead, where that depends on how the order stands.
    #[must_use]
    pub fn allowed_actions(&self) -> Option<&[AllowedAction]> {
        match self {
            Self::IllegalTransition { allowed, .. }
            | Self::UseCancel { allowed }
            | Self::OrderFinal { allowed, .. }
            | Self::FieldLocked { allowed, .. } => Some(allowed),
            Self::AlreadyExists
            | Self::NotFound
            | Self::NotYours
            | Self::Forbidden { .. }
            | Self::InvalidFields(_) => None,
        }
    }
}
