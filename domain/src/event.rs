//! What has happened to an order.
//!
//! Every event is in two halves. What can identify a person or is free text lives in
//! `personal`, which the log keeps apart and may have lost (a customer's key was
//! shredded); the rest is enough to fold the order.

mod kind;
mod personal;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::command::CancelReason;
use crate::details::DetailField;
use crate::ids::{CustomerId, OrderNumber, Reference};
use crate::pricing::Pricing;
use crate::status::Status;
use crate::time::Timestamp;
use crate::tracking::Tracking;

pub use kind::{EventKind, UnknownEventKind};
pub(crate) use personal::unless_empty;
pub use personal::{CreatedPersonal, TransitionPersonal, UpdatedPersonal};

/// Something that has happened to an order.
///
/// Written with its variant's name outside (`{"Created": {…}}`), which is also the form
/// of the stored payload. The stored names and versions are those of [`EventKind`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderEvent {
    /// It was placed.
    Created(Box<Created>),
    /// Details of it changed.
    Updated(Box<Updated>),
    /// It moved along, but not to an end.
    StatusChanged(StatusChanged),
    /// It was called off.
    Cancelled(Cancelled),
    /// It was delivered.
    Completed(Completed),
}

impl OrderEvent {
    /// Which of the five it is.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Created(_) => EventKind::Created,
            Self::Updated(_) => EventKind::Updated,
            Self::StatusChanged(_) => EventKind::StatusChanged,
            Self::Cancelled(_) => EventKind::Cancelled,
            Self::Completed(_) => EventKind::Completed,
        }
    }
}

/// An order was placed. Its status is `pending`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// Its number.
    pub order_number: OrderNumber,
    /// The shop's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// When it was placed, by the shop's word.
    pub placed_at: Timestamp,
    /// What it costs.
    pub pricing: Pricing,
    /// What may be forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<CreatedPersonal>,
}

/// Details of an order changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Updated {
    /// What changed; at least one entry, at most one of each kind.
    pub changes: Vec<Change>,
    /// What may be forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<UpdatedPersonal>,
}

/// A value before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeforeAfter<T> {
    /// What it was.
    pub before: T,
    /// What it is now.
    pub after: T,
}

/// One kind of change. Where the content is personal, only the kind is told here and the
/// rest in [`UpdatedPersonal`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// What it costs.
    Pricing(Box<BeforeAfter<Pricing>>),
    /// Where it goes.
    ShippingAddress,
    /// How it can be followed.
    Tracking(BeforeAfter<Option<Tracking>>),
    /// When it should arrive.
    EstimatedDelivery(BeforeAfter<Option<NaiveDate>>),
    /// What the customer asked for.
    Notes,
    /// What the shop's systems noted.
    Metadata,
}

impl Change {
    /// The detail that changed.
    #[must_use]
    pub fn field(&self) -> DetailField {
        match self {
            Self::Pricing(_) => DetailField::Pricing,
            Self::ShippingAddress => DetailField::ShippingAddress,
            Self::Tracking(_) => DetailField::Tracking,
            Self::EstimatedDelivery(_) => DetailField::EstimatedDelivery,
            Self::Notes => DetailField::Notes,
            Self::Metadata => DetailField::Metadata,
        }
    }
}

/// An order moved along, but neither to `delivered` nor to `cancelled`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusChanged {
    /// The status before.
    pub from: Status,
    /// The status after.
    pub to: Status,
    /// What may be forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<TransitionPersonal>,
}

/// An order was called off. Is the transition: no `StatusChanged` comes beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    /// The status before.
    pub from: Status,
    /// Why.
    pub reason: CancelReason,
    /// What may be forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<TransitionPersonal>,
}

/// An order was delivered. Is the transition: no `StatusChanged` comes beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completed {
    /// The status before.
    pub from: Status,
    /// What may be forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<TransitionPersonal>,
}
