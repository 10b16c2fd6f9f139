//! One list of steps, on a database and a node of its own.

use std::collections::HashMap;

use reqwest::Method;
use serde_json::{Value, json};
use waybill_api::auth::Role;

use super::answer::{self, event_of, reflecting};
use super::asked::{Asked, minute};
use super::follower::Follower;
use super::rules;
use super::shop::{Order, Refused, Shop};
use super::step::{Listing, Step, Who};
use super::{Compared, Differs, same};
use crate::app::TestApp;
use crate::client::{Answer, Client};
use crate::database::TestDatabase;

/// Carries the steps out, one after another.
pub(super) async fn case(steps: &[Step]) -> Result<Compared, Differs> {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    let played = play(&app, steps).await;
    // Together, because a node that stops waits a while for those who are connected.
    let ((), compared) = tokio::join!(app.stop(), async { played?.followed().await });
    database.remove().await;
    compared
}

async fn play(app: &TestApp, steps: &[Step]) -> Result<Case, Differs> {
    let mut case = Case::open(app).await?;
    for (nth, step) in steps.iter().enumerate() {
        let done = case.step(step).await;
        done.map_err(|differs| Differs(format!("step {nth}, {step:?}: {}", differs.0)))?;
    }
    Ok(case)
}

struct Case {
    clients: HashMap<Who, Client>,
    followers: Vec<Follower>,
    shop: Shop,
    /// Requests that changed something, or would have.
    asked: Vec<Asked>,
    answers: u64,
    /// Where the log stands, for whoever reads.
    cursor: String,
}

impl Case {
    async fn open(app: &TestApp) -> Result<Self, Differs> {
        let roles = |who: Who| match who {
            Who::Ann => Role::Staff,
            Who::Shop => Role::Service,
            Who::Ada | Who::Ben => Role::Customer,
        };
        let client = |who: Who| (who, app.client(who.subject(), &[roles(who)]));
        let mut followers = Vec::new();
        for who in [Who::Ann, Who::Ada] {
            let token = app.token(who.subject(), &[roles(who)]);
            followers.push(Follower::start(app, who, &token).await?);
        }
        Ok(Self {
            clients: Who::ALL.into_iter().map(client).collect(),
            followers,
            shop: Shop::default(),
            asked: Vec::new(),
            answers: 0,
            cursor: "now".to_owned(),
        })
    }

    /// What was compared, once the node has stopped and nothing more can come.
    async fn followed(self) -> Result<Compared, Differs> {
        let mut compared = Compared {
            cases: 1,
            answers: self.answers,
            ..Compared::default()
        };
        for follower in self.followers {
            compared.frames += follower.end().await?;
        }
        Ok(compared)
    }

    async fn step(&mut self, step: &Step) -> Result<(), Differs> {
        let there = |nth: &usize| nth.checked_rem(self.shop.orders.len());
        match step {
            Step::Again(nth) => match nth.checked_rem(self.asked.len()) {
                Some(nth) => self.ask(self.asked[nth].clone()).await,
                None => Ok(()),
            },
            Step::Read {
                by,
                order,
                at,
                known,
            } => match there(order) {
                Some(order) => self.read(*by, order, *at, *known).await,
                None => Ok(()),
            },
            Step::History { by, order } => match there(order) {
                Some(order) => self.history(*by, order).await,
                None => Ok(()),
            },
            Step::List { by, listing } => self.list(*by, listing).await,
            Step::Follow { by, after } => {
                let follower = &mut self.followers[usize::from(by.is_customer())];
                follower.again(*after, &self.shop).await
            }
            change => match Asked::of(change, &self.shop) {
                Some(asked) => {
                    self.asked.push(asked.clone());
                    self.ask(asked).await
                }
                None => Ok(()),
            },
        }
    }

    /// Puts a request to both, and compares.
    async fn ask(&mut self, asked: Asked) -> Result<(), Differs> {
        let key = asked.key.map(|key| format!("key-{key}"));
        let mut headers = Vec::new();
        headers.extend(key.as_deref().map(|key| ("idempotency-key", key)));
        headers.extend(asked.if_match.as_deref().map(|tag| ("if-match", tag)));
        let method = if asked.method == "PATCH" {
            Method::PATCH
        } else {
            Method::POST
        };
        let body = Some(asked.body.clone());
        let client = &self.clients[&asked.by];
        let answer = client.send(method, &asked.path, body, &headers).await;
        self.answers += 1;
        let expected = asked.give(&mut self.shop);
        answer::compare(&asked, expected, &answer, &mut self.shop)?;
        for follower in &mut self.followers {
            follower.keep_up(&mut self.shop).await?;
        }
        // Of Ann, who is sent everything; what a customer is answered does not say where it is.
        if let Some(cursor) = self.followers[0].newest() {
            cursor.clone_into(&mut self.cursor);
        }
        Ok(())
    }

    async fn get(&mut self, by: Who, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.answers += 1;
        let client = &self.clients[&by];
        client.send(Method::GET, path, None, headers).await
    }

    /// An order's path, by its id or its number.
    fn path(&self, order: usize) -> String {
        let named = &self.shop.orders[order];
        let name = if order.is_multiple_of(2) {
            &named.id
        } else {
            &named.number
        };
        format!("/v1/orders/{name}")
    }

    async fn read(
        &mut self,
        by: Who,
        order: usize,
        at: Option<i64>,
        known: Option<i64>,
    ) -> Result<(), Differs> {
        let now = self.shop.orders[order].version();
        let near = |off: i64| now.saturating_add_signed(isize::try_from(off).unwrap_or_default());
        let (at, known) = (at.map(near), known.map(near));
        let mut path = self.path(order);
        path += &at.map_or(format!("?min_position={}", self.cursor), |at| {
            format!("?at_version={at}")
        });
        let tag = known.map(|known| format!("\"{known}\""));
        let headers: Vec<_> = tag.iter().map(|tag| ("if-none-match", &**tag)).collect();
        let answer = self.get(by, &path, &headers).await;
        let order = &self.shop.orders[order];
        let version = at.unwrap_or(now);
        if !order.shows_to(by) || !(1..=now).contains(&version) {
            return answer::refused(Refused::NOT_FOUND, &answer);
        }
        same("ETag", &answer.header("etag"), &&*format!("\"{version}\""))?;
        if at.is_none() && known == Some(now) {
            return same("status", &answer.status, &304);
        }
        same("status", &answer.status, &200)?;
        let mut expected = order.view(version, by);
        let state = &order.states[version - 1];
        let reflected = if at.is_none() {
            expected["allowed_actions"] = rules::allowed(state.status, by);
            self.shop.events.len()
        } else {
            state.position
        };
        same(
            "order",
            &reflecting(&answer.body, by, reflected)?,
            &expected,
        )
    }

    async fn history(&mut self, by: Who, order: usize) -> Result<(), Differs> {
        let path = format!("{}/events?limit=100", self.path(order));
        let answer = self.get(by, &path, &[]).await;
        if !self.shop.orders[order].shows_to(by) {
            return answer::refused(Refused::NOT_FOUND, &answer);
        }
        same("status", &answer.status, &200)?;
        let told = answer.body["data"].as_array().cloned().unwrap_or_default();
        let found: Vec<_> = told
            .iter()
            .map(|event| event_of(event, by))
            .collect::<Result<_, _>>()?;
        let events = self.shop.events.iter().filter(|event| event.order == order);
        let expected: Vec<_> = events.map(|event| self.shop.wire(event, by)).collect();
        same("history", &found, &expected)
    }

    /// Reads a list page by page. It has to reflect everything that was answered so far.
    async fn list(&mut self, by: Who, listing: &Listing) -> Result<(), Differs> {
        let query = query(listing, &self.cursor);
        let mut page = String::new();
        let mut rows: Vec<Value> = Vec::new();
        let expected = expected(&self.shop, by, listing);
        loop {
            let answer = self
                .get(by, &format!("/v1/orders?{query}{page}"), &[])
                .await;
            let Some(expected) = &expected else {
                return answer::refused(Refused::FORBIDDEN, &answer);
            };
            same("status", &answer.status, &200)?;
            let body = reflecting(&answer.body, by, self.shop.events.len())?;
            same(
                "counts",
                &body["counts"],
                &counts(&self.shop, by, listing.customer),
            )?;
            let part = body["data"].as_array().cloned().unwrap_or_default();
            let left = expected.len() - rows.len().min(expected.len());
            same("rows of a page", &part.len(), &left.min(listing.limit))?;
            rows.extend(part);
            match body["next_cursor"].as_str() {
                Some(next) => page = format!("&page_cursor={next}"),
                None => return same("list", &rows, expected),
            }
        }
    }
}

fn query(listing: &Listing, min_position: &str) -> String {
    let mut query = format!(
        "sort={}&limit={}&counts=true&min_position={min_position}",
        listing.sort, listing.limit
    );
    let statuses: Vec<_> = listing.statuses.iter().map(|s| s.as_str()).collect();
    for (name, value) in [
        ("status", (!statuses.is_empty()).then(|| statuses.join(","))),
        (
            "customer",
            listing.customer.map(|who| who.subject().to_owned()),
        ),
        ("from", listing.from.map(minute)),
        ("to", listing.to.map(minute)),
        ("q", listing.text.map(|text| text.replace(' ', "%20"))),
    ] {
        if let Some(value) = value {
            query.extend(["&", name, "=", &value]);
        }
    }
    query
}

/// The rows that the list has to have, in their order; nothing if `by` may not ask for it.
fn expected(shop: &Shop, by: Who, listing: &Listing) -> Option<Vec<Value>> {
    if by.is_customer() && listing.customer.is_some_and(|of| of != by) {
        return None;
    }
    let listed = |order: &&Order| {
        let (now, placed) = (order.now(), &order.placed_at);
        (listing.statuses.is_empty() || listing.statuses.contains(&now.status))
            && order.shows_to(by)
            && listing.customer.is_none_or(|of| of == order.customer)
            && listing.from.is_none_or(|from| *placed >= minute(from))
            && listing.to.is_none_or(|to| *placed < minute(to))
            && listing
                .text
                .is_none_or(|text| rules::found_by(order.title, text))
    };
    let mut orders: Vec<_> = shop.orders.iter().filter(listed).collect();
    let key = |order: &&Order| match listing.sort.trim_start_matches('-') {
        "total" => {
            let total = order.now().details["pricing"]["total"].as_u64();
            (total, String::new(), order.id.clone())
        }
        "updated_at" => (None, order.now().at.clone(), order.id.clone()),
        _ => (None, order.placed_at.clone(), order.id.clone()),
    };
    orders.sort_by_key(key);
    if listing.sort.starts_with('-') {
        orders.reverse();
    }
    let row = |order: &Order| {
        let mut row = order.summary(order.version());
        row["stale"] = json!(false);
        row
    };
    Some(orders.into_iter().map(row).collect())
}

fn counts(shop: &Shop, by: Who, customer: Option<Who>) -> Value {
    let mut counts = json!({
        "pending": 0, "processing": 0, "shipped": 0, "delivered": 0, "cancelled": 0,
    });
    let of = |order: &&Order| order.shows_to(by) && customer.is_none_or(|of| of == order.customer);
    for order in shop.orders.iter().filter(of) {
        let count = &mut counts[order.now().status.as_str()];
        *count = json!(count.as_u64().unwrap_or_default() + 1);
    }
    counts
}
