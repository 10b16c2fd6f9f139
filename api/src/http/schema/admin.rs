//! Who one is, sessions, and operations.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;

/// Who the caller is to this service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"subject": "cust-7", "roles": ["customer"], "audience": "customer", "credential": "bearer", "expires_at": "2026-01-01T12:00:00Z"}))]
pub struct Me {
    /// His subject; a customer's is his customer id.
    pub subject: String,
    /// `customer`, `staff`, `admin`, `service`.
    #[schema(value_type = Vec<String>)]
    pub roles: BTreeSet<&'static str>,
    /// How much of an order he sees: `customer` or `staff`.
    pub audience: &'static str,
    /// Who vouches for him.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// By what he was recognised: `bearer`, `access_token_cookie` or `session_cookie`.
    pub credential: &'static str,
    /// His session, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// When that ends.
    #[schema(format = "date-time", value_type = String)]
    pub expires_at: chrono::DateTime<chrono::Utc>,
}

/// A session that was begun. The cookie itself is in `Set-Cookie`.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewSession {
    /// By this it can be revoked.
    pub session_id: String,
    /// When it ends: not after the token that it was given for.
    #[schema(format = "date-time", value_type = String)]
    pub expires_at: chrono::DateTime<chrono::Utc>,
}

/// What a revocation is about.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevocationKind {
    /// One token, by its id (`jti`), and every session that was begun with it.
    Token,
    /// One session, by its id.
    Session,
    /// Whatever was issued to a subject up to now.
    Subject,
}

/// Something that was taken back.
#[derive(Debug, Serialize, ToSchema)]
pub struct Revocation {
    /// Its number, in the order in which they were made.
    pub id: i64,
    /// What it is about.
    pub kind: RevocationKind,
    /// The token's id, the session's id, or the subject.
    pub value: String,
    /// When it was made.
    #[schema(format = "date-time")]
    pub revoked_at: String,
    /// When it is forgotten, because nothing that it concerns can live any more.
    #[schema(format = "date-time")]
    pub expires_at: String,
    /// Why.
    #[schema(required)]
    pub reason: Option<String>,
    /// The subject of whoever made it.
    pub by: String,
}

/// A page of revocations.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevocationPage {
    /// Newest first.
    pub data: Vec<Revocation>,
    /// Give it as `page_cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}
