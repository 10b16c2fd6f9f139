//! `/v1/admin/revocations`: taking back tokens, sessions, or all that a subject has.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;
use waybill_infra::revocations::{NewRevocation, RevocationKind, RevokeError};

use super::admin_only;
use crate::app::Shared;
use crate::auth::Principal;
use crate::http::extract::{Json, Query};
use crate::http::page_of::{self, limit};
use crate::http::schema;
use crate::problem::{Code, Problem};

/// What the query may say.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Revocations in the answer at most: 1 to 100, 25 by default.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    page_cursor: Option<String>,
}

/// The revocations in force, newest first.
#[utoipa::path(
    get,
    path = "/v1/admin/revocations",
    operation_id = "list_revocations",
    tag = "admin",
    params(Params),
    responses(
        (status = 200, description = "A page of them", body = schema::RevocationPage),
        (status = 400, description = "`malformed_request`, `invalid_cursor`"),
        (status = 403, description = "`forbidden`"),
        (status = 503, description = "`unavailable`"),
    ),
)]
pub async fn list(
    State(app): State<Shared>,
    caller: Principal,
    Query(params): Query<Params>,
) -> Result<Response, Problem> {
    admin_only(&caller)?;
    let limit = limit(params.limit)?;
    let before = params.page_cursor.as_deref().map(|text| {
        let number = text.parse::<i64>().ok().filter(|number| *number > 0);
        number.ok_or_else(page_of::bad_cursor)
    });
    let mut data = app
        .revocations
        .list(before.transpose()?, limit + 1)
        .await
        .map_err(|error| Problem::unavailable(&error))?;
    let more = data.len() > limit as usize;
    data.truncate(limit as usize);
    let next = data.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(axum::Json(json!({ "data": data, "next_cursor": next })).into_response())
}

/// A revocation as it is asked for.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRevocation, example = json!({"kind": "subject", "value": "cust-7", "reason": "account taken over"}))]
pub struct Asked {
    /// What it is about.
    #[schema(value_type = schema::RevocationKind)]
    kind: RevocationKind,
    /// The token's id, the session's id, or the subject: 1 to 256 bytes.
    #[schema(min_length = 1, max_length = 256)]
    value: String,
    /// When the last token that it can concern has expired; if not given, when every token issued up to
    /// now has.
    #[schema(format = "date-time", value_type = Option<String>)]
    expires_at: Option<DateTime<Utc>>,
    /// Why, for people: at most 500 bytes.
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// Take something back.
///
/// In force on this node at once, on every other within a second or two, and on sockets that are open.
/// Doing it again does no harm.
#[utoipa::path(
    post,
    path = "/v1/admin/revocations",
    operation_id = "revoke",
    tag = "admin",
    request_body = Asked,
    responses(
        (status = 201, description = "In force", body = schema::Revocation),
        (status = 400, description = "`malformed_json`"),
        (status = 403, description = "`forbidden`"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_fields`"),
        (status = 503, description = "`unavailable`, `too_many_revocations`"),
    ),
)]
pub async fn revoke(
    State(app): State<Shared>,
    caller: Principal,
    Json(asked): Json<Asked>,
) -> Result<Response, Problem> {
    admin_only(&caller)?;
    let auth = &app.config.auth;
    let longest = auth.lifetime_max + auth.leeway;
    let new = NewRevocation {
        kind: asked.kind,
        value: asked.value,
        expires_at: asked.expires_at.unwrap_or_else(|| Utc::now() + longest),
        reason: asked.reason,
        by: caller.subject.to_string(),
    };
    let made = app.revocations.revoke(&new).await.map_err(refused)?;
    tracing::info!(kind = made.kind.as_str(), revocation = made.id, by = %caller.subject, "revoked");
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}

/// Why a revocation was not made, as a problem.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is given to map_err, which passes values"
)]
pub(in crate::http) fn refused(error: RevokeError) -> Problem {
    let invalid = |field: &str, detail: String| {
        Problem::new(
            Code::InvalidFields,
            "Some fields are out of bounds; `errors` says which.",
        )
        .field(field, detail)
    };
    match &error {
        RevokeError::Full { max } => Problem::new(
            Code::TooManyRevocations,
            format!("{max} revocations are in force, which is as many as may be."),
        ),
        RevokeError::Bound { field, max_bytes } => invalid(
            field,
            format!("must be 1 to {max_bytes} bytes without U+0000"),
        ),
        RevokeError::Expired => invalid("expires_at", "must lie in the future".to_owned()),
        RevokeError::Database(cause) => Problem::unavailable(cause),
    }
}
