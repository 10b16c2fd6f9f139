//! What the commands that read the log share: opening it, and naming a place and a topic in it.

use std::num::NonZeroUsize;

use anyhow::Context;
use waybill_domain::Audience;
use waybill_infra::db::{Db, DbOptions};
use waybill_infra::log::{Cursor, CursorError, EventLog, LogOptions, Topic};
use waybill_infra::migrate;
use waybill_infra::orders::Orders;

use crate::config::{DatabaseConfig, LogConfig, Sources};
use crate::push::parse_cursor;
use crate::push::topic::Wish;
use crate::telemetry;

/// Orders kept while a stretch of the log is read.
const ORDERS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// The log, as a command reads it.
pub(super) struct Reading {
    pub(super) log: EventLog,
    pub(super) orders: Orders,
}

impl Reading {
    /// Opens the log of `DATABASE_URL`.
    pub(super) async fn open(sources: &Sources) -> anyhow::Result<Self> {
        Self::at(&DatabaseConfig::load(sources)?.options()).await
    }

    /// Opens the log of a database.
    pub(super) async fn at(options: &DbOptions) -> anyhow::Result<Self> {
        let unreachable = "the database cannot be read (DATABASE_URL)";
        let db = Db::new(options).context(unreachable)?;
        migrate::check(&db).await.context(unreachable)?;
        // What is read is read once, so little is worth keeping.
        let few = LogOptions {
            ring_events: 4_096,
            ring_preload: 0,
            ..LogOptions::default()
        };
        let log = EventLog::open(db, few).await.context(unreachable)?;
        let orders = Orders::new(log.clone(), ORDERS);
        Ok(Self { log, orders })
    }

    /// The topic of that name.
    pub(super) async fn topic(&self, wish: &Wish) -> anyhow::Result<Topic> {
        Ok(match wish {
            Wish::Orders => Topic::Orders,
            Wish::Customer(id) => Topic::Customer(id.clone()),
            Wish::Order(key) => {
                let found = self.orders.find(key).await?;
                Topic::Order(found.context("there is no such order (--topic)")?.order_id)
            }
            Wish::Me => anyhow::bail!(
                "`customer:me` is for signed-in callers; say which customer (--topic)"
            ),
        })
    }

    /// Lets go of the database.
    pub(super) async fn close(self) {
        self.log.close().await;
        self.log.db().close().await;
    }
}

/// Logs warnings only: what the command prints is what is asked for.
pub(super) fn log_quietly(sources: &mut Sources) -> anyhow::Result<()> {
    sources.supply(&crate::config::log::FILTER, "warn");
    telemetry::init(&LogConfig::load(sources)?)?;
    Ok(())
}

/// Reads a place in the log as it is given on the command line.
pub(super) fn place(text: &str) -> Result<Cursor, String> {
    parse_cursor(text, Audience::Staff)
}

/// Says which flag holds the place that can't be found.
pub(super) fn at_fault(flag: &'static str) -> impl FnOnce(CursorError) -> anyhow::Error {
    move |error| anyhow::Error::new(error).context(flag)
}
