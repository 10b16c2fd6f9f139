//! The course of a run: find the clock and the end of the log, connect, put the load on, wait for the rest.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use chrono::Utc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::account::Faults;
use super::client::{Client, Crowd, lock};
use super::clock::Clock;
use super::load::{Ledger, Schedule, Tally, Worker};
use super::report::{Commands, Deliveries, Report};
use super::shop::{Placed, Refused, Shop};
use super::target::{self, Credentials, Names, Target};
use super::{Args, Following};
use crate::auth::Role;
use crate::cli::progress::Progress;

/// Clients that connect at once; a node lets more wait in any case.
const CONNECTING: usize = 256;
/// Longest wait until all clients are live, and by how much it grows with each of them.
const CONNECT_MAX: Duration = Duration::from_secs(30);
const CONNECT_EACH: Duration = Duration::from_millis(5);
/// How often progress is shown, and whether it is over looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How often an order that is needed before the load begins is tried, a second apart.
const TRIES: u32 = 10;

/// A run.
pub(super) struct Bench<'a> {
    pub(super) args: &'a Args,
    pub(super) credentials: Arc<Credentials>,
    pub(super) names: Names,
    pub(super) progress: &'a Progress,
    /// Ends the load; what was sent until then is still waited for.
    pub(super) stop: CancellationToken,
}

/// How the load went, and what came of it.
struct Course {
    tally: Arc<Tally>,
    due: u64,
    measured: Duration,
    all_live: Duration,
    faults: Faults,
    unsettled: usize,
}

impl Bench<'_> {
    /// Runs from beginning to end.
    pub(super) async fn run(&self, target: Target) -> anyhow::Result<Report> {
        let workers = usize::try_from(self.args.workers)?;
        let http = target::http(workers)?;
        let token = self.credentials.token(self.names.run(), Role::Service)?;
        target::introduce(&http, &target, &token).await?;
        let shop = Shop {
            http,
            target: target.clone(),
            token,
            names: self.names.clone(),
            clock: Arc::new(Clock::default()),
        };
        let clients = usize::try_from(self.args.clients)?;
        let origin = self.probe(&shop).await?;
        let whole_log = self.args.topic == Following::Orders;
        let ledger = Arc::new(Ledger::new(clients, whole_log, origin.position));
        let orders = match self.args.topic {
            Following::Order => self.place(&shop, clients).await?,
            _ => Vec::new(),
        };
        for (account, order) in ledger.accounts.iter().zip(&orders) {
            lock(account).begin(order.id, order.version);
        }

        let crowd = Arc::new(Crowd::new(target, shop.clock.offset_micros()));
        let began = Instant::now();
        let leave = CancellationToken::new();
        let _leaving = leave.clone().drop_guard();
        let mut following = self.connect(&crowd, &ledger, &origin, &orders, &leave);
        self.until_live(&crowd, clients).await?;
        let all_live = began.elapsed();

        let tally = Arc::new(Tally::default());
        let (due, measured) = self.load(&shop, &crowd, &ledger, &tally, orders).await?;
        ledger.close();
        let unsettled = self.drain(&crowd, &ledger).await;
        leave.cancel();
        while following.join_next().await.is_some() {}

        let mut faults = Faults::default();
        for account in &ledger.accounts {
            faults.add(lock(account).faults());
        }
        let course = Course {
            tally,
            due,
            measured,
            all_live,
            faults,
            unsettled,
        };
        Ok(self.report(&shop, &crowd, &course))
    }

    /// A few commands one after the other: what clock is it, and where does the log end?
    async fn probe(&self, shop: &Shop) -> anyhow::Result<Placed> {
        let customer = format!("{}-probe", self.names.run());
        let refused = |Refused(why)| anyhow::anyhow!("the first order was refused: {why}");
        let mut order = shop.create(u64::MAX, &customer).await.map_err(refused)?;
        for to in ["processing", "shipped", "delivered"] {
            order = shop.advance(&order, to).await.map_err(refused)?;
        }
        Ok(order)
    }

    /// An order for each client, which it then follows.
    async fn place(&self, shop: &Shop, clients: usize) -> anyhow::Result<Vec<Placed>> {
        let room = Arc::new(Semaphore::new(usize::try_from(self.args.workers)?));
        let mut placing = JoinSet::new();
        for nth in 0..clients {
            let (shop, room) = (shop.clone(), Arc::clone(&room));
            placing.spawn(async move {
                let _place = room.acquire_owned().await;
                let customer = shop.names.customer(nth);
                let mut tries = 0;
                loop {
                    match shop.create(nth as u64, &customer).await {
                        Ok(order) => return Ok((nth, order)),
                        // Too many at once is no reason to give up before it has begun.
                        Err(Refused(why)) if why == "rate_limited" && tries < TRIES => tries += 1,
                        Err(Refused(why)) => anyhow::bail!("an order to follow was refused: {why}"),
                    }
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            });
        }
        let began = Instant::now();
        let mut orders = Vec::with_capacity(clients);
        while let Some(order) = placing.join_next().await {
            orders.push(order??);
            anyhow::ensure!(
                !self.stop.is_cancelled(),
                "interrupted before anything was measured"
            );
            let (done, total) = (orders.len() as u64, clients as u64);
            self.progress
                .show("placing orders", done, total, rate(done, began.elapsed()));
        }
        orders.sort_by_key(|(nth, _)| *nth);
        Ok(orders.into_iter().map(|(_, order)| order).collect())
    }

    fn connect(
        &self,
        crowd: &Arc<Crowd>,
        ledger: &Ledger,
        origin: &Placed,
        orders: &[Placed],
        leave: &CancellationToken,
    ) -> JoinSet<()> {
        let mut following = JoinSet::new();
        for (nth, account) in ledger.accounts.iter().enumerate() {
            let customer = self.names.customer(nth);
            let (role, topic, after) = match self.args.topic {
                // From a known place, so that already the first event can be missed.
                Following::Orders => (
                    Role::Staff,
                    "orders".to_owned(),
                    origin.position.to_string(),
                ),
                Following::Customer => (
                    Role::Customer,
                    format!("customer:{customer}"),
                    "now".to_owned(),
                ),
                Following::Order => {
                    let id = orders.get(nth).map(|order| order.id).unwrap_or_default();
                    (Role::Customer, format!("order:{id}"), "now".to_owned())
                }
            };
            let client = Client {
                credentials: Arc::clone(&self.credentials),
                subject: customer,
                role,
                topic,
                after,
                whole_log: ledger.whole_log,
                account: Arc::clone(account),
            };
            // Not all in one moment, which would be a test of another thing.
            let wave = u32::try_from(nth / CONNECTING).unwrap_or(u32::MAX);
            let (crowd, leave) = (Arc::clone(crowd), leave.clone());
            following.spawn(async move {
                tokio::time::sleep(LOOK / 2 * wave).await;
                client.follow(crowd, leave).await;
            });
        }
        following
    }

    async fn until_live(&self, crowd: &Crowd, clients: usize) -> anyhow::Result<()> {
        let began = Instant::now();
        let most = CONNECT_MAX + CONNECT_EACH * self.args.clients;
        loop {
            let live = crowd.live.load(Ordering::Relaxed);
            let (done, total) = (live as u64, clients as u64);
            self.progress
                .show("connecting", done, total, rate(done, began.elapsed()));
            if live >= clients {
                return Ok(());
            }
            anyhow::ensure!(
                !self.stop.is_cancelled(),
                "interrupted before anything was measured"
            );
            let sent_away = crowd.gave_up.load(Ordering::Relaxed) > 0;
            if sent_away || began.elapsed() > most {
                let why = crowd
                    .trouble()
                    .unwrap_or_else(|| "no reason was given".into());
                anyhow::bail!(
                    "only {live} of {clients} clients are live after {:.0} s; the last trouble was: {why}",
                    began.elapsed().as_secs_f64()
                );
            }
            tokio::time::sleep(LOOK / 4).await;
        }
    }

    /// Puts the load on, and returns what was due and for how long it was measured.
    async fn load(
        &self,
        shop: &Shop,
        crowd: &Crowd,
        ledger: &Arc<Ledger>,
        tally: &Arc<Tally>,
        orders: Vec<Placed>,
    ) -> anyhow::Result<(u64, Duration)> {
        let Args {
            warm_up,
            duration,
            rate: per_second,
            ..
        } = *self.args;
        let schedule = Arc::new(Schedule::new(per_second, warm_up, duration));
        let began = Instant::now();
        let now = Utc::now().timestamp_micros();
        let from = now + i64::try_from(warm_up.as_micros())?;
        crowd.measure(from, from + i64::try_from(duration.as_micros())?);

        let changed = !orders.is_empty();
        let workers = usize::try_from(self.args.workers)?;
        let workers = if changed {
            workers.min(orders.len())
        } else {
            workers
        };
        let mut shares = vec![Vec::new(); workers];
        for (nth, order) in orders.into_iter().enumerate() {
            shares[nth % workers].push((nth, order));
        }
        let mut working = JoinSet::new();
        for (nth, orders) in shares.into_iter().enumerate() {
            let mut shop = shop.clone();
            let subject = format!("{}-worker-{nth}", self.names.run());
            shop.token = self.credentials.token(&subject, Role::Service)?;
            let worker = Worker {
                shop,
                schedule: Arc::clone(&schedule),
                tally: Arc::clone(tally),
                ledger: Arc::clone(ledger),
                stop: self.stop.clone(),
                orders,
            };
            working.spawn(worker.run());
        }
        let done = async { while working.join_next().await.is_some() {} };
        tokio::pin!(done);
        let mut last = (0, Instant::now());
        loop {
            let over = tokio::time::timeout(LOOK, &mut done).await.is_ok();
            let came = crowd.came.load(Ordering::Relaxed);
            let deliveries = rate(came - last.0, last.1.elapsed());
            last = (came, Instant::now());
            self.show_load(began.elapsed(), tally, deliveries);
            if over {
                break;
            }
        }
        let measured = if self.stop.is_cancelled() {
            began.elapsed().saturating_sub(warm_up).min(duration)
        } else {
            duration
        };
        Ok((schedule.measured(), measured))
    }

    fn show_load(&self, passed: Duration, tally: &Tally, deliveries: f64) {
        let applied = tally.applied.load(Ordering::Relaxed);
        let warm_up = self.args.warm_up;
        let (phase, passed, of) = if passed < warm_up {
            ("warming up", passed, warm_up)
        } else {
            (
                "measuring",
                passed.saturating_sub(warm_up),
                self.args.duration,
            )
        };
        let said = format!("s; {applied} commands, {deliveries:.0} deliveries/s");
        let passed = passed.min(of).as_secs();
        self.progress.show_saying(phase, passed, of.as_secs(), said);
    }

    /// Waits for what is still to come; returns for how many clients it did not.
    async fn drain(&self, crowd: &Crowd, ledger: &Ledger) -> usize {
        let began = Instant::now();
        loop {
            let unsettled = ledger
                .accounts
                .iter()
                .filter(|account| !lock(account).settled())
                .count();
            let gone = crowd.gave_up.load(Ordering::Relaxed) >= ledger.accounts.len();
            if unsettled == 0 || gone || began.elapsed() > self.args.patience {
                return unsettled;
            }
            let (done, total) = (ledger.accounts.len() - unsettled, ledger.accounts.len());
            let said = "clients have everything".to_owned();
            self.progress
                .show_saying("draining", done as u64, total as u64, said);
            tokio::time::sleep(LOOK).await;
        }
    }

    fn report(&self, shop: &Shop, crowd: &Crowd, course: &Course) -> Report {
        let Course {
            tally,
            due,
            measured,
            ..
        } = course;
        let refused = tally.refused();
        let sent = tally.measured_sent.load(Ordering::Relaxed);
        let applied = tally.measured_applied.load(Ordering::Relaxed);
        let deliveries = crowd.deliveries.load(Ordering::Relaxed);
        let interrupted = self.stop.is_cancelled();
        let mut warnings = Vec::new();
        if sent < *due && !interrupted {
            warnings.push(format!(
                "{} commands were due and never sent, since all {} workers were waiting for answers: the server does \
                 not keep up with {} a second, or --workers is too low.",
                due - sent,
                self.args.workers,
                self.args.rate
            ));
        }
        for (code, count) in &refused {
            let advice = match code.as_str() {
                "rate_limited" => {
                    " (one account may send only so many, WAYBILL_RATE_…; with --secret there are several)"
                }
                _ => "",
            };
            warnings.push(format!("{count} commands failed: {code}{advice}."));
        }
        if course.unsettled > 0 {
            let patience = self.args.patience.as_secs();
            warnings.push(format!(
                "{} clients had not got everything {patience} s after the last command.",
                course.unsettled
            ));
        }
        let trouble = crowd
            .trouble()
            .filter(|_| crowd.reconnects.load(Ordering::Relaxed) > 0);
        if let Some(why) = trouble {
            warnings.push(format!("The last connection that was lost: {why}."));
        }
        Report {
            run: self.names.run().to_owned(),
            url: self.args.url.to_string(),
            topic: self.args.topic.name().to_owned(),
            clients: self.args.clients,
            warm_up_secs: self.args.warm_up.as_secs_f64(),
            measured_secs: measured.as_secs_f64(),
            all_live_secs: course.all_live.as_secs_f64(),
            commands: Commands {
                due: *due,
                sent,
                applied,
                applied_per_second: rate(applied, *measured),
                refused,
                latency: tally.latency.drain().into(),
            },
            deliveries: Deliveries {
                count: deliveries,
                per_second: rate(deliveries, *measured),
                latency: crowd.latency.drain().into(),
            },
            faults: course.faults,
            reconnects: crowd.reconnects.load(Ordering::Relaxed),
            resets: crowd.resets.load(Ordering::Relaxed),
            gave_up: crowd.gave_up.load(Ordering::Relaxed),
            clock: shop.clock.difference(crowd.offset_micros),
            interrupted,
            warnings,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn rate(count: u64, within: Duration) -> f64 {
    count as f64 / within.as_secs_f64().max(1e-3)
}
