//! Commands: from a request to the log, and back to an answer.

use std::time::Instant;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use waybill_domain::{OrderCommand, OrderId, Version};
use waybill_infra::commands::{CommandError, Executed, Request};
use waybill_infra::log::{AppendError, CommandKey};

use super::incoming::Incoming;
use super::precondition::{IfMatch, etag};
use super::{position, refusal, view};
use crate::app::App;
use crate::auth::Principal;
use crate::problem::{Code, Problem};

/// Says that the answer was given before, and that nothing was done now.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// How often a new order is given another number because the one drawn is taken.
const REDRAWS: usize = 3;

/// Which version the caller says that the order has, and how he says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The version.
    pub version: Option<Version>,
    /// In `If-Match`, not in the body: then it fails with 412 instead of 409.
    pub by_header: bool,
}

impl Expected {
    /// What header and body say. They may say the same, as a client's helper for one of them does.
    pub async fn of(
        app: &App,
        incoming: &Incoming,
        order: OrderId,
        in_body: Option<Version>,
    ) -> Result<Self, Problem> {
        let IfMatch::Versions(versions) = &incoming.if_match else {
            return Ok(Self::in_body(in_body));
        };
        if let Some(in_body) = in_body
            && !versions.contains(&in_body)
        {
            let detail = "Header and body expect different versions.";
            return Err(Problem::new(Code::InvalidFields, detail)
                .field("expected_version", "must not contradict If-Match"));
        }
        let version = match (in_body, &versions[..]) {
            (Some(in_body), _) => in_body,
            // No order has version 0, so this matches none, as it must.
            (None, []) => 0,
            (None, [version]) => *version,
            (None, [first, ..]) => {
                let order = app.orders.load(order).await.map_err(refusal::unloadable)?;
                let current = order.map_or(*first, |order| order.version);
                *versions.iter().find(|v| **v == current).unwrap_or(first)
            }
        };
        Ok(Self {
            version: Some(version),
            by_header: true,
        })
    }

    /// Only what the body says.
    #[must_use]
    pub fn in_body(version: Option<Version>) -> Self {
        Self {
            version,
            by_header: false,
        }
    }
}

/// Does what the caller asks, under `key` if there is one.
///
/// # Errors
/// The problem to answer with, with everything that the caller may know about it.
pub async fn run(
    app: &App,
    incoming: &Incoming,
    key: Option<CommandKey>,
    order_id: OrderId,
    command: OrderCommand,
    expected: Expected,
) -> Result<Executed, Problem> {
    let started = Instant::now();
    let name = name(&command);
    let request = Request {
        order_id,
        command,
        actor: incoming.caller.actor(),
        expected_version: expected.version,
        key,
        correlation_id: incoming.correlation_id.clone(),
        causation_id: incoming.causation_id.clone(),
    };
    let executed = match execute(app, request).await {
        Ok(executed) => visible(&incoming.caller, executed),
        Err(error) => Err(refusal::explain(app, &incoming.caller, order_id, expected, error).await),
    };
    let outcome = match &executed {
        Ok(executed) if executed.receipt.repeated => "replayed",
        Ok(executed) => executed.receipt.outcome.as_str(),
        Err(problem) => problem.code().as_str(),
    };
    metrics::counter!("waybill_commands_total", "command" => name, "outcome" => outcome)
        .increment(1);
    metrics::histogram!("waybill_command_seconds", "command" => name)
        .record(started.elapsed().as_secs_f64());
    executed
}

/// Carries it out. A new order whose number turns out to be another order's is given another number:
/// after the database was restored, the sequence hands out again what nodes still hold.
async fn execute(app: &App, mut request: Request) -> Result<Executed, CommandError> {
    for _ in 0..REDRAWS {
        let OrderCommand::Create(create) = &request.command else {
            break;
        };
        let taken = create.order_number.clone();
        match app.commands.execute(request.clone()).await {
            Err(CommandError::NumberTaken) => {}
            outcome => return outcome,
        }
        tracing::warn!(number = %taken, "an order number is taken; drawing others");
        app.numbers.discard(&taken).await;
        let drawn = app.numbers.next().await.map_err(|error| {
            tracing::warn!(%error, "no order number could be drawn");
            CommandError::Append(AppendError::Unavailable)
        })?;
        if let OrderCommand::Create(create) = &mut request.command {
            create.order_number = drawn;
        }
    }
    app.commands.execute(request).await
}

/// The answer that was given to the key before, if it was, for what must be known before looking further.
///
/// # Errors
/// `idempotency_key_reused`, or that the log can't be asked.
pub async fn replayed(
    app: &App,
    caller: &Principal,
    key: Option<&CommandKey>,
) -> Result<Option<Executed>, Problem> {
    let Some(key) = key else { return Ok(None) };
    match app.commands.replayed(key).await {
        Ok(Some(executed)) => visible(caller, executed).map(Some),
        Ok(None) => Ok(None),
        Err(error) => Err(refusal::plain(error)),
    }
}

/// A repeat is told again only to whoever may still see the order: roles may have changed since.
fn visible(caller: &Principal, executed: Executed) -> Result<Executed, Problem> {
    match executed.order.order.state() {
        Some(state) if caller.may_see_orders_of(&state.customer_id) => Ok(executed),
        _ => Err(Problem::not_found()),
    }
}

/// What a command's answer says, but for the order itself.
///
/// # Errors
/// When the log can't be asked.
pub async fn receipt(
    app: &App,
    caller: &Principal,
    executed: &Executed,
) -> Result<Map<String, Value>, Problem> {
    let receipt = &executed.receipt;
    let mut body = position::members(app, caller.audience(), receipt.position).await?;
    body.insert("outcome".to_owned(), json!(receipt.outcome.as_str()));
    body.insert("order_id".to_owned(), json!(receipt.order_id));
    body.insert("version".to_owned(), json!(receipt.version));
    Ok(body)
}

/// The whole answer to a command on one order.
///
/// # Errors
/// When the log can't be asked.
pub async fn answer(
    app: &App,
    caller: &Principal,
    executed: &Executed,
    status: StatusCode,
) -> Result<Response, Problem> {
    let mut body = receipt(app, caller, executed).await?;
    if let Some(state) = executed.order.order.state() {
        body.insert("order_number".to_owned(), json!(state.order_number));
    }
    body.insert("order".to_owned(), view::order(&executed.order, caller));
    let mut response = (status, axum::Json(Value::Object(body))).into_response();
    let headers = response.headers_mut();
    headers.insert(header::ETAG, etag(executed.receipt.version));
    if executed.receipt.repeated {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    if status == StatusCode::CREATED
        && let Ok(location) = format!("/v1/orders/{}", executed.receipt.order_id).try_into()
    {
        headers.insert(header::LOCATION, location);
    }
    Ok(response)
}

fn name(command: &OrderCommand) -> &'static str {
    match command {
        OrderCommand::Create(_) => "create",
        OrderCommand::Import(_) => "import",
        OrderCommand::UpdateDetails(_) => "update_details",
        OrderCommand::ChangeStatus(_) => "change_status",
        OrderCommand::Cancel(_) => "cancel",
    }
}
