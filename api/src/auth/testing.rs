//! What several tests need.

use chrono::{DateTime, Utc};

use super::{CredentialKind, Principal};

/// A caller with these roles, separated by spaces.
pub(crate) fn principal(subject: &str, roles: &str) -> Principal {
    Principal {
        subject: subject.parse().unwrap(),
        issuer: None,
        roles: roles.split(' ').map(|role| role.parse().unwrap()).collect(),
        token_id: Some("t1".to_owned()),
        session_id: None,
        issued_at: DateTime::from_timestamp(1_700_000_000, 0),
        expires_at: Utc::now() + chrono::TimeDelta::hours(1),
        credential: CredentialKind::Bearer,
    }
}
