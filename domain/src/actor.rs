//! Who acts, and who looks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// On whose behalf a command is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A customer, for his own orders.
    Customer,
    /// The shop's people, administrators included.
    Staff,
    /// The shop's back end.
    Service,
    /// Waybill itself: its demo orders, and what its operator imports. May do what a service may.
    System,
}

impl ActorKind {
    /// The name as stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Staff => "staff",
            Self::Service => "service",
            Self::System => "system",
        }
    }
}

impl fmt::Display for ActorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no [`ActorKind`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one of customer, staff, service, system")]
pub struct UnknownActorKind;

impl FromStr for ActorKind {
    type Err = UnknownActorKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Customer, Self::Staff, Self::Service, Self::System]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownActorKind)
    }
}

/// Who gave a command.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// On whose behalf.
    pub kind: ActorKind,
    /// The subject of his token; for a customer his `CustomerId`.
    pub id: String,
}

impl Actor {
    /// An actor of the given kind and id.
    pub fn new(kind: ActorKind, id: impl Into<String>) -> Self {
        Self {
            kind,
            id: id.into(),
        }
    }
}

/// Who looks at an order, from the one who may see least to the one who may see all:
/// whoever is greater sees everything that a lesser one sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The holder of a tracking link.
    Guest,
    /// The customer whose order it is.
    Customer,
    /// Staff and services.
    Staff,
}

impl Audience {
    /// Every audience, least first.
    pub const ALL: [Self; 3] = [Self::Guest, Self::Customer, Self::Staff];

    /// The name as sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Customer => "customer",
            Self::Staff => "staff",
        }
    }
}

impl From<ActorKind> for Audience {
    fn from(kind: ActorKind) -> Self {
        match kind {
            ActorKind::Customer => Self::Customer,
            ActorKind::Staff | ActorKind::Service | ActorKind::System => Self::Staff,
        }
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
