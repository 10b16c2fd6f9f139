//! The caller.

use std::{collections::BTreeSet, fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use waybill_domain::{Actor, ActorKind, Audience, CustomerId};
use waybill_infra::revocations::{AccountCredential, Credential};

/// What a caller may be. Who has no role that is known is a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees and moves his own orders.
    Customer,
    /// All orders, all commands, bulk.
    Staff,
    /// Staff, and operations: rebuilds, parked orders, revocation.
    Admin,
    /// The shop's back end: places and moves orders for any customer.
    Service,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Customer, Self::Staff, Self::Admin, Self::Service];

    /// The name as in tokens.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Staff => "staff",
            Self::Admin => "admin",
            Self::Service => "service",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no [`Role`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not one of customer, staff, admin, service")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(UnknownRole)
    }
}

/// By what a caller was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// `Authorization: Bearer`, or a token in a socket's first frame.
    Bearer,
    /// The `accessToken` cookie of the shop's own log-in.
    AccessTokenCookie,
    /// Waybill's own session cookie.
    SessionCookie,
}

impl CredentialKind {
    /// Whether a browser sends it by itself, so that the page that caused the request must be looked at.
    #[must_use]
    pub fn is_cookie(self) -> bool {
        !matches!(self, Self::Bearer)
    }
}

/// A caller whose credential was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Who he is. Bound like a customer id, because a customer's subject is his customer id.
    pub subject: CustomerId,
    /// Who says so, where the token tells.
    pub issuer: Option<String>,
    /// What he may be; never empty.
    pub roles: BTreeSet<Role>,
    /// The token's id. For a session cookie that of the token which it was given for.
    pub token_id: Option<String>,
    /// The session's id.
    pub session_id: Option<String>,
    /// When the token was issued. For a session cookie that of the token which it was given for.
    pub issued_at: Option<DateTime<Utc>>,
    /// The `exp` of what was shown. Open sockets end then.
    pub expires_at: DateTime<Utc>,
    /// By what he was recognised.
    pub credential: CredentialKind,
}

impl Principal {
    /// Whether he has the role. An admin has that of staff.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role) || (role == Role::Staff && self.roles.contains(&Role::Admin))
    }

    /// Staff or admin.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.has(Role::Staff)
    }

    /// Admin.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.has(Role::Admin)
    }

    /// The shop's back end.
    #[must_use]
    pub fn is_service(&self) -> bool {
        self.has(Role::Service)
    }

    /// Staff, admin or service: may see and move the orders of others.
    #[must_use]
    pub fn sees_all_orders(&self) -> bool {
        self.is_staff() || self.is_service()
    }

    /// On whose behalf he acts. Who is staff and service at once acts as staff.
    #[must_use]
    pub fn actor_kind(&self) -> ActorKind {
        if self.is_staff() {
            ActorKind::Staff
        } else if self.is_service() {
            ActorKind::Service
        } else {
            ActorKind::Customer
        }
    }

    /// Himself, as the log records him.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::new(self.actor_kind(), self.subject.as_str())
    }

    /// How much of an order he may see, if he may see it at all.
    #[must_use]
    pub fn audience(&self) -> Audience {
        self.actor_kind().into()
    }

    /// Whether an order of that customer is his to see.
    #[must_use]
    pub fn may_see_orders_of(&self, customer: &CustomerId) -> bool {
        self.sees_all_orders() || self.subject == *customer
    }

    /// What the set of revocations is asked.
    #[must_use]
    pub fn revocable(&self) -> Credential<'_> {
        Credential::Account(AccountCredential {
            token_id: self.token_id.as_deref(),
            session_id: self.session_id.as_deref(),
            subject: self.subject.as_str(),
            issued_at: self.issued_at,
        })
    }
}
