//! `POST /v1/orders/bulk/status` and `/cancel`: one command for many orders, each by itself.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};
use waybill_domain::{
    Bulk, BulkRow, Cancel, ChangeStatus, InvalidFields, OrderCommand, OrderId, OrderKey,
};
use waybill_infra::commands::Executed;
use waybill_infra::log::CommandKey;

use super::found;
use crate::app::{App, Shared};
use crate::http::command::{self, Expected, REPLAYED};
use crate::http::incoming::{Incoming, digest};
use crate::http::schema;
use crate::problem::{Code, Problem};

/// Rows that are under way at a time: enough for them to share a commit, and few enough to leave
/// connections to the database for others.
const AT_ONCE: usize = 8;

/// Move many orders along.
///
/// Each row by itself: one that is refused touches no other. An order may be named once. With an
/// `Idempotency-Key` each row has a key of its own, so that a repeat does what is missing and nothing twice.
#[utoipa::path(
    post,
    path = "/v1/orders/bulk/status",
    operation_id = "bulk_change_status",
    tag = "orders",
    params(schema::CommandHeaders),
    request_body = schema::BulkStatus,
    responses(
        (status = 200, description = "A result per row, also if every row was refused", body = schema::BulkResult),
        (status = 400, description = "`malformed_json`, `malformed_request`"),
        (status = 403, description = "`forbidden`"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_fields`, `idempotency_key_reused`"),
        (status = 503, description = "`unavailable`"),
    ),
)]
pub async fn change_status(
    State(app): State<Shared>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let incoming = admitted(incoming)?;
    let asked = Bulk::<ChangeStatus>::parse(incoming.json()?)?;
    run(&app, &incoming, asked).await
}

/// Call many orders off.
///
/// Each row by itself: one that is refused touches no other. An order may be named once. With an
/// `Idempotency-Key` each row has a key of its own, so that a repeat does what is missing and nothing twice.
#[utoipa::path(
    post,
    path = "/v1/orders/bulk/cancel",
    operation_id = "bulk_cancel",
    tag = "orders",
    params(schema::CommandHeaders),
    request_body = schema::BulkCancel,
    responses(
        (status = 200, description = "A result per row, also if every row was refused", body = schema::BulkResult),
        (status = 400, description = "`malformed_json`, `malformed_request`"),
        (status = 403, description = "`forbidden`"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_fields`, `idempotency_key_reused`"),
        (status = 503, description = "`unavailable`"),
    ),
)]
pub async fn cancel(State(app): State<Shared>, incoming: Incoming) -> Result<Response, Problem> {
    let incoming = admitted(incoming)?;
    let asked = Bulk::<Cancel>::parse(incoming.json()?)?;
    run(&app, &incoming, asked).await
}

fn admitted(incoming: Incoming) -> Result<Incoming, Problem> {
    if !incoming.caller.is_staff() {
        let detail = "Only staff move many orders at once.";
        return Err(Problem::new(Code::Forbidden, detail));
    }
    // Versions are said row by row.
    incoming.without_if_match()
}

/// A row whose order has been looked up; `id` is none if there is no such order.
struct Row {
    asked: BulkRow,
    id: Option<OrderId>,
    key: Option<CommandKey>,
    /// The answer that it was given before.
    earlier: Option<Executed>,
}

async fn run<C>(app: &App, incoming: &Incoming, asked: Bulk<C>) -> Result<Response, Problem>
where
    C: Into<OrderCommand>,
{
    let rows = look_up(app, incoming, asked.rows).await?;
    let command: OrderCommand = asked.command.into();
    let results: Vec<Result<Value, Value>> = stream::iter(rows)
        .map(|row| run_row(app, incoming, row, &command))
        .buffered(AT_ONCE)
        .collect()
        .await;
    let succeeded = results.iter().filter(|row| row.is_ok()).count();
    let failed = results.len() - succeeded;
    let replayed = |row: &Result<Value, Value>| {
        row.as_ref()
            .is_ok_and(|row| row.get("replayed") == Some(&Value::Bool(true)))
    };
    let all_replayed = results.iter().all(replayed);
    let results: Vec<Value> = results
        .into_iter()
        .map(|row| row.unwrap_or_else(|row| row))
        .collect();
    let body = json!({ "succeeded": succeeded, "failed": failed, "results": results });
    let mut response = axum::Json(body).into_response();
    if all_replayed {
        let headers = response.headers_mut();
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// Finds out what can make the whole request be refused, before anything is done: an order named twice
/// under two of its names, and a key that belongs to another request.
async fn look_up(app: &App, incoming: &Incoming, asked: Vec<BulkRow>) -> Result<Vec<Row>, Problem> {
    let rows: Vec<Row> = stream::iter(asked.into_iter().enumerate())
        .map(|(nth, asked)| async move {
            let id = match &asked.order {
                OrderKey::Id(id) => Some(*id),
                name @ OrderKey::NumberOrReference(_) => match found(app, name).await {
                    Ok(names) => Some(names.order_id),
                    Err(problem) if problem.code() == Code::NotFound => None,
                    Err(problem) => return Err(problem),
                },
            };
            let key = incoming.key.map(|key| row_key(&key, nth));
            let earlier = command::replayed(app, &incoming.caller, key.as_ref()).await?;
            Ok(Row {
                asked,
                id,
                key,
                earlier,
            })
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut seen = HashMap::new();
    for (nth, row) in rows.iter().enumerate() {
        if let Some(id) = row.id
            && seen.insert(id, nth).is_some()
        {
            let field = format!("orders[{nth}].order_id");
            return Err(InvalidFields::one(field, "must not name an order twice").into());
        }
    }
    Ok(rows)
}

/// The key of the `nth` row. By its place, and bound to the whole request's hash, so that the same key
/// with other rows is noticed as soon as one row was done.
fn row_key(key: &CommandKey, nth: usize) -> CommandKey {
    CommandKey {
        key: digest(&[b"bulk row", &key.key, &(nth as u64).to_be_bytes()]),
        request: key.request,
    }
}

async fn run_row(
    app: &App,
    incoming: &Incoming,
    row: Row,
    command: &OrderCommand,
) -> Result<Value, Value> {
    let named = row
        .id
        .map_or_else(|| row.asked.order.to_string(), |id| id.to_string());
    let done = async {
        let executed = match (row.earlier, row.id) {
            (Some(executed), _) => executed,
            (None, Some(id)) => {
                let expected = Expected::in_body(row.asked.expected_version);
                command::run(app, incoming, row.key, id, command.clone(), expected).await?
            }
            (None, None) => return Err(Problem::not_found()),
        };
        let mut receipt = command::receipt(app, &incoming.caller, &executed).await?;
        if executed.receipt.repeated {
            receipt.insert("replayed".to_owned(), json!(true));
        }
        Ok(Value::Object(receipt))
    };
    done.await.map_err(|problem: Problem| {
        json!({ "order_id": named, "outcome": "refused", "problem": problem.body() })
    })
}
