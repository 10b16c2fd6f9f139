//! Our side: a Postgres on disk, `waybill serve` beside it, and somebody who writes into the log.
//!
//! The writer is not the server under test but this process, which appends by the same commands as a second
//! node would. So what the server uses is what following costs: its tail reads, its projections project, its
//! connections are served. What is appended had been prepared: orders that only wait for their next status.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;
use waybill_api::auth::{Minter, TokenRequest};
use waybill_api::config::{Config, Sources};
use waybill_domain::{ActorKind, ChangeStatus, OrderCommand, OrderId, Policy, Status, fixtures};
use waybill_infra::commands::{CommandHandler, Request};
use waybill_infra::db::{Db, DbOptions};
use waybill_infra::log::{EventLog, LogOptions, Topic};
use waybill_infra::orders::Orders;
use waybill_infra::private_postgres::{PrivatePostgres, provision};
use waybill_tests::node::Node;

use super::clients::{Client, Speech};
use super::plan::{Followers, Plan};
use super::tally::Tally;
use crate::server;

/// Writers that prepare orders at once.
const WRITERS: u64 = 64;
/// Orders that the writer keeps in memory, so that it loads none.
const CACHE: usize = 50_000;
/// What stays from turn to turn.
pub struct Shop {
    postgres: PrivatePostgres,
    binary: PathBuf,
    variables: Vec<(String, String)>,
    minter: Minter,
    log: EventLog,
    handler: CommandHandler,
    orders: u64,
    turns: u64,
}

impl Shop {
    /// Starts the database and opens the log.
    pub async fn open(binary: PathBuf, settings: &[String]) -> anyhow::Result<Self> {
        let postgres = server::postgres(&server::folder("fanout")).await?;
        let url = provision(&postgres).await?.service_url;
        let mut variables = server::variables(&url);
        variables.extend(server::settings(settings)?);
        let config = Config::load(&Sources::from_variables(variables.clone()))
            .map_err(|errors| anyhow::anyhow!("{errors}"))?;
        let log = EventLog::open(Db::new(&DbOptions::new(&url))?, LogOptions::default()).await?;
        let cache = NonZeroUsize::new(CACHE).unwrap_or(NonZeroUsize::MIN);
        let orders = Orders::new(log.clone(), cache);
        Ok(Self {
            postgres,
            binary,
            variables,
            minter: Minter::new(&config.auth)?,
            handler: CommandHandler::new(log.clone(), orders, Policy::default()),
            log,
            orders: 0,
            turns: 0,
        })
    }

    /// Starts a node.
    pub async fn serve(&mut self) -> anyhow::Result<Serving> {
        self.turns += 1;
        Ok(Serving {
            node: Node::start(&self.binary, &self.variables).await?,
            turn: self.turns,
            prepared: Vec::new(),
        })
    }

    /// Closes the log and stops the database.
    pub async fn close(self) -> anyhow::Result<()> {
        self.log.close().await;
        self.log.db().close().await;
        tokio::task::spawn_blocking(move || self.postgres.stop()).await??;
        Ok(())
    }

    async fn execute(
        handler: CommandHandler,
        order_id: OrderId,
        command: OrderCommand,
    ) -> anyhow::Result<()> {
        let request = Request {
            order_id,
            command,
            actor: fixtures::actor(ActorKind::Service),
            expected_version: None,
            key: None,
            correlation_id: "bench".into(),
            causation_id: None,
        };
        handler.execute(request).await?;
        Ok(())
    }
}

/// A node under test.
pub struct Serving {
    pub node: Node,
    turn: u64,
    prepared: Vec<OrderId>,
}

impl Serving {
    /// How one speaks with it.
    pub fn speech() -> Speech {
        Speech {
            greeting: Some(r#"{"type":"subscribe","id":"a","topic":"customer:me"}"#.into()),
            ready: Some(r#"{"type":"subscribed""#.into()),
            ping: Some((r#"{"type":"ping""#.into(), r#"{"type":"pong"}"#.into())),
        }
    }

    /// The client that follows topic `topic`.
    pub fn client(&self, shop: &Shop, topic: usize) -> anyhow::Result<Client> {
        let request = TokenRequest {
            subject: self.customer(topic).parse()?,
            roles: Vec::new(),
            lifetime: Duration::from_hours(1),
            session_id: None,
        };
        Ok(Client {
            path: "/v1/ws".into(),
            token: Some(shop.minter.mint(&request, chrono::Utc::now())?),
        })
    }

    /// No other turn's, so that nobody is sent what is not for him now.
    fn customer(&self, topic: usize) -> String {
        format!("customer-{}-{topic}", self.turn)
    }

    /// Places the orders that are going to be moved.
    pub async fn prepare(
        &mut self,
        shop: &mut Shop,
        plan: Plan,
        followers: Followers,
    ) -> anyhow::Result<()> {
        self.prepared = (0..plan.events).map(|_| Uuid::now_v7().into()).collect();
        let before = shop.orders;
        shop.orders += plan.events;
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let mut mine = Vec::new();
            for nth in (writer..plan.events).step_by(usize::try_from(WRITERS)?) {
                let place = usize::try_from(nth)?;
                let mut order = fixtures::new_order();
                order.reference = None;
                order.customer_id = self.customer(followers.topic(place)).parse()?;
                let id = *self.prepared.get(place).context("prepared")?;
                mine.push((id, order.numbered(fixtures::order_number(before + nth))));
            }
            let handler = shop.handler.clone();
            writers.spawn(async move {
                for (id, create) in mine {
                    Shop::execute(handler.clone(), id, create.into()).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(writer) = writers.join_next().await {
            writer??;
        }
        Ok(())
    }

    /// Moves the orders as planned, and says what the followers of each topic should have got by that.
    pub async fn emit(
        &mut self,
        shop: &Shop,
        plan: Plan,
        followers: Followers,
    ) -> anyhow::Result<Vec<Tally>> {
        let mut after = shop.log.head().borrow().mark.position;
        let began = Instant::now();
        let mut writers = JoinSet::new();
        for (nth, order) in (0..).zip(std::mem::take(&mut self.prepared)) {
            if plan.per_second.is_some() {
                tokio::time::sleep_until(began + plan.due(nth)).await;
            }
            let command = ChangeStatus::to(Status::Processing).into();
            writers.spawn(Shop::execute(shop.handler.clone(), order, command));
        }
        while let Some(writer) = writers.join_next().await {
            writer??;
        }
        let count = match followers {
            Followers::One(_) => 1,
            // Also if nobody follows, it is about something.
            Followers::Each(count) => count.max(1),
        };
        let place = (0..count).map(|topic| (self.customer(topic), topic));
        let place: HashMap<String, usize> = place.collect();
        let mut tallies = vec![Tally::default(); count];
        let mut found = 0;
        while found < plan.events {
            let page = shop.log.walk(&Topic::Orders, after, 1_000).await?;
            anyhow::ensure!(page.through > after, "events are not in the log");
            after = page.through;
            for event in &page.events {
                let topic = place.get(event.envelope.customer_id.as_str());
                let tally = topic.and_then(|topic| tallies.get_mut(*topic));
                let number = event.envelope.order_number.to_string();
                let number = number.strip_prefix("ORD-").and_then(|n| n.parse().ok());
                tally
                    .context("somebody else writes")?
                    .push(number.context("a number")?);
                found += 1;
            }
        }
        Ok(tallies)
    }
}
