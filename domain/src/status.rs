//! The states of an order and the one table of ways between them. The decision, the
//! allowed actions of every caller, the page and the documents all read it from here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::actor::ActorKind;
use crate::fields::{BoundError, from_input_str};

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Placed, not yet worked on.
    Pending,
    /// Being made ready.
    Processing,
    /// Handed to the carrier.
    Shipped,
    /// With the customer. Final.
    Delivered,
    /// Called off. Final.
    Cancelled,
}

impl Status {
    /// Every status, in the order of an order's life.
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Processing,
        Self::Shipped,
        Self::Delivered,
        Self::Cancelled,
    ];

    /// The name as stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether no way leads on from here.
    #[must_use]
    pub fn is_final(self) -> bool {
        !TRANSITIONS.iter().any(|way| way.from == self)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Status {
    type Err = BoundError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| {
                BoundError::new("must be one of pending, processing, shipped, delivered, cancelled")
            })
    }
}

from_input_str!(Status);

/// One way from a status to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The status before.
    pub from: Status,
    /// The status after.
    pub to: Status,
    /// Who may take it.
    pub by: &'static [ActorKind],
}

const STAFF: &[ActorKind] = &[ActorKind::Staff];
const SHOP: &[ActorKind] = &[ActorKind::Staff, ActorKind::Service, ActorKind::System];
const ANYONE: &[ActorKind] = &[
    ActorKind::Customer,
    ActorKind::Staff,
    ActorKind::Service,
    ActorKind::System,
];

const fn way(from: Status, to: Status, by: &'static [ActorKind]) -> Transition {
    Transition { from, to, by }
}

/// Every way that there is. The ways to `cancelled` are taken by `Cancel`, the others by
/// `ChangeStatus`. Only staff may skip a step.
pub const TRANSITIONS: &[Transition] = &[
    way(Status::Pending, Status::Processing, SHOP),
    way(Status::Pending, Status::Shipped, STAFF),
    way(Status::Pending, Status::Cancelled, ANYONE),
    way(Status::Processing, Status::Shipped, SHOP),
    way(Status::Processing, Status::Delivered, STAFF),
    way(Status::Processing, Status::Cancelled, SHOP),
    way(Status::Shipped, Status::Delivered, SHOP),
];

/// The statuses to which this kind of actor may take an order from `from`.
pub fn ways_from(from: Status, by: ActorKind) -> impl Iterator<Item = Status> {
    TRANSITIONS
        .iter()
        .filter(move |way| way.from == from && way.by.contains(&by))
        .map(|way| way.to)
}

/// The shortest way from `from` to `to` of which this kind of actor may take every step: the
/// statuses on it, `to` the last; empty if the order is there already, `None` if none leads
/// there.
#[must_use]
pub fn steps(from: Status, to: Status, by: ActorKind) -> Option<Vec<Status>> {
    if from == to {
        return Some(Vec::new());
    }
    // Ends, because no way of the table leads back.
    ways_from(from, by)
        .filter_map(|next| {
            let rest = steps(next, to, by)?;
            Some([vec![next], rest].concat())
        })
        .min_by_key(Vec::len)
}

/// Whether this kind of actor may take an order from `from` to `to`.
#[must_use]
pub fn may_go(from: Status, to: Status, by: ActorKind) -> bool {
    ways_from(from, by).any(|reached| reached == to)
}
