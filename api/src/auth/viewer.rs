//! Who looks at orders: somebody with an account, or the holder of a tracking link.
//!
//! Whatever shows one order to a guest takes a [`Viewer`]. Everything else takes a [`Principal`], whose
//! extractor refuses guests, so that what forgets about them is closed to them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use waybill_domain::{Audience, CustomerId, OrderId};
use waybill_infra::revocations::Credential;

use super::{CredentialKind, Principal};

/// What a tracking link lets its holder see: one order, as guests see orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackingPass {
    /// The order.
    pub order_id: OrderId,
    /// The link's own id, drawn at random.
    pub link_id: String,
    /// When it was issued, to the microsecond: a revocation concerns what was issued up to its time.
    pub issued_at: DateTime<Utc>,
    /// When it ends. Open sockets end then.
    pub expires_at: DateTime<Utc>,
}

/// Whoever may see orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// Somebody with an account.
    Account(Principal),
    /// The holder of a tracking link.
    Guest(TrackingPass),
}

impl Viewer {
    /// The account, unless it is a guest.
    #[must_use]
    pub fn account(&self) -> Option<&Principal> {
        match self {
            Self::Account(principal) => Some(principal),
            Self::Guest(_) => None,
        }
    }

    /// How much of an order he may see, if he may see it at all.
    #[must_use]
    pub fn audience(&self) -> Audience {
        match self {
            Self::Account(principal) => principal.audience(),
            Self::Guest(_) => Audience::Guest,
        }
    }

    /// Whether this order, which is that customer's, is his to see.
    #[must_use]
    pub fn may_see(&self, order: OrderId, customer: &CustomerId) -> bool {
        match self {
            Self::Account(principal) => principal.may_see_orders_of(customer),
            Self::Guest(pass) => pass.order_id == order,
        }
    }

    /// By what he was recognised. A tracking link is always shown, never sent by the browser itself.
    #[must_use]
    pub fn credential(&self) -> CredentialKind {
        match self {
            Self::Account(principal) => principal.credential,
            Self::Guest(_) => CredentialKind::Bearer,
        }
    }

    /// When what he showed ends. Open sockets end then.
    #[must_use]
    pub fn expires_at(&self) -> DateTime<Utc> {
        match self {
            Self::Account(principal) => principal.expires_at,
            Self::Guest(pass) => pass.expires_at,
        }
    }

    /// How long it still lasts; nothing if it has ended.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        (self.expires_at() - Utc::now())
            .to_std()
            .unwrap_or_default()
    }

    /// What the set of revocations is asked.
    #[must_use]
    pub fn revocable(&self) -> Credential<'_> {
        match self {
            Self::Account(principal) => principal.revocable(),
            Self::Guest(pass) => Credential::Link {
                order_id: pass.order_id,
                issued_at: pass.issued_at,
            },
        }
    }

    /// What he is called on the wire: an account's subject, or the order that a guest follows.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Account(principal) => principal.subject.to_string(),
            Self::Guest(pass) => format!("order:{}", pass.order_id),
        }
    }

    /// His roles as they are called on the wire.
    #[must_use]
    pub fn roles(&self) -> Vec<&'static str> {
        match self {
            Self::Account(principal) => principal.roles.iter().map(|role| role.as_str()).collect(),
            Self::Guest(_) => vec!["guest"],
        }
    }

    /// Whether a fresh credential is for the same subject, or for the same order.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Account(one), Self::Account(other)) => one.subject == other.subject,
            (Self::Guest(one), Self::Guest(other)) => one.order_id == other.order_id,
            (Self::Account(_), Self::Guest(_)) | (Self::Guest(_), Self::Account(_)) => false,
        }
    }
}

impl From<Principal> for Viewer {
    fn from(principal: Principal) -> Self {
        Self::Account(principal)
    }
}
