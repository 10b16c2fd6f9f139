//! `POST /v1/orders`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use uuid::Uuid;
use waybill_domain::{ActorKind, NewOrder, OrderId};
use waybill_infra::commands::Executed;

use crate::app::{App, Shared};
use crate::http::command::{self, Expected};
use crate::http::incoming::Incoming;
use crate::http::schema;
use crate::problem::{Code, Problem};

/// Place an order.
///
/// For the shop's back end and its staff. A customer may do so only where the operator allows it, for
/// demos; the order is then his own, and `customer_id` may be left out.
#[utoipa::path(
    post,
    path = "/v1/orders",
    operation_id = "create_order",
    tag = "orders",
    params(schema::CommandHeaders),
    request_body = schema::NewOrder,
    responses(
        (status = 201, description = "The order is in the log. `Location` names it, `ETag` is its version", body = schema::Written),
        (status = 400, description = "`malformed_json`, `malformed_request`"),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`reference_taken`"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_fields`, `idempotency_key_reused`"),
        (status = 503, description = "`unavailable`, `outcome_unknown`, `overloaded`"),
    ),
)]
pub async fn create(State(app): State<Shared>, incoming: Incoming) -> Result<Response, Problem> {
    let incoming = incoming.without_if_match()?;
    let caller = &incoming.caller;
    // Before a number is drawn: a repeat must not use one up.
    let executed = match command::replayed(&app, caller, incoming.key.as_ref()).await? {
        Some(executed) => executed,
        None => place(&app, &incoming).await?,
    };
    command::answer(&app, caller, &executed, StatusCode::CREATED).await
}

async fn place(app: &App, incoming: &Incoming) -> Result<Executed, Problem> {
    let caller = &incoming.caller;
    let mut body = incoming.json()?;
    if caller.actor_kind() == ActorKind::Customer {
        // What he may not do at all comes before what is wrong with it.
        if !app.config.orders.allow_customer_create {
            let detail = "Customers do not place orders here; the shop does.";
            return Err(Problem::new(Code::Forbidden, detail));
        }
        if let Value::Object(fields) = &mut body {
            fields
                .entry("customer_id")
                .or_insert_with(|| json!(caller.subject));
        }
    }
    let order = NewOrder::parse(body)?;
    let number = app
        .numbers
        .next()
        .await
        .map_err(|error| Problem::unavailable(&error))?;
    let order_id = OrderId::from(Uuid::now_v7());
    let command = order.numbered(number).into();
    let expected = Expected::in_body(None);
    command::run(app, incoming, incoming.key, order_id, command, expected).await
}
