//! `/v1/orders/{id}/tracking-link`: a link for somebody without an account to follow one order.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use waybill_domain::OrderId;
use waybill_infra::orders::OrderNames;

use crate::app::{App, Shared};
use crate::auth::Principal;
use crate::http::admin::revocations::refused;
use crate::http::extract::{self, Path};
use crate::http::schema;
use crate::problem::{Code, Problem};
use crate::tracking::IssueError;

/// How a link is wished for. The body may be left out.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTrackingLink, example = json!({"lifetime_secs": 604_800}))]
pub struct Asked {
    /// How long it is to live; within the bounds of the service, which has a time of its own if none is given.
    lifetime_secs: Option<u64>,
}

/// A tracking link.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TrackingLink {
    /// Where it leads to, with the token as the fragment.
    url: String,
    /// What its holder shows as a bearer token.
    token: String,
    /// The link's own id.
    #[schema(format = "uuid")]
    link_id: String,
    /// The order that it shows.
    #[schema(value_type = String, format = "uuid")]
    order_id: OrderId,
    /// Its number.
    order_number: String,
    /// When it was issued.
    #[schema(format = "date-time", value_type = String)]
    issued_at: DateTime<Utc>,
    /// When it ends.
    #[schema(format = "date-time", value_type = String)]
    expires_at: DateTime<Utc>,
}

/// Issue a tracking link.
///
/// For the shop's back end and its staff. Whoever holds the link sees this order as a guest, live, and nothing
/// else. Each call issues another one; those before it stay as they are.
#[utoipa::path(
    post,
    path = "/v1/orders/{id}/tracking-link",
    operation_id = "issue_tracking_link",
    tag = "orders",
    params(schema::OrderPath),
    request_body = Option<Asked>,
    responses(
        (status = 201, description = "The link. It is shown only now", body = TrackingLink),
        (status = 400, description = "`malformed_json`, `malformed_request`"),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_fields`"),
        (status = 503, description = "`unavailable`"),
    ),
)]
pub async fn issue(
    State(app): State<Shared>,
    caller: Principal,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let order = order(&app, &caller, &id).await?;
    let asked = if body.is_empty() {
        Asked::default()
    } else {
        extract::require_json(&headers)?;
        // Nothing wished for, as the description has it.
        extract::parse::<Option<Asked>>(&body)?.unwrap_or_default()
    };
    let lifetime = lifetime(&app, &asked)?;
    let issued = app.tracking.links.issue(order.order_id, lifetime).await;
    let issued = issued.map_err(|error| match error {
        IssueError::Database(error) => Problem::unavailable(&error),
        IssueError::Token(error) => Problem::internal_error(&error),
    })?;
    tracing::info!(order = %order.order_id, link = issued.pass.link_id, by = %caller.subject, "a tracking link was issued");
    let link = TrackingLink {
        url: issued.url,
        token: issued.token,
        link_id: issued.pass.link_id,
        order_id: order.order_id,
        order_number: order.order_number.to_string(),
        issued_at: issued.pass.issued_at,
        expires_at: issued.pass.expires_at,
    };
    Ok((StatusCode::CREATED, axum::Json(link)).into_response())
}

/// Take back an order's tracking links.
///
/// All that were issued up to now, whoever asked for them. In force on this node at once, on every other within
/// a second or two, and on what is open. A link that is issued later works.
#[utoipa::path(
    delete,
    path = "/v1/orders/{id}/tracking-link",
    operation_id = "revoke_tracking_links",
    tag = "orders",
    params(schema::OrderPath),
    responses(
        (status = 204, description = "None of them works any more, or there was none"),
        (status = 400, description = "`malformed_request`"),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"),
        (status = 503, description = "`unavailable`, `too_many_revocations`: they are not taken back"),
    ),
)]
pub async fn revoke(
    State(app): State<Shared>,
    caller: Principal,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let order = order(&app, &caller, &id).await?;
    let longest = app.config.tracking.lifetime_max;
    app.revocations
        .revoke_links(order.order_id, longest, caller.subject.as_str())
        .await
        .map_err(refused)?;
    tracing::info!(order = %order.order_id, by = %caller.subject, "the tracking links were taken back");
    Ok(StatusCode::NO_CONTENT)
}

/// The order, for those who may give away a look at it.
async fn order(app: &App, caller: &Principal, id: &str) -> Result<OrderNames, Problem> {
    if !caller.sees_all_orders() {
        let detail = "Tracking links are given and taken back by the shop.";
        return Err(Problem::new(Code::Forbidden, detail));
    }
    super::found(app, &super::key(id)?).await
}

fn lifetime(app: &App, asked: &Asked) -> Result<Duration, Problem> {
    let config = &app.config.tracking;
    let Some(secs) = asked.lifetime_secs else {
        return Ok(config.lifetime);
    };
    let (least, most) = (config.lifetime_min.as_secs(), config.lifetime_max.as_secs());
    if (least..=most).contains(&secs) {
        return Ok(Duration::from_secs(secs));
    }
    let detail = "Some fields are out of bounds; `errors` says which.";
    Err(Problem::new(Code::InvalidFields, detail).field(
        "lifetime_secs",
        format!("must be between {least} and {most}"),
    ))
}
