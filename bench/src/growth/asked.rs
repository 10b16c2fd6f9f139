//! What is asked for: other orders, customers, places and times each time.

use std::collections::BTreeMap;
use std::time::Instant;

use super::{
    Audience, EventLog, Filled, NonZeroUsize, OrderId, Orders, PAGE, PgConnection, Position,
    ReadModels, Status, StdRng, Topic, customer, median,
};
use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng as _;
use sqlx::Row as _;
use waybill_projections::{ListQuery, Sort};

/// Orders that are asked for.
const ORDERS: u64 = 2_000;

pub(super) struct Asked {
    random: StdRng,
    filled: Filled,
    orders: Vec<Known>,
    now: DateTime<Utc>,
}

/// An order by its names.
struct Known {
    id: OrderId,
    number: String,
    reference: Option<String>,
}

/// What a query filters by, and how it is sorted.
type Filter = fn(&mut Asked, &mut ListQuery);

/// Every filter and every sort that has an index, and those that go together in one.
const FILTERS: [(&str, Filter); 12] = [
    ("newest first", |_, _| ()),
    ("last changed first", |_, query| {
        query.sort = sort("-updated_at");
    }),
    ("dearest first", |_, query| query.sort = sort("-total")),
    ("one status", |asked, query| {
        query.statuses = vec![asked.status()];
    }),
    ("one status, longest unchanged first", |asked, query| {
        query.statuses = vec![asked.status()];
        query.sort = sort("updated_at");
    }),
    ("two statuses", |_, query| {
        query.statuses = vec![Status::Pending, Status::Processing];
    }),
    ("one customer", |asked, query| {
        query.customer = asked.customer();
    }),
    ("one customer and status", |asked, query| {
        query.customer = asked.customer();
        query.statuses = vec![asked.status()];
    }),
    ("from a time on, oldest first", |asked, query| {
        query.placed_from = Some(asked.time().into());
        query.sort = sort("placed_at");
    }),
    ("before a time", |asked, query| {
        query.placed_to = Some(asked.time().into());
    }),
    ("an order number", |asked, query| {
        query.text = Some(asked.known().number.clone());
    }),
    ("a reference", |asked, query| {
        let known = asked.known();
        query.text = Some(known.reference.as_ref().unwrap_or(&known.number).clone());
    }),
];

fn sort(name: &str) -> Sort {
    name.parse().unwrap_or_default()
}

impl Asked {
    /// Picks the orders.
    pub(super) async fn of(
        owner: &mut PgConnection,
        filled: &Filled,
        mut random: StdRng,
    ) -> anyhow::Result<Self> {
        let numbers: Vec<String> = (0..ORDERS)
            .map(|_| format!("ORD-{}", 10_000 + random.random_range(1..=filled.orders)))
            .collect();
        let rows = sqlx::query(
            "SELECT order_id, order_number, reference FROM order_keys WHERE order_number = ANY ($1)",
        )
        .bind(numbers)
        .fetch_all(owner)
        .await?;
        let orders = rows.iter().map(|row| {
            anyhow::Ok(Known {
                id: row.try_get::<&str, _>("order_id")?.parse()?,
                number: row.try_get("order_number")?,
                reference: row.try_get("reference")?,
            })
        });
        Ok(Self {
            orders: orders.collect::<Result<_, _>>()?,
            random,
            filled: *filled,
            now: Utc::now(),
        })
    }

    fn known(&mut self) -> &Known {
        let at = self.random.random_range(0..self.orders.len());
        &self.orders[at]
    }

    fn customer(&mut self) -> Option<waybill_domain::CustomerId> {
        let nth = self.random.random_range(0..self.filled.customers);
        customer(nth).parse().ok()
    }

    fn status(&mut self) -> Status {
        Status::ALL[self.random.random_range(0..Status::ALL.len())]
    }

    /// In the time that the log covers.
    fn time(&mut self) -> DateTime<Utc> {
        self.now - TimeDelta::minutes(self.random.random_range(60..80 * 24 * 60))
    }

    fn place(&mut self) -> Position {
        let last = self.filled.events.saturating_sub(2 * PAGE as u64).max(1);
        Position(self.random.random_range(0..last))
    }

    pub(super) async fn loads(
        &mut self,
        log: &EventLog,
        times: usize,
        found: &mut Vec<(String, f64)>,
    ) -> anyhow::Result<()> {
        let orders = Orders::new(log.clone(), NonZeroUsize::MIN);
        let mut took = Vec::new();
        for nth in 0..2 * times {
            let id = self.known().id;
            let began = Instant::now();
            let loaded = orders.load(id).await?;
            note(&mut took, nth >= times, began);
            anyhow::ensure!(loaded.is_some(), "{id} is not there");
        }
        found.push(("load of one order".to_owned(), median(&took)));
        Ok(())
    }

    pub(super) async fn pages(
        &mut self,
        log: &EventLog,
        times: usize,
        found: &mut Vec<(String, f64)>,
    ) -> anyhow::Result<()> {
        let mut took: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for nth in 0..2 * times {
            let customer = self.customer().map(Topic::Customer);
            let wanted = [
                ("replay page, all orders", Some(Topic::Orders), self.place()),
                ("replay page, one customer", customer, Position(0)),
                (
                    "replay page, one order",
                    Some(Topic::Order(self.known().id)),
                    Position(0),
                ),
            ];
            for (what, topic, after) in wanted {
                let Some(topic) = topic else { continue };
                let began = Instant::now();
                log.walk(&topic, after, PAGE).await?;
                note(took.entry(what).or_default(), nth >= times, began);
            }
        }
        let medians = took
            .into_iter()
            .map(|(what, took)| (what.to_owned(), median(&took)));
        found.extend(medians);
        Ok(())
    }

    pub(super) async fn lists(
        &mut self,
        models: &ReadModels,
        times: usize,
        found: &mut Vec<(String, f64)>,
    ) -> anyhow::Result<()> {
        let list = models.order_list();
        for (what, filter) in FILTERS {
            let mut took = Vec::new();
            for nth in 0..times {
                let mut query = ListQuery {
                    limit: 25,
                    ..ListQuery::default()
                };
                filter(self, &mut query);
                let began = Instant::now();
                list.page(&query, Audience::Staff).await?;
                note(&mut took, nth >= times / 2, began);
            }
            found.push((format!("list, {what}"), median(&took)));
        }
        Ok(())
    }
}

/// Keeps how long it took, in microseconds, unless it was to warm up.
fn note(took: &mut Vec<f64>, counts: bool, began: Instant) {
    if counts {
        took.push(began.elapsed().as_secs_f64() * 1e6);
    }
}
