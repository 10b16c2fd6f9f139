//! `POST /v1/orders/{id}/status` and `/cancel`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use waybill_domain::{Cancel, ChangeStatus, Expecting, OrderCommand};

use super::order_id;
use crate::app::{App, Shared};
use crate::http::command::{self, Expected};
use crate::http::extract::Path;
use crate::http::incoming::Incoming;
use crate::http::schema;
use crate::problem::Problem;

/// Move an order along.
///
/// Forward only; a step may be skipped. To the status that it has already, it succeeds and changes at
/// most the details.
#[utoipa::path(
    post,
    path = "/v1/orders/{id}/status",
    operation_id = "change_status",
    tag = "orders",
    params(schema::OrderPath, schema::CommandHeaders, schema::IfMatchHeader),
    request_body = schema::ChangeStatus,
    responses(
        (status = 200, description = "Moved, or there already", body = schema::Written),
        (status = 400, description = "`malformed_json`, `malformed_request`"),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`illegal_transition`, `use_cancel`, `field_locked`, `order_final`, `version_conflict`"),
        (status = 412, description = "`precondition_failed`: with `current_version` and `changes`"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_fields`, `idempotency_key_reused`"),
        (status = 500, description = "`order_unreadable`"),
        (status = 503, description = "`unavailable`, `outcome_unknown`, `overloaded`"),
    ),
)]
pub async fn change_status(
    State(app): State<Shared>,
    Path(id): Path<String>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let command = ChangeStatus::parse(incoming.json()?)?;
    run(&app, &id, &incoming, command).await
}

/// Call an order off.
///
/// While it is pending or processing; a customer his own while it is pending.
#[utoipa::path(
    post,
    path = "/v1/orders/{id}/cancel",
    operation_id = "cancel_order",
    tag = "orders",
    params(schema::OrderPath, schema::CommandHeaders, schema::IfMatchHeader),
    request_body = schema::Cancel,
    responses(
        (status = 200, description = "Called off, or so already", body = schema::Written),
        (status = 400, description = "`malformed_json`, `malformed_request`"),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`illegal_transition`, `version_conflict`"),
        (status = 412, description = "`precondition_failed`: with `current_version` and `changes`"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_fields`, `idempotency_key_reused`"),
        (status = 500, description = "`order_unreadable`"),
        (status = 503, description = "`unavailable`, `outcome_unknown`, `overloaded`"),
    ),
)]
pub async fn cancel(
    State(app): State<Shared>,
    Path(id): Path<String>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let command = Cancel::parse(incoming.json()?)?;
    run(&app, &id, &incoming, command).await
}

async fn run<C: Into<OrderCommand>>(
    app: &App,
    id: &str,
    incoming: &Incoming,
    asked: Expecting<C>,
) -> Result<Response, Problem> {
    let id = order_id(app, id).await?;
    let expected = Expected::of(app, incoming, id, asked.expected_version).await?;
    let command = asked.command.into();
    let executed = command::run(app, incoming, incoming.key, id, command, expected).await?;
    command::answer(app, &incoming.caller, &executed, StatusCode::OK).await
}
