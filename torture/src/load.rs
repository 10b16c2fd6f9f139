//! A load that writes down everything: callers, followers and readers, on any set of nodes, that go on whatever
//! happens to these.
//!
//! ```text
//! let load = Load::start(&Plan::usual(options), Nodes::new(&stage.addresses()), Recorder::default()).await?;
//! …what is to be survived…
//! let loaded = load.stop().await?;            // when a node serves again
//! loaded.judge(&stage, &mut tried).await?;    // holds all of it against the log
//! ```
//!
//! **Callers** place orders and change them, several of them the same ones, with idempotency keys and expected
//! versions; what fails to be answered is asked again under the same key, of any node. **Followers** follow on every
//! channel, as staff, customers and guests, from the first event on; they hang up now and then, and come back with
//! their last cursor, as they do when they are cut off. **Readers** ask for what was just acknowledged.
//!
//! All choices are made by the plan's seed.

mod caller;
mod client;
mod counts;
mod event_stream;
mod follower;
mod long_poll;
mod nodes;
mod reader;
mod shop;
mod socket_io;
mod tokens;
mod web_socket;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use waybill_domain::Audience;
use waybill_tests::history::{Channel, History, Log, Recorder, Topic, Who, check};

use crate::options::Options;
use crate::stage::Stage;
use crate::tried::Tried;

pub use self::counts::Counts;
pub use self::nodes::Nodes;

use self::client::{Client, Reply};
use self::follower::{Follower, Goal};
use self::shop::Shop;

/// How long the end may take: until what is on its way is answered, and until everybody has seen everything.
const PATIENCE: Duration = Duration::from_mins(1);
/// Findings that are told; more are only counted.
const TOLD: usize = 30;

/// How much of a load.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Makes all choices.
    pub seed: u64,
    /// Callers at once. Each waits for its answer before it goes on.
    pub callers: u64,
    /// What a caller waits on average between two commands.
    pub pace: Duration,
    /// Orders that all callers change.
    pub hot: usize,
    /// Customers, each with a follower on every channel.
    pub customers: usize,
    /// Readers at once.
    pub readers: u64,
    /// After which a request without an answer is given up, to be sent again.
    pub timeout: Duration,
}

impl Plan {
    /// Some hundred commands a second at most, two dozen followers.
    pub fn usual(options: &Options) -> Self {
        Self {
            seed: options.seed(),
            callers: 6,
            pace: Duration::from_millis(60),
            hot: 3,
            customers: 4,
            readers: 3,
            timeout: Duration::from_secs(5),
        }
    }
}

/// A load that is on.
pub struct Load {
    shop: Arc<Shop>,
    /// Callers and readers.
    busy: JoinSet<()>,
    followers: JoinSet<()>,
    stopping: CancellationToken,
    goal: watch::Sender<Option<Arc<Goal>>>,
    random: StdRng,
}

/// What a load has left.
pub struct Loaded {
    /// Everything that was written down.
    pub history: History,
    /// How much of what.
    pub counts: BTreeMap<&'static str, u64>,
    /// What no client should ever meet, whatever happens to nodes and database: answers and closes, commands whose
    /// outcome it never hears, a node that takes no order when all is well again.
    pub unexpected: Vec<String>,
}

impl Load {
    /// Places the first orders, for which a node has to serve, and begins.
    pub async fn start(plan: &Plan, nodes: Nodes, recorder: Recorder) -> anyhow::Result<Self> {
        let shop = Arc::new(Shop::new(plan, nodes, recorder)?);
        let mut random = StdRng::seed_from_u64(plan.seed);
        let name = format!("caller-{}", plan.callers);
        let mut first = caller::Caller::new(&shop, name, &shop.nodes, &mut random)?;
        let mut load = Self {
            shop: Arc::clone(&shop),
            busy: JoinSet::new(),
            followers: JoinSet::new(),
            stopping: CancellationToken::new(),
            goal: watch::Sender::new(None),
            random,
        };
        for _ in 0..plan.hot {
            first.place(true).await;
        }
        anyhow::ensure!(
            shop.hot().len() == plan.hot,
            "the first orders were not placed"
        );
        load.follow(plan).await?;
        for nth in 0..plan.callers {
            let name = format!("caller-{nth}");
            let caller = caller::Caller::new(&shop, name, &shop.nodes, &mut load.random)?;
            let (stopping, pace) = (load.stopping.clone(), plan.pace);
            load.busy.spawn(caller.run(pace, stopping));
        }
        for nth in 0..plan.readers {
            let reader = reader::Reader::new(&shop, nth, &mut load.random)?;
            load.busy.spawn(reader.run(load.stopping.clone()));
        }
        Ok(load)
    }

    /// Everybody who follows, each on every channel.
    async fn follow(&mut self, plan: &Plan) -> anyhow::Result<()> {
        let channels = [Channel::WebSocket, Channel::EventStream, Channel::LongPoll];
        let mut eyes = Vec::new();
        for (nth, order) in self.shop.hot().into_iter().enumerate() {
            let topic = Topic::Order(order.id.clone());
            let guest = self.shop.guest(&order.id).await?;
            eyes.push((guest, topic.clone()));
            if nth == 0 {
                eyes.push((self.shop.staff("order-desk")?, topic));
            }
        }
        eyes.push((self.shop.staff("desk")?, Topic::Orders));
        for nth in 0..plan.customers {
            let name = shop::customer(nth);
            let topic = Topic::Customer(name.clone());
            if nth == 0 {
                eyes.push((self.shop.staff("customer-desk")?, topic.clone()));
            }
            let customer = self.shop.customer(&name)?;
            self.add(customer.clone(), Channel::SocketIo, topic.clone());
            eyes.push((customer, topic));
        }
        for (who, topic) in eyes {
            for channel in channels {
                self.add(who.clone(), channel, topic.clone());
            }
        }
        Ok(())
    }

    fn add(&mut self, who: (Who, String), channel: Channel, topic: Topic) {
        let goal = self.goal.subscribe();
        let follower = Follower::new(&self.shop, who, channel, topic, goal, &mut self.random);
        self.followers.spawn(follower.run());
    }

    /// How far it is: for a line of progress.
    pub fn progress(&self) -> String {
        let counts = &self.shop.counts;
        let (commands, events) = (counts.get(counts::ACKNOWLEDGED), counts.get(counts::EVENTS));
        format!("{commands} commands, {events} events seen")
    }

    /// The log was cut short: callers and readers ask for nothing any more that may be gone. The first orders are taken
    /// to be still there.
    pub fn forget(&self) {
        self.shop.forget();
    }

    /// Whom new requests and connections go to from now on.
    pub fn lead_to(&self, nodes: &[SocketAddr]) {
        self.shop.nodes.set(nodes);
    }

    /// Commands that were acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.shop.counts.get(counts::ACKNOWLEDGED)
    }

    /// Places an order through each node, ends the commands, waits until every follower has seen all that it should,
    /// reads the whole list, and gives out what was written down. All nodes must serve again; whoever has not seen
    /// everything after a minute is said to miss it.
    pub async fn stop(mut self) -> anyhow::Result<Loaded> {
        let mut unexpected = self.order_of_each_node().await?;
        self.stopping.cancel();
        let ending = async { while self.busy.join_next().await.is_some() {} };
        if tokio::time::timeout(PATIENCE, ending).await.is_err() {
            unexpected.push("somebody has waited for a minute and got no answer".to_owned());
        }
        self.busy.shutdown().await;
        unexpected.extend(self.unheard());
        let goal = self.shop.goal().await?;
        let head = goal.head;
        self.goal.send_replace(Some(Arc::new(goal)));
        let ending = async { while self.followers.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(PATIENCE, ending).await;
        self.followers.shutdown().await;
        let listed = self.shop.list(head).await?;
        self.shop.recorder.listed(listed);
        // Everybody had his minute.
        self.shop.recorder.completed();
        let history = self.shop.recorder.so_far();
        let mut counts = self.shop.counts.all();
        counts.insert("subscriptions", history.accounts.len() as u64);
        unexpected.extend(self.shop.counts.unexpected());
        Ok(Loaded {
            history,
            counts,
            unexpected,
        })
    }

    /// Orders something of each node; what is wrong with those that take no order.
    async fn order_of_each_node(&mut self) -> anyhow::Result<Vec<String>> {
        let mut findings = Vec::new();
        for (nth, node) in self.shop.nodes.all().into_iter().enumerate() {
            let name = format!("caller-at-{nth}");
            let nodes = Nodes::new(&[node]);
            let mut caller = caller::Caller::new(&self.shop, name, &nodes, &mut self.random)?;
            let placed = tokio::time::timeout(PATIENCE, caller.place(false)).await;
            if placed != Ok(true) {
                findings.push(format!("node {} takes no order", nth + 1));
            }
        }
        Ok(findings)
    }

    /// Whether there were answers at all.
    fn unheard(&self) -> Vec<String> {
        let counts = &self.shop.counts;
        let unknown = counts.get(counts::UNKNOWN);
        let unknown = (unknown > 0).then(|| format!("{unknown} commands never got an answer"));
        let unread = (counts.get(counts::READS) == 0).then(|| "no read was answered".to_owned());
        unknown.into_iter().chain(unread).collect()
    }
}

impl Loaded {
    /// Holds the history against the log, has `waybill verify` look at the database, and adds what was counted and what
    /// was found.
    pub async fn judge(&self, stage: &Stage, tried: &mut Tried) -> anyhow::Result<()> {
        let log = Log::load(&stage.owner_url).await?;
        self.judge_by(&log, tried);
        tried.findings.extend(stage.verify().await?);
        Ok(())
    }

    /// That cursors were not accepted any more, if they were not: for where the log has begun no new life.
    pub fn resets(&self) -> Option<String> {
        let resets = self.counts.get(counts::RESETS)?;
        Some(format!(
            "{resets} resets, and the log has begun no new life"
        ))
    }

    /// Holds the history against a log.
    pub fn judge_by(&self, log: &Log, tried: &mut Tried) {
        tried.count("events in the log", log.events.len() as u64);
        for (what, count) in &self.counts {
            tried.count(what, *count);
        }
        let findings = check(&self.history, log);
        let all = findings.len() + self.unexpected.len();
        let told = findings.iter().map(ToString::to_string);
        let told = told.chain(self.unexpected.iter().cloned()).take(TOLD);
        tried.findings.extend(told);
        if all > TOLD {
            tried.findings.push(format!("and {} more", all - TOLD));
        }
    }
}

impl Shop {
    /// A tracking link for an order.
    async fn guest(&self, order: &str) -> anyhow::Result<(Who, String)> {
        let client = self.client(&self.staff("links")?.1)?;
        let path = format!("/v1/orders/{order}/tracking-link");
        let body = json!({"lifetime_secs": 86_400});
        let link = client.insist(client.post(&path, &body)).await?;
        let token = link["token"].as_str().context("a token")?.to_owned();
        let who = Who {
            subject: order.to_owned(),
            audience: Audience::Guest,
        };
        Ok((who, token))
    }

    /// The end of the log, and of every topic.
    async fn goal(&self) -> anyhow::Result<Goal> {
        let client = self.client(&self.staff("end")?.1)?;
        let mut goal = Goal::default();
        let mut after = "earliest".to_owned();
        loop {
            let path = format!("/v1/events?topic=orders&after={after}&limit=1000");
            let page = client.insist(client.get(&path)).await?;
            let events = page["data"].as_array().context("no page of events")?;
            for event in events {
                goal.take(event);
            }
            page["cursor"]
                .as_str()
                .context("a cursor")?
                .clone_into(&mut after);
            if page["more"] != true && events.is_empty() {
                return Ok(goal);
            }
        }
    }

    /// Every order, as the list shows them to staff.
    async fn list(&self, head: u64) -> anyhow::Result<Vec<Value>> {
        let client = self.client(&self.staff("list")?.1)?;
        let mut rows = Vec::new();
        let first = format!("/v1/orders?limit=100&min_position={head}");
        let mut path = first.clone();
        loop {
            let mut page = client.insist(client.get(&path)).await?;
            let found = page["data"].as_array_mut().context("no page of orders")?;
            rows.append(found);
            match page["next_cursor"].as_str() {
                Some(next) => path = format!("{first}&page_cursor={next}"),
                None => return Ok(rows),
            }
        }
    }
}

impl Client {
    /// Asks until there is an answer, for a minute at most.
    async fn insist(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
        let asking = async {
            loop {
                let request = request
                    .try_clone()
                    .context("a request that can be sent again")?;
                match self.ask(request).await {
                    Reply::Done(body) => return Ok(body),
                    Reply::Again { .. } | Reply::Failed => {
                        tokio::time::sleep(Duration::from_millis(200)).await;
                    }
                    Reply::Refused { code, .. } => anyhow::bail!("refused: {code}"),
                }
            }
        };
        let answer = tokio::time::timeout(PATIENCE, asking).await;
        answer.context("no node answers")?
    }
}

#[cfg(test)]
mod tests;
