//! Figures over all orders: held against what the log says, added up in the plainest way.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Timelike, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use sqlx::{Executor, Row};
use uuid::Uuid;
use waybill_domain::{
    Cancel, CancelReason, ImportedOrder, OrderId, Status, UpdateDetails, fixtures,
};
use waybill_projections::rebuild::RebuildOptions;
use waybill_projections::verify::{Finding, VerifyOptions};
use waybill_projections::{Analytics, Figures, ReadModels, Redriven, RunnerOptions, Span, Unit};

use super::shop::{Shop, priced};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

async fn figures(analytics: &Analytics, unit: Unit, from: &str, to: &str) -> Figures {
    let span = Span::new(unit, day(from), day(to)).unwrap();
    analytics.of(span).await.unwrap()
}

/// What the log says, event by event, without a projection and without the domain.
#[derive(Debug, Default)]
struct Tally {
    /// By hour and currency: placed, called off, revenue.
    placed: BTreeMap<(DateTime<Utc>, String), (u64, u64, u64)>,
    /// By status and the day of leaving it: for how many milliseconds.
    times: BTreeMap<(String, NaiveDate), Vec<u64>>,
    cancellations: BTreeMap<(NaiveDate, String), u64>,
}

#[derive(Clone, Debug)]
struct Followed {
    placed_at: DateTime<Utc>,
    currency: String,
    total: u64,
    status: String,
    since: Option<DateTime<Utc>>,
    by: Uuid,
}

impl Tally {
    async fn of(shop: &Shop) -> Self {
        let mut owner = shop.database.owner().await;
        let rows = sqlx::query(
            "SELECT aggregate_id, payload::text AS payload, recorded_at, command_id FROM events ORDER BY position",
        )
        .fetch_all(&mut owner)
        .await
        .unwrap();
        let (mut tally, mut orders) = (Self::default(), BTreeMap::<String, Followed>::new());
        for row in rows {
            let payload: Value = serde_json::from_str(row.get("payload")).unwrap();
            let (kind, event) = payload.as_object().unwrap().iter().next().unwrap();
            let (id, by): (String, Uuid) = (row.get("aggregate_id"), row.get("command_id"));
            tally.take(&mut orders, id, by, row.get("recorded_at"), kind, event);
        }
        for order in orders.values() {
            let hour = order
                .placed_at
                .with_minute(0)
                .unwrap()
                .with_second(0)
                .unwrap();
            let key = (hour.with_nanosecond(0).unwrap(), order.currency.clone());
            let placed = tally.placed.entry(key).or_default();
            placed.0 += 1;
            match order.status.as_str() {
                "cancelled" => placed.1 += 1,
                _ => placed.2 += order.total,
            }
        }
        tally
    }

    fn take(
        &mut self,
        orders: &mut BTreeMap<String, Followed>,
        id: String,
        by: Uuid,
        now: DateTime<Utc>,
        kind: &str,
        event: &Value,
    ) {
        let price = |pricing: &Value| {
            let currency = pricing["currency"].as_str().unwrap().to_owned();
            (currency, pricing["total"].as_u64().unwrap())
        };
        if kind == "Created" {
            let placed_at: DateTime<Utc> = event["placed_at"].as_str().unwrap().parse().unwrap();
            let (currency, total) = price(&event["pricing"]);
            let followed = Followed {
                placed_at,
                currency,
                total,
                status: "pending".to_owned(),
                since: Some(placed_at.min(now)),
                by,
            };
            orders.insert(id, followed);
            return;
        }
        let order = orders.get_mut(&id).unwrap();
        let to = match kind {
            "Updated" => {
                for change in event["changes"].as_array().unwrap() {
                    if change["kind"] == "pricing" {
                        (order.currency, order.total) = price(&change["after"]);
                    }
                }
                return;
            }
            "StatusChanged" => event["to"].as_str().unwrap(),
            "Completed" => "delivered",
            _ => "cancelled",
        };
        // Placed and moved by one command: imported, and nobody knows when it moved.
        let known = by != order.by;
        if let (true, Some(since)) = (known, order.since) {
            let millis = (now - since).num_milliseconds().cast_unsigned();
            let key = (order.status.clone(), now.date_naive());
            self.times.entry(key).or_default().push(millis);
        }
        if known && to == "cancelled" {
            let key = (
                now.date_naive(),
                event["reason"].as_str().unwrap().to_owned(),
            );
            *self.cancellations.entry(key).or_default() += 1;
        }
        to.clone_into(&mut order.status);
        (order.since, order.by) = (known.then_some(now), by);
    }

    /// Whether the figures of these days say the same.
    async fn agrees(&self, analytics: &Analytics, unit: Unit, from: &str, to: &str) {
        let told = figures(analytics, unit, from, to).await;
        let (first, last) = (day(from), day(to));
        let within = |date: NaiveDate| (first..=last).contains(&date);
        let mut periods = BTreeMap::<(String, DateTime<Utc>), (u64, u64, u64)>::new();
        for ((hour, currency), (orders, cancelled, revenue)) in &self.placed {
            if within(hour.date_naive()) {
                let start = match unit {
                    Unit::Hour => *hour,
                    Unit::Day => hour.with_hour(0).unwrap(),
                };
                let period = periods.entry((currency.clone(), start)).or_default();
                *period = (period.0 + orders, period.1 + cancelled, period.2 + revenue);
            }
        }
        let mut shown = BTreeMap::new();
        for currency in &told.currencies {
            let mut sum = (0, 0, 0);
            for p in &currency.periods {
                let key = (currency.currency.clone(), p.start.to_datetime());
                shown.insert(key, (p.orders, p.cancelled, p.revenue));
                sum = (sum.0 + p.orders, sum.1 + p.cancelled, sum.2 + p.revenue);
            }
            assert_eq!(sum, (currency.orders, currency.cancelled, currency.revenue));
        }
        assert_eq!(shown, periods, "{unit} {from} to {to}");

        let mut reasons = BTreeMap::<String, u64>::new();
        for ((date, reason), count) in &self.cancellations {
            if within(*date) {
                *reasons.entry(reason.clone()).or_default() += count;
            }
        }
        let told_reasons = told.cancellations.iter();
        let told_reasons = told_reasons.map(|c| (c.reason.as_str().to_owned(), c.count));
        assert_eq!(told_reasons.collect::<BTreeMap<_, _>>(), reasons);

        for told in &told.time_in_status {
            let mut all: Vec<u64> = self
                .times
                .iter()
                .filter(|((status, date), _)| *status == told.status.as_str() && within(*date))
                .flat_map(|(_, times)| times.clone())
                .collect();
            all.sort_unstable();
            assert_eq!(told.count, all.len() as u64, "{}", told.status);
            for (percent, secs) in [(50, told.median_secs), (95, told.p95_secs)] {
                let exact = all.get((all.len() * percent).div_ceil(100).saturating_sub(1));
                assert_eq!(exact.is_some(), secs.is_some());
                if let (Some(exact), Some(secs)) = (exact, secs) {
                    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
                    let exact = *exact as f64 / 1000.0;
                    let off = (secs - exact).abs();
                    assert!(
                        off * 64.0 <= exact + 1e-6,
                        "{secs} for {exact} of {}",
                        told.status
                    );
                }
            }
        }
    }

    async fn agrees_everywhere(&self, analytics: &Analytics) {
        for (unit, from, to) in [
            (Unit::Hour, "2025-01-01", "2025-01-31"),
            (Unit::Hour, "2025-01-03", "2025-01-03"),
            (Unit::Day, "2025-01-01", "2025-12-31"),
            (Unit::Day, "2025-01-10", "2025-01-14"),
            (Unit::Day, "1999-01-01", "1999-01-01"),
        ] {
            self.agrees(analytics, unit, from, to).await;
        }
    }
}

/// Places, imports, prices, moves and calls off orders, as it comes.
async fn random_story(shop: &Shop, seed: u64) -> Vec<OrderId> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut orders = Vec::new();
    let pricing = |random: &mut StdRng| {
        let currency = ["EUR", "CHF", "JPY"][random.random_range(0..3)];
        let mut pricing = priced("Cup", random.random_range(0..100_000));
        pricing["currency"] = json!(currency);
        pricing
    };
    for step in 0..200_u32 {
        let minute = random.random_range(0..20 * 24 * 60_i64);
        let placed_at = "2025-01-01T00:00:07.5Z".parse::<DateTime<Utc>>().unwrap()
            + chrono::TimeDelta::minutes(minute);
        let order = |pricing: Value| json!({ "placed_at": placed_at, "pricing": pricing });
        let any =
            |random: &mut StdRng, orders: &[OrderId]| orders[random.random_range(0..orders.len())];
        match random.random_range(0..10) {
            _ if orders.is_empty() => orders.push(shop.place(order(pricing(&mut random))).await),
            0..3 => orders.push(shop.place(order(pricing(&mut random))).await),
            3 => {
                let mut body = fixtures::new_order_json();
                let status = Status::ALL[random.random_range(0..5)];
                body["status"] = json!(status);
                body["reference"] = json!(format!("old-{step}"));
                body["placed_at"] = json!(placed_at);
                body["pricing"] = pricing(&mut random);
                let number = fixtures::order_number(u64::from(500 + step));
                let order_id = OrderId::from(Uuid::now_v7());
                let import = ImportedOrder::parse(body).unwrap().numbered(number);
                shop.run(order_id, import).await;
                orders.push(order_id);
            }
            4 => {
                let order = any(&mut random, &orders);
                let change = UpdateDetails::parse(json!({ "pricing": pricing(&mut random) }));
                // Refused once it is on its way.
                shop.try_run(order, change.unwrap()).await.ok();
            }
            5 => {
                let reason = CancelReason::ALL[random.random_range(0..7)];
                let order = any(&mut random, &orders);
                shop.try_run(order, Cancel::because(reason)).await.ok();
            }
            _ => {
                let order = any(&mut random, &orders);
                let to = Status::ALL[random.random_range(1..4)];
                let to = waybill_domain::ChangeStatus::to(to);
                shop.try_run(order, to).await.ok();
            }
        }
    }
    // As if it had happened over three weeks, and not within seconds.
    let mut owner = shop.database.owner().await;
    owner
        .execute(
            "SET session_replication_role = replica;
             UPDATE events SET recorded_at = timestamptz '2025-01-01 06:00Z' + position * interval '97 minutes 1.234567 s';",
        )
        .await
        .unwrap();
    orders
}

fn quick() -> RebuildOptions {
    RebuildOptions {
        page: 7,
        grace: Duration::from_millis(50),
        ..RebuildOptions::default()
    }
}

async fn all_is_well(models: &ReadModels) {
    let verified = models.verify(VerifyOptions::default(), &|_| ()).await;
    assert_eq!(verified.unwrap().findings, []);
}

#[tokio::test]
async fn the_figures_are_those_of_the_log_however_they_came_about() {
    for seed in [1, 2, 3] {
        let shop = Shop::open().await;
        let orders = random_story(&shop, seed).await;
        let tally = Tally::of(&shop).await;
        let sizes = [
            tally.times.len(),
            tally.cancellations.len(),
            tally.placed.len(),
        ];
        assert!(
            sizes
                .iter()
                .zip([10, 2, 20])
                .all(|(size, least)| *size > least),
            "{sizes:?}"
        );
        // A log that remembers nothing of the story, so that it is read as it was written over.
        let log = shop.database.log().await;
        let options = RunnerOptions {
            batch_max: [1, 7, 1_000][usize::try_from(seed - 1).unwrap()],
            ..RunnerOptions::default()
        };
        let models = ReadModels::start_with(log, options);
        shop.settled(&models).await;
        let analytics = models.analytics();
        tally.agrees_everywhere(&analytics).await;
        all_is_well(&models).await;
        let before = figures(&analytics, Unit::Hour, "2025-01-01", "2025-01-31").await;

        // Taken out and put in again, order by order.
        let mut owner = shop.database.owner().await;
        for order in &orders[..10] {
            sqlx::query("INSERT INTO order_analytics_a.parked (order_id, version, position, reason) VALUES ($1, 1, 1, 'tried')")
                .bind(order.as_uuid())
                .execute(&mut owner)
                .await
                .unwrap();
            let redriven = models.redrive(*order, Some("order_analytics")).await;
            assert_eq!(redriven.unwrap(), [("order_analytics", Redriven::Unparked)]);
        }
        tally.agrees_everywhere(&analytics).await;
        all_is_well(&models).await;

        // Made anew in bulk, and gone on from there.
        let made = models
            .rebuild("order_analytics", quick(), &|_| ())
            .await
            .unwrap();
        let compared = made.compared.unwrap();
        assert_eq!(
            (compared.rows, compared.differing),
            (orders.len() as u64, 0)
        );
        let after = figures(&analytics, Unit::Hour, "2025-01-01", "2025-01-31").await;
        assert_eq!(before, after);
        all_is_well(&models).await;
        models.close().await;
    }
}

#[tokio::test]
async fn what_a_rebuild_has_made_goes_on_with_what_comes_next() {
    let shop = Shop::open().await;
    let models = ReadModels::start(shop.log.clone());
    let (kept, cancelled) = (shop.place(json!({})).await, shop.place(json!({})).await);
    shop.settled(&models).await;
    let made = models.rebuild("order_analytics", quick(), &|_| ()).await;
    assert!(made.unwrap().switched);
    shop.run(cancelled, Cancel::because(CancelReason::Inventory))
        .await;
    shop.move_to(kept, Status::Shipped).await;
    let change =
        json!({ "placed_at": "2025-01-01T23:59:59.999999Z", "pricing": priced("Cup", 500) });
    shop.place(change).await;
    shop.settled(&models).await;
    Tally::of(&shop)
        .await
        .agrees_everywhere(&models.analytics())
        .await;
    let told = figures(&models.analytics(), Unit::Day, "2025-01-01", "2025-01-01").await;
    let eur = &told.currencies[0];
    assert_eq!((eur.orders, eur.cancelled, eur.revenue), (3, 1, 6475 + 500));
    all_is_well(&models).await;
    models.close().await;
}

#[tokio::test]
async fn a_parked_order_counts_as_it_was_and_is_told_of() {
    let shop = Shop::open().await;
    let (broken, sound) = (shop.place(json!({})).await, shop.place(json!({})).await);
    shop.append_raw(broken, "OrderCancelled", "1.0", r#"{"Nonsense":{}}"#)
        .await;
    shop.run(sound, Cancel::because(CancelReason::Expired))
        .await;
    let models = ReadModels::start(shop.log.clone());
    shop.settled(&models).await;
    let told = figures(&models.analytics(), Unit::Day, "2025-01-01", "2025-01-01").await;
    let eur = &told.currencies[0];
    assert_eq!((eur.orders, eur.cancelled, eur.revenue), (2, 1, 6475));
    assert_eq!(told.parked, 1);
    let redriven = models.redrive(broken, Some("order_analytics")).await;
    assert!(matches!(
        redriven.unwrap()[0].1,
        Redriven::StillParked { .. }
    ));
    let again = figures(&models.analytics(), Unit::Day, "2025-01-01", "2025-01-01").await;
    assert_eq!(again, told);
    models.close().await;
}

#[tokio::test]
async fn sums_greater_than_a_bigint_park_nothing() {
    let shop = Shop::open().await;
    let models = ReadModels::start(shop.log.clone());
    let most = (1_u64 << 53) - 1;
    shop.place(json!({ "pricing": priced("Crown", most) }))
        .await;
    shop.settled(&models).await;
    let mut owner = shop.database.owner().await;
    // As a thousand such orders more would have it.
    owner
        .execute("UPDATE order_analytics_a.placed SET revenue = 9223372036854775807")
        .await
        .unwrap();
    let last = shop
        .place(json!({ "pricing": priced("Crown", most) }))
        .await;
    shop.settled(&models).await;
    assert_eq!(models.parked(10).await.unwrap().len(), 0);
    let told = figures(&models.analytics(), Unit::Hour, "2025-01-01", "2025-01-01").await;
    assert_eq!(told.currencies[0].revenue, i64::MAX.cast_unsigned());
    shop.run(last, Cancel::because(CancelReason::Fraud)).await;
    shop.settled(&models).await;
    let told = figures(&models.analytics(), Unit::Day, "2025-01-01", "2025-01-01").await;
    assert_eq!(told.currencies[0].revenue, i64::MAX.cast_unsigned());
    models.close().await;
}

#[test]
fn a_span_has_bounds() {
    let span = |unit, from, to| Span::new(unit, day(from), day(to));
    assert!(span(Unit::Hour, "2025-01-01", "2025-01-31").is_some());
    assert!(span(Unit::Hour, "2025-01-01", "2025-02-01").is_none());
    assert!(span(Unit::Day, "2024-01-01", "2024-12-31").is_some());
    assert!(span(Unit::Day, "2024-01-01", "2025-01-01").is_none());
    assert!(span(Unit::Day, "2025-01-02", "2025-01-01").is_none());
}

#[tokio::test]
async fn a_damaged_row_and_a_damaged_sum_are_found() {
    let shop = Shop::open().await;
    let models = ReadModels::start(shop.log.clone());
    let order = shop.place(json!({})).await;
    shop.settled(&models).await;
    let mut owner = shop.database.owner().await;
    for (damage, order, expected) in [
        (
            "UPDATE order_analytics_a.contributions SET entered_at = NULL",
            Some(order),
            "order_analytics says something else than a replay up to 1",
        ),
        (
            "UPDATE order_analytics_a.placed SET revenue = 9 WHERE unit = 'day'",
            None,
            "order_analytics: the orders placed in the day from 2025-01-01T00Z on in EUR are counted wrong",
        ),
        (
            "INSERT INTO order_analytics_a.times VALUES ('2025-01-02', 'shipped', 3, 1)",
            None,
            "order_analytics: the orders that left shipped on 2025-01-02 are counted wrong",
        ),
        (
            "INSERT INTO order_analytics_a.cancellations VALUES ('2025-01-02', 'fraud', 1)",
            None,
            "order_analytics: the orders cancelled on 2025-01-02 because of fraud are counted wrong",
        ),
    ] {
        let before = models.verify(VerifyOptions::default(), &|_| ()).await;
        owner.execute(damage).await.unwrap();
        let after = models.verify(VerifyOptions::default(), &|_| ()).await;
        let (before, after) = (before.unwrap().found, after.unwrap());
        let found = |f: &Finding| (f.order_id, f.problem.as_str()) == (order, expected);
        assert!(after.findings.iter().any(found), "{after:?}");
        assert_eq!(after.found, before + 1);
    }
    // What is derived is made anew from what is true.
    let made = models.rebuild("order_analytics", quick(), &|_| ()).await;
    assert_eq!(made.unwrap().compared.unwrap().differing, 1);
    all_is_well(&models).await;
    models.close().await;
}
