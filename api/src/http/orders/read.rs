//! `GET /v1/orders/{id}`

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;
use waybill_domain::{FoldedOrder, Position};

use super::visible_order_id;
use crate::app::{App, Shared};
use crate::auth::Viewer;
use crate::http::extract::{Path, Query};
use crate::http::precondition::{self, IfMatch, etag};
use crate::http::{position, refusal, schema, view};
use crate::problem::{Code, Problem};

/// What the query may say.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Show the order as it was at this version, from 1.
    #[param(minimum = 1)]
    at_version: Option<u64>,
    /// What the answer must reflect: a cursor, for staff also a bare position. Waits for it for at most
    /// 5 s.
    min_position: Option<String>,
}

/// One order.
///
/// Folded from its own events when asked for, so it is never behind a write that was answered.
#[utoipa::path(
    get,
    path = "/v1/orders/{id}",
    operation_id = "get_order",
    tag = "orders",
    params(schema::OrderPath, Params, schema::ReadHeaders),
    responses(
        (status = 200, description = "The order. `ETag` is its version", body = schema::OrderAnswer),
        (status = 304, description = "It still has the version in `If-None-Match`"),
        (status = 400, description = "`malformed_request`, `invalid_cursor`"),
        (status = 404, description = "`not_found`: no such order or version, or another customer's"),
        (status = 410, description = "`cursor_reset`"),
        (status = 412, description = "`precondition_failed`"),
        (status = 500, description = "`order_unreadable`"),
        (status = 503, description = "`read_behind`, `unavailable`"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    caller: Viewer,
    Path(id): Path<String>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let if_match = IfMatch::of(&headers)?;
    let id = visible_order_id(&app, &caller, &id).await?;
    let wanted = position::wanted(&app, caller.audience(), params.min_position.as_deref()).await?;
    if let Some(version) = params.at_version {
        let order = app.orders.at_version(id, version).await;
        let order = order
            .map_err(refusal::unloadable)?
            .ok_or_else(no_such_version)?;
        let body = order.view(caller.audience());
        return answer(&app, &caller, &order, body, order.position).await;
    }
    let reflected = position::known(&app).max(wanted);
    let order = app.orders.load(id).await.map_err(refusal::unloadable)?;
    let order = order.ok_or_else(Problem::not_found)?;
    if let IfMatch::Versions(versions) = if_match
        && !versions.contains(&order.version)
    {
        let detail = format!("The order has version {} by now.", order.version);
        return Err(Problem::new(Code::PreconditionFailed, detail)
            .with("current_version", order.version)
            .header(header::ETAG, etag(order.version)));
    }
    if precondition::is_known(&headers, order.version)? {
        return Ok((
            StatusCode::NOT_MODIFIED,
            [(header::ETAG, etag(order.version))],
        )
            .into_response());
    }
    let body = view::order_for(&order, &caller);
    answer(&app, &caller, &order, body, reflected.max(order.position)).await
}

async fn answer(
    app: &App,
    caller: &Viewer,
    order: &FoldedOrder,
    mut body: Value,
    reflected: Position,
) -> Result<Response, Problem> {
    let members = position::members(app, caller.audience(), reflected).await?;
    if let Some(body) = body.as_object_mut() {
        body.extend(members);
    }
    Ok(([(header::ETAG, etag(order.version))], axum::Json(body)).into_response())
}

fn no_such_version() -> Problem {
    Problem::new(Code::NotFound, "The order has no such version.")
}
