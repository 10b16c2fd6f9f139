//! `admin-status-update`: a member of staff moves an order, as through `POST /v1/orders/{id}/status`.
//!
//! In the source system it was only repeated to the room. Here it becomes the command that it looks
//! like; whoever follows the order hears of it because it has happened. Sent again it changes nothing,
//! since an order that is there already stays there.

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;
use waybill_domain::{Audience, Cancel, ChangeStatus, OrderCommand};
use waybill_infra::commands::Executed;

use super::connection::Connection;
use crate::auth::Viewer;
use crate::http::command::{self, Expected};
use crate::http::incoming::Incoming;
use crate::http::orders::order_id;
use crate::http::precondition::IfMatch;
use crate::problem::{Code, Problem};

/// What the client is told if the command is refused.
const ADMIN_ERROR: &str = "admin-status-error";

impl Connection {
    /// `admin-status-update`
    pub(super) async fn admin_update(&mut self, args: &[Value], ack: Option<u64>) {
        let asked = args.first().unwrap_or(&Value::Null);
        match self.carry_out(asked).await {
            Ok(executed) => self.answer(ack, || done(asked, &executed)),
            Err(problem) => {
                if let Some(cause) = problem.cause() {
                    tracing::error!(cause, code = problem.code().as_str(), "failed");
                }
                let body = problem.body();
                let mut told = json!({
                    "orderId": asked["orderId"],
                    "code": body["code"],
                    "message": body["detail"],
                });
                if body.get("errors").is_some() {
                    told["errors"] = body["errors"].clone();
                }
                match ack {
                    Some(_) => {
                        told["ok"] = false.into();
                        self.answer(ack, || told);
                    }
                    None => self.say(ADMIN_ERROR, &told),
                }
            }
        }
    }

    async fn carry_out(&self, asked: &Value) -> Result<Executed, Problem> {
        let forbidden = || Problem::new(Code::Forbidden, "Only staff may move orders.");
        let caller = self.caller.as_ref().and_then(Viewer::account);
        let caller = caller.filter(|caller| caller.sees_all_orders());
        let caller = caller.cloned().ok_or_else(forbidden)?;
        self.shared
            .rates
            .check(Some(&caller), None)
            .map_err(|wait| {
                Problem::new(Code::RateLimited, "More than this caller may ask.").retry_after(wait)
            })?;
        let app = &self.shared.app;
        let name = asked["orderId"].as_str().unwrap_or_default();
        let order = order_id(app, name).await?;
        let incoming = Incoming {
            caller,
            correlation_id: Uuid::now_v7().to_string(),
            causation_id: None,
            key: None,
            if_match: IfMatch::Absent,
            body: Bytes::new(),
        };
        let expected = Expected::in_body(None);
        command::run(app, &incoming, None, order, command_of(asked)?, expected).await
    }
}

/// The command that is meant.
fn command_of(asked: &Value) -> Result<OrderCommand, Problem> {
    let mut body = Map::new();
    copy(asked, "message", &mut body, "message_to_customer");
    if asked["status"] == "cancelled" {
        let reason = given(asked, "reason").unwrap_or_else(|| "staff".into());
        body.insert("reason".into(), reason);
        return Ok(Cancel::parse(Value::Object(body))?.command.into());
    }
    body.insert("to".into(), asked["status"].clone());
    let mut details = Map::new();
    if let Some(number) = given(asked, "trackingNumber") {
        let mut tracking = Map::from_iter([("number".to_owned(), number)]);
        copy(asked, "trackingCarrier", &mut tracking, "carrier");
        copy(asked, "trackingUrl", &mut tracking, "url");
        details.insert("tracking".into(), Value::Object(tracking));
    }
    if let Some(date) = given(asked, "estimatedDelivery") {
        details.insert("estimated_delivery".into(), day(date));
    }
    if !details.is_empty() {
        body.insert("details".into(), Value::Object(details));
    }
    Ok(ChangeStatus::parse(Value::Object(body))?.command.into())
}

/// A member that a form did not leave empty.
fn given(asked: &Value, name: &str) -> Option<Value> {
    let value = asked.get(name)?;
    (!value.is_null() && value != "").then(|| value.clone())
}

fn copy(asked: &Value, name: &str, to: &mut Map<String, Value>, new: &str) {
    if let Some(value) = given(asked, name) {
        to.insert(new.to_owned(), value);
    }
}

/// The day of what may be a `Date` as JavaScript writes it. What is neither is refused with its field.
fn day(value: Value) -> Value {
    let time = value.as_str().map(DateTime::parse_from_rfc3339);
    match time {
        Some(Ok(time)) => json!(time.with_timezone(&Utc).date_naive()),
        _ => value,
    }
}

fn done(asked: &Value, executed: &Executed) -> Value {
    let view = executed.order.view(Audience::Customer);
    json!({
        "ok": true,
        "outcome": executed.receipt.outcome.as_str(),
        "orderId": asked["orderId"],
        "orderNumber": view["order_number"],
        "status": view["status"],
        "trackingNumber": view["tracking"]["number"],
        "estimatedDelivery": view["estimated_delivery"],
        "version": executed.receipt.version,
    })
}
