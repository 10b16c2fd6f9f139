//! `GET /v1/orders/{id}/events`

use axum::extract::State;
use serde_json::{Value, json};
use waybill_domain::Position;
use waybill_infra::log::{Cursor, CursorError, Topic};

use super::visible_order_id;
use crate::app::Shared;
use crate::auth::Viewer;
use crate::http::extract::{Path, Query};
use crate::http::page_of::{HistoryParams, bad_cursor, limit};
use crate::http::{position, schema};
use crate::problem::Problem;

/// What happened to an order, from the beginning.
///
/// Straight from the log, in the form in which the events are pushed. Give `cursor` as `after` to
/// `GET /v1/events?topic=order:{id}` to go on from here. The holder of a tracking link reads his order's, as guests
/// see events.
#[utoipa::path(
    get,
    path = "/v1/orders/{id}/events",
    operation_id = "list_order_events",
    tag = "orders",
    params(schema::OrderPath, HistoryParams),
    responses(
        (status = 200, description = "A page of events", body = schema::OrderEventPage),
        (status = 400, description = "`malformed_request`, `invalid_cursor`"),
        (status = 404, description = "`not_found`"),
        (status = 410, description = "`cursor_reset`"),
        (status = 503, description = "`read_behind`, `unavailable`"),
    ),
)]
pub async fn list(
    State(app): State<Shared>,
    caller: Viewer,
    Path(id): Path<String>,
    Query(params): Query<HistoryParams>,
) -> Result<axum::Json<Value>, Problem> {
    let limit = limit(params.limit)? as usize;
    let id = visible_order_id(&app, &caller, &id).await?;
    position::wanted(&app, caller.audience(), params.min_position.as_deref()).await?;
    let after = match params.page_cursor {
        None => Position(0),
        // The cursor of the last event of the page before.
        Some(text) => match app.log.resolve(&Cursor::Opaque(text)).await {
            Err(CursorError::Malformed) => return Err(bad_cursor()),
            resolved => resolved.map_err(|error| Problem::of_cursor("page_cursor", error))?,
        },
    };
    // One more, to know whether there is a next page.
    let page = app.log.walk(&Topic::Order(id), after, limit + 1).await;
    let mut page = page.map_err(|error| Problem::unavailable(&error))?;
    let more = page.events.len() > limit;
    page.events.truncate(limit);
    let last = page.events.last().filter(|_| more);
    let (next, reflected) = match last {
        Some(last) => (Some(last.cursor.clone()), last.position()),
        None => (None, page.through),
    };
    let mut body = position::members(&app, caller.audience(), reflected).await?;
    let wire = |event: &std::sync::Arc<waybill_infra::log::LogEvent>| {
        serde_json::from_slice::<Value>(event.wire(caller.audience())).unwrap_or_default()
    };
    body.insert("data".to_owned(), page.events.iter().map(wire).collect());
    body.insert("next_cursor".to_owned(), json!(next));
    Ok(axum::Json(Value::Object(body)))
}
