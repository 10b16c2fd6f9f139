//! `GET /v1/orders/{id}/timeline`

use axum::extract::State;
use serde_json::{Value, json};
use waybill_domain::Version;

use super::visible_order_id;
use crate::app::Shared;
use crate::auth::Viewer;
use crate::http::extract::{Path, Query};
use crate::http::page_of::{HistoryParams, bad_cursor, limit};
use crate::http::{position, schema};
use crate::problem::Problem;

/// An order's history, as people read it.
///
/// From a read model that follows the log. It says which details changed, not what they were: that is in
/// the order's events.
#[utoipa::path(
    get,
    path = "/v1/orders/{id}/timeline",
    operation_id = "get_order_timeline",
    tag = "orders",
    params(schema::OrderPath, HistoryParams),
    responses(
        (status = 200, description = "A page of it, oldest first", body = schema::TimelinePage),
        (status = 400, description = "`malformed_request`, `invalid_cursor`"),
        (status = 404, description = "`not_found`"),
        (status = 410, description = "`cursor_reset`"),
        (status = 503, description = "`read_behind`, `unavailable`"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    caller: Viewer,
    Path(id): Path<String>,
    Query(params): Query<HistoryParams>,
) -> Result<axum::Json<Value>, Problem> {
    let limit = limit(params.limit)? as usize;
    let after: Option<Version> = params
        .page_cursor
        .map(|text| text.parse().map_err(|_| bad_cursor()))
        .transpose()?;
    let id = visible_order_id(&app, &caller, &id).await?;
    let timeline = app.read_models.timeline();
    let wait = async |position, patience| timeline.wait_for(position, patience).await;
    let wanted = position::in_read_model(
        &app,
        caller.audience(),
        params.min_position.as_deref(),
        wait,
    )
    .await?;
    let page = timeline
        .of(id, after.unwrap_or(0), limit, caller.audience())
        .await
        .map_err(|error| Problem::unavailable(&error))?;
    position::reached(wanted, page.position)?;
    let mut body = position::members(&app, caller.audience(), page.position).await?;
    body.insert("data".to_owned(), page.entries.into());
    let next = page.next.map(|version| version.to_string());
    body.insert("next_cursor".to_owned(), json!(next));
    body.insert("stale".to_owned(), json!(page.stale));
    Ok(axum::Json(Value::Object(body)))
}
