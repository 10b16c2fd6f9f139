//! Commands over HTTP: placing orders and moving them along.

use std::sync::Arc;

use chrono::Utc;
use reqwest::{Client, Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;
use waybill_domain::Timestamp;

use super::clock::Clock;
use super::target::{Names, Problem, Target};

/// Whoever places orders.
#[derive(Clone)]
pub(super) struct Shop {
    pub(super) http: Client,
    pub(super) target: Target,
    pub(super) token: String,
    pub(super) names: Names,
    pub(super) clock: Arc<Clock>,
}

/// An order, as the last answer told it.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) id: Uuid,
    pub(super) version: u64,
    /// Where the log is since.
    pub(super) position: u64,
}

/// Why a command was not applied: the code of the problem, or what went wrong on the way.
#[derive(Debug)]
pub(super) struct Refused(pub(super) String);

#[derive(Deserialize)]
struct Answer {
    order_id: Uuid,
    version: u64,
    #[serde(default)]
    position: u64,
    order: Order,
}

#[derive(Deserialize)]
struct Order {
    updated_at: Timestamp,
}

impl Shop {
    /// Places order `nth` of the run for `customer`.
    pub(super) async fn create(&self, nth: u64, customer: &str) -> Result<Placed, Refused> {
        let run = self.names.run();
        let body = json!({
            "reference": format!("{run}-{nth}"),
            "customer_id": customer,
            "metadata": {"bench": run},
            "shipping_address": {
                "name": "Bench", "line1": "1 Example Street", "city": "Example", "postal_code": "00000", "country": "DE",
            },
            "pricing": {
                "currency": "EUR",
                "total": 1_490,
                "items": [{
                    "line_id": "1", "sku": "BENCH", "title": "A thing that nobody ordered", "quantity": 1, "unit_price": 1_490,
                }],
            },
        });
        self.send(self.request(Method::POST, "/v1/orders"), &body)
            .await
    }

    /// Moves an order to its next status.
    pub(super) async fn advance(&self, order: &Placed, to: &str) -> Result<Placed, Refused> {
        let path = format!("/v1/orders/{}/status", order.id);
        self.send(self.request(Method::POST, &path), &json!({"to": to}))
            .await
    }

    /// Changes an order's notes, which may be done without end.
    pub(super) async fn note(&self, order: &Placed, nth: u64) -> Result<Placed, Refused> {
        let path = format!("/v1/orders/{}", order.id);
        let request = self.request(Method::PATCH, &path);
        let request = request.header("if-match", format!("\"{}\"", order.version));
        let body = json!({"notes": format!("{} change {nth}", self.names.run())});
        self.send(request, &body).await
    }

    /// What the order is now, where a command's outcome is not known.
    pub(super) async fn read(&self, order: &Placed) -> Result<Placed, Refused> {
        #[derive(Deserialize)]
        struct View {
            version: u64,
        }
        let request = self.request(Method::GET, &format!("/v1/orders/{}", order.id));
        let view: View = answer(request).await?;
        Ok(Placed {
            version: view.version,
            ..order.clone()
        })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, self.target.at(path));
        request.bearer_auth(&self.token)
    }

    async fn send(&self, request: RequestBuilder, body: &Value) -> Result<Placed, Refused> {
        let sent = Utc::now().timestamp_micros();
        let answer: Answer = answer(request.json(body)).await?;
        let answered = Utc::now().timestamp_micros();
        self.clock
            .see(sent, answered, answer.order.updated_at.unix_micros());
        Ok(Placed {
            id: answer.order_id,
            version: answer.version,
            position: answer.position,
        })
    }
}

async fn answer<T: for<'de> Deserialize<'de>>(request: RequestBuilder) -> Result<T, Refused> {
    let on_the_way = |error: reqwest::Error| {
        Refused(
            if error.is_timeout() {
                "no answer in time"
            } else {
                "connection failed"
            }
            .into(),
        )
    };
    let answer = request.send().await.map_err(on_the_way)?;
    let status = answer.status();
    let body = answer.bytes().await.map_err(on_the_way)?;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|_| Refused("an answer that is none".into()));
    }
    let problem: Result<Problem, _> = serde_json::from_slice(&body);
    Err(Refused(problem.map_or_else(
        |_| status.to_string(),
        |problem| problem.code,
    )))
}
