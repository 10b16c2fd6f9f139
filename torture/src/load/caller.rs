//! Somebody who places orders and changes them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use waybill_tests::history::{Answer, CommandId};

use super::client::{Client, Reply};
use super::counts;
use super::nodes::Nodes;
use super::shop::{Acknowledged, Order, Shop, customer};

/// After which a command is left without an outcome.
const PATIENCE: Duration = Duration::from_mins(2);
/// Between two attempts, at random up to this.
const PAUSE: Duration = Duration::from_millis(400);

pub(super) struct Caller {
    shop: Arc<Shop>,
    client: Client,
    random: StdRng,
    name: String,
    sent: u64,
}

/// A request that can be sent again.
struct Wish {
    method: Method,
    path: String,
    body: Value,
    if_match: Option<u64>,
    /// The order as it is believed to be; none if it is to be placed.
    order: Option<Order>,
    /// What the order has to be, however it is said.
    expected: Option<u64>,
    /// Whether it will be an order that everybody changes.
    hot: bool,
    customer: String,
}

impl Caller {
    /// One that calls these nodes.
    pub(super) fn new(
        shop: &Arc<Shop>,
        name: String,
        nodes: &Nodes,
        random: &mut StdRng,
    ) -> anyhow::Result<Self> {
        let (_, token) = shop.staff(&name)?;
        Ok(Self {
            client: shop.client_of(nodes, &token)?,
            shop: Arc::clone(shop),
            random: StdRng::seed_from_u64(random.random()),
            name,
            sent: 0,
        })
    }

    pub(super) async fn run(mut self, pace: Duration, stopping: CancellationToken) {
        while !stopping.is_cancelled() {
            let pause = pace.mul_f64(2.0 * self.random.random::<f64>());
            tokio::time::sleep(pause).await;
            let order = self.shop.any_order(&mut self.random);
            match order.filter(|_| self.random.random_bool(0.8)) {
                Some(order) => self.change(order).await,
                None => self.place(false).await,
            };
        }
    }

    /// Places an order of one customer or another; whether it was done.
    pub(super) async fn place(&mut self, hot: bool) -> bool {
        let customer = customer(self.random.random_range(0..self.shop.customers.max(1)));
        let body = json!({
            "customer_id": customer,
            "notes": "Ring twice.",
            "metadata": {"secret": "of the shop's"},
            "shipping_address": {
                "name": "Ada", "line1": "1 Example Street", "city": "Bern", "postal_code": "3000", "country": "CH",
            },
            "pricing": {"currency": "EUR", "total": 1_490, "items": [{
                "line_id": "1", "sku": "TEA", "title": "Green tea", "quantity": 1, "unit_price": 1_490,
            }]},
        });
        let wish = Wish {
            method: Method::POST,
            path: "/v1/orders".into(),
            body,
            if_match: None,
            order: None,
            expected: None,
            hot,
            customer,
        };
        self.carry_out(wish).await
    }

    async fn change(&mut self, order: Order) -> bool {
        let path = format!("/v1/orders/{}", order.id);
        let next = match order.status.as_str() {
            "pending" => Some("processing"),
            "processing" => Some("shipped"),
            "shipped" => Some("delivered"),
            _ => None,
        };
        // Who moves an order along, or calls it off, leaves less to be done with it: rarely a hot one.
        let moving = self.random.random_bool(if order.hot { 0.01 } else { 0.5 });
        let (expected, told) = (order.version, self.random.random_bool(0.5));
        let mut wish = Wish {
            method: Method::POST,
            path,
            body: Value::Null,
            if_match: None,
            customer: order.customer.clone(),
            hot: order.hot,
            order: Some(order),
            expected: told.then_some(expected),
        };
        match next.filter(|_| moving) {
            Some("processing") if self.random.random_bool(0.1) => {
                wish.path.push_str("/cancel");
                wish.body = json!({"reason": "customer", "internal_note": "He rang."});
            }
            Some(to) => {
                wish.path.push_str("/status");
                wish.body = json!({"to": to, "internal_note": "Done by hand."});
                if to == "shipped" {
                    // Two events of one command.
                    wish.body["details"] =
                        json!({"tracking": {"carrier": "Post", "number": "99.1"}});
                }
            }
            None => {
                wish.method = Method::PATCH;
                (wish.if_match, wish.expected) = (Some(expected), Some(expected));
                wish.body = self.details();
            }
        }
        if told && wish.if_match.is_none() {
            wish.body["expected_version"] = expected.into();
        }
        self.carry_out(wish).await
    }

    fn details(&mut self) -> Value {
        let nth = self.sent;
        match self.random.random_range(0..3) {
            0 => json!({"notes": format!("Note {nth} of {}.", self.name)}),
            1 => json!({"metadata": {"secret": format!("{nth} of {}", self.name)}}),
            // Both at once: one event with two changes.
            _ => json!({"notes": format!("{nth}"), "metadata": {"by": self.name}}),
        }
    }

    /// Sends it until there is an outcome, always under the same key; whether it was done.
    async fn carry_out(&mut self, wish: Wish) -> bool {
        self.sent += 1;
        let mark = format!("{}-{}-{}", self.shop.run, self.name, self.sent);
        let order = wish.order.as_ref().map(|order| order.id.as_str());
        let command = self.shop.recorder.sent(&mark, order, wish.expected);
        let until = Instant::now() + PATIENCE;
        // Whether it may have been done, and nobody heard of it.
        let mut open = false;
        while Instant::now() < until {
            let mut request = self
                .client
                .request(wish.method.clone(), &wish.path)
                .header("x-request-id", &mark)
                .header("idempotency-key", &mark)
                .json(&wish.body);
            if let Some(version) = wish.if_match {
                request = request.header("if-match", format!("\"{version}\""));
            }
            match self.client.ask(request).await {
                Reply::Done(body) => {
                    self.done(command, &wish, &body);
                    return true;
                }
                Reply::Refused { code, body } => {
                    self.shop.counts.add(counts::REFUSED);
                    self.shop
                        .recorder
                        .answered(command, Answer::Refused { code });
                    if let Some((order, version)) = order.zip(body["current_version"].as_u64()) {
                        self.shop.correct(order, version);
                    }
                    return false;
                }
                Reply::Failed if !open => {
                    self.shop.counts.add(counts::FAILED);
                    let code = "internal".to_owned();
                    self.shop
                        .recorder
                        .answered(command, Answer::Refused { code });
                    return false;
                }
                // An attempt before this one may have done it.
                Reply::Failed => self.pause(command, None).await,
                Reply::Again { after } => {
                    open = true;
                    self.pause(command, after).await;
                }
            }
        }
        self.shop.counts.add(counts::UNKNOWN);
        false
    }

    /// Notes that nothing is known of it yet, and waits a moment, or as long as was asked for.
    async fn pause(&mut self, command: CommandId, after: Option<Duration>) {
        self.shop.recorder.answered(command, Answer::Unknown);
        let pause = PAUSE.mul_f64(self.random.random());
        tokio::time::sleep(pause.max(after.unwrap_or_default() / 4)).await;
    }

    fn done(&self, command: CommandId, wish: &Wish, body: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (order, version) = (text(&body["order_id"]), body["version"].as_u64());
        let version = version.unwrap_or_default();
        let position = body["position"].as_u64();
        self.shop.counts.add(counts::ACKNOWLEDGED);
        let answer = if body["outcome"] == "applied" {
            let order = order.clone();
            Answer::Applied {
                order,
                version,
                position,
            }
        } else {
            let order = order.clone();
            Answer::Unchanged { order, version }
        };
        self.shop.recorder.answered(command, answer);
        let acknowledged = Acknowledged {
            position: position.unwrap_or_default(),
            cursor: text(&body["cursor"]),
            order: order.clone(),
            customer: wish.customer.clone(),
        };
        let order = Order {
            id: order,
            customer: wish.customer.clone(),
            version,
            status: text(&body["order"]["status"]),
            hot: wish.hot,
        };
        self.shop.learn(order, acknowledged);
    }
}
