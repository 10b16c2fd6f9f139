//! `PATCH /v1/orders/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use waybill_domain::UpdateDetails;

use super::order_id;
use crate::app::Shared;
use crate::http::command::{self, Expected};
use crate::http::extract::Path;
use crate::http::incoming::Incoming;
use crate::http::precondition::IfMatch;
use crate::http::schema;
use crate::problem::{Code, Problem};

/// Change an order's details.
///
/// A JSON merge patch (RFC 7396): what is absent stays, null clears, objects are merged, arrays replace.
/// Pricing must add up afterwards. A customer may change his address only, while the order is pending.
#[utoipa::path(
    patch,
    path = "/v1/orders/{id}",
    operation_id = "update_order",
    tag = "orders",
    params(schema::OrderPath, schema::PatchHeaders),
    request_body(
        description = "What to change",
        content(
            (schema::DetailsPatch = "application/json"),
            (schema::DetailsPatch = "application/merge-patch+json"),
        ),
    ),
    responses(
        (status = 200, description = "Changed, or already so", body = schema::Written),
        (status = 400, description = "`malformed_json`, `malformed_request`"),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`field_locked`, `order_final`, `version_conflict`"),
        (status = 412, description = "`precondition_failed`: with `current_version` and `changes`"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_fields`, `idempotency_key_reused`"),
        (status = 428, description = "`precondition_required`"),
        (status = 500, description = "`order_unreadable`"),
        (status = 503, description = "`unavailable`, `outcome_unknown`, `overloaded`"),
    ),
)]
pub async fn update(
    State(app): State<Shared>,
    Path(id): Path<String>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let caller = &incoming.caller;
    if incoming.if_match == IfMatch::Absent {
        // The key is looked up before any precondition.
        return match command::replayed(&app, caller, incoming.key.as_ref()).await? {
            Some(executed) => command::answer(&app, caller, &executed, StatusCode::OK).await,
            None => Err(Problem::new(
                Code::PreconditionRequired,
                "Say which version of the order this patch is for: send its ETag in If-Match.",
            )),
        };
    }
    let command = UpdateDetails::parse(incoming.json()?)?;
    let id = order_id(&app, &id).await?;
    let expected = Expected::of(&app, &incoming, id, None).await?;
    let executed =
        command::run(&app, &incoming, incoming.key, id, command.into(), expected).await?;
    command::answer(&app, caller, &executed, StatusCode::OK).await
}
