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

/// A rebuild, running or past.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rebuild {
    /// Whether it runs now.
    pub running: bool,
    /// What it is at.
    #[schema(required)]
    pub phase: Option<String>,
    /// Events done.
    pub done: u64,
    /// Events to do.
    pub total: u64,
    /// When it began.
    #[schema(format = "date-time")]
    pub started_at: String,
    /// When it ended.
    #[schema(format = "date-time", required)]
    pub finished_at: Option<String>,
    /// How it ended, in words.
    #[schema(required)]
    pub outcome: Option<String>,
}

/// How a read model is doing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Projection {
    /// Its name.
    pub name: String,
    /// It reflects the log up to here.
    pub position: u64,
    /// The log reaches up to here.
    pub head: u64,
    /// Events that it is behind.
    pub lag_events: u64,
    /// For how long the oldest of them has been waiting.
    pub lag_seconds: f64,
    /// Orders that it could not follow.
    pub parked: u64,
    /// Why it goes no further, if it has stopped.
    #[schema(required)]
    pub stopped_because: Option<String>,
    /// When it last moved.
    #[schema(format = "date-time")]
    pub updated_at: String,
    /// The last rebuild.
    #[schema(required)]
    pub rebuild: Option<Rebuild>,
}

/// All read models.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectionPage {
    /// One each.
    pub data: Vec<Projection>,
    /// Always null: they are few.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// An order that a read model could not follow.
#[derive(Debug, Serialize, ToSchema)]
pub struct Parked {
    /// The read model.
    pub projection: String,
    /// The order.
    #[schema(format = "uuid")]
    pub order_id: String,
    /// Its number.
    #[schema(required)]
    pub order_number: Option<String>,
    /// The version of the event at fault.
    pub version: u64,
    /// That event's place in the log.
    pub position: u64,
    /// That event's stored type.
    #[schema(required)]
    pub event_type: Option<String>,
    /// What is wrong; quotes no content.
    pub reason: String,
    /// Since when.
    #[schema(format = "date-time")]
    pub parked_at: String,
    /// Events of the order that are not taken in.
    pub waiting: u64,
}

/// A page of parked orders.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParkedPage {
    /// By projection, the longest parked first.
    pub data: Vec<Parked>,
    /// Give it as `page_cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// What became of an order in one read model.
#[derive(Debug, Serialize, ToSchema)]
pub struct RedriveResult {
    /// The read model.
    pub projection: String,
    /// `not_parked`, `unparked` or `still_parked`.
    pub outcome: String,
    /// Why it is still parked.
    pub reason: Option<String>,
}

/// What became of an order that was tried again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Redriven {
    /// The order.
    #[schema(format = "uuid")]
    pub order_id: String,
    /// One per read model.
    pub results: Vec<RedriveResult>,
}

/// A rebuild has begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct RebuildBegun {
    /// The read model.
    pub projection: String,
    /// Always `begun`.
    pub outcome: String,
}
