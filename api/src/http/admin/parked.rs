//! `/v1/admin/parked`: orders that a read model could not follow, and trying them again.

use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use waybill_projections::{Parked, Redriven};

use super::admin_only;
use crate::app::Shared;
use crate::auth::Principal;
use crate::http::extract::{Path, Query};
use crate::http::orders::order_id;
use crate::http::page_of::{bad, bad_cursor, limit};
use crate::http::schema;
use crate::problem::Problem;

/// Parked orders of one projection that can be paged through; whoever has more has another problem.
const SHOWN: usize = 1_000;

/// What the query may say.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Parked orders in the answer at most: 1 to 100, 25 by default.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    page_cursor: Option<String>,
}

/// The orders that a read model could not follow.
///
/// By projection, the longest parked first; at most 1,000 of each.
#[utoipa::path(
    get,
    path = "/v1/admin/parked",
    operation_id = "list_parked",
    tag = "admin",
    params(Params),
    responses(
        (status = 200, description = "A page of them", body = schema::ParkedPage),
        (status = 400, description = "`malformed_request`, `invalid_cursor`"),
        (status = 403, description = "`forbidden`"),
        (status = 503, description = "`unavailable`"),
    ),
)]
pub async fn list(
    State(app): State<Shared>,
    caller: Principal,
    Query(params): Query<Params>,
) -> Result<axum::Json<Value>, Problem> {
    admin_only(&caller)?;
    let limit = limit(params.limit)? as usize;
    let parked = app.read_models.parked(SHOWN).await;
    let parked = parked.map_err(|error| Problem::unavailable(&error))?;
    let from = match params.page_cursor {
        None => 0,
        Some(last) => parked
            .iter()
            .position(|parked| name(parked) == last)
            .map(|nth| nth + 1)
            .ok_or_else(bad_cursor)?,
    };
    let rest = &parked[from..];
    let page = &rest[..rest.len().min(limit)];
    let next = page.last().filter(|_| rest.len() > limit).map(name);
    Ok(axum::Json(json!({ "data": page, "next_cursor": next })))
}

fn name(parked: &Parked) -> String {
    format!("{}:{}", parked.projection, parked.order_id)
}

/// In which read model to try again.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RedriveParams {
    /// Only in this one: `order_list`, `order_timeline` or `order_analytics`; in every one if not given.
    projection: Option<String>,
}

/// Try a parked order again.
///
/// In every read model, or one of them, from all of its events: after the cause was removed, for example by
/// a build that can read them.
#[utoipa::path(
    post,
    path = "/v1/admin/parked/{order}/redrive",
    operation_id = "redrive",
    tag = "admin",
    params(
        ("order" = String, Path, description = "The order's id, its number, or the shop's reference."),
        RedriveParams,
    ),
    responses(
        (status = 200, description = "What became of it in each read model that was asked for", body = schema::Redriven),
        (status = 400, description = "`malformed_request`"),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"),
        (status = 503, description = "`unavailable`"),
    ),
)]
pub async fn redrive(
    State(app): State<Shared>,
    caller: Principal,
    Path(order): Path<String>,
    Query(params): Query<RedriveParams>,
) -> Result<axum::Json<Value>, Problem> {
    admin_only(&caller)?;
    let only = params.projection.as_deref();
    if only.is_some_and(|only| app.read_models.names().all(|name| name != only)) {
        let names: Vec<_> = app.read_models.names().collect();
        let detail = format!("must be {}", names.join(" or "));
        return Err(bad("projection", &detail));
    }
    let order = order_id(&app, &order).await?;
    let outcomes = app.read_models.redrive(order, only).await;
    let outcomes = outcomes.map_err(|error| Problem::unavailable(&error))?;
    let results: Vec<Value> = outcomes.iter().map(result).collect();
    Ok(axum::Json(json!({ "order_id": order, "results": results })))
}

fn result((projection, outcome): &(&'static str, Redriven)) -> Value {
    let mut result = serde_json::to_value(outcome).unwrap_or_default();
    if let Some(members) = result.as_object_mut() {
        members.insert("projection".to_owned(), json!(projection));
    }
    result
}
