//! Fills an empty log with as many events as are wanted, within minutes.
//!
//! Ten million events through `waybill_append` would take an hour. So the rows are made here and go in by
//! `COPY`, with the tables' indexes built at the end, as many orders at once as a shop works on. What lies
//! in the tables then is what appending would have left there: events that the domain decided and wrote
//! (see [`lives`]), each order's in turn and between those of others, times that never go back, names in
//! `order_keys`, and idempotency keys of as many days as a node keeps.

mod lives;
mod rows;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sqlx::postgres::{PgConnection, PgPoolCopyExt as _};
use sqlx::{Connection as _, Executor as _, PgPool};
use tokio::sync::mpsc;
use uuid::Uuid;
use waybill_domain::{Timestamp, fixtures};
use waybill_infra::log::KEYS_KEPT;

use lives::{Life, Names};
use rows::Rows;

/// The time that the log covers, up to now, however many events it has.
const SPAN: TimeDelta = TimeDelta::days(90);
/// So many events for each customer, one with another.
const EVENTS_OF_CUSTOMER: u64 = 40;
/// Orders that are being worked on at once, unless the log is small.
const OPEN: u64 = 20_000;
/// Lives that orders have; what else differs between two orders is filled in.
const LIVES: usize = 512;
/// Bytes that go to Postgres at a time.
const CHUNK: usize = 1 << 20;

/// What to fill.
#[derive(Debug, Args)]
pub struct Options {
    /// Events to write.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// The database, as the owner of its schema; its log must be empty.
    #[arg(long)]
    database_url: String,
}

/// What was written.
#[derive(Clone, Copy, Debug)]
pub struct Filled {
    /// Events, at positions from 1 on.
    pub events: u64,
    /// Orders, numbered from `ORD-10001` on.
    pub orders: u64,
    /// Customers, named by [`customer`] from 0 on.
    pub customers: u64,
}

/// The id of the `nth` customer.
#[must_use]
pub fn customer(nth: u64) -> String {
    format!("customer-{nth}")
}

/// `waybill-bench fill`.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let began = std::time::Instant::now();
    let filled = fill(&options.database_url, options.events, |done| {
        if done.is_multiple_of(1_000_000) {
            println!("{done} events");
        }
    })
    .await?;
    println!(
        "{} events of {} orders and {} customers in {:.1?}",
        filled.events,
        filled.orders,
        filled.customers,
        began.elapsed()
    );
    Ok(())
}

/// Writes `events` events into the empty log of a database whose schema is up to date. `owner_url` is that
/// of the schema's owner; `progress` hears now and then how many were made.
///
/// # Errors
/// When the log is not empty, and when the database fails; then it is of no use any more.
pub async fn fill(
    owner_url: &str,
    events: u64,
    progress: impl FnMut(u64) + Send + 'static,
) -> anyhow::Result<Filled> {
    let pool = PgPool::connect(owner_url).await?;
    let mut owner = PgConnection::connect(owner_url).await?;
    let empty: bool = sqlx::query_scalar("SELECT NOT EXISTS (SELECT FROM events)")
        .fetch_one(&mut owner)
        .await?;
    anyhow::ensure!(empty, "only an empty log can be filled");
    owner
        .execute(include_str!("fill/sql/before.sql"))
        .await
        .context("dropping the indexes")?;

    let (to_events, of_events) = mpsc::channel(4);
    let (to_orders, of_orders) = mpsc::channel(4);
    let (to_commands, of_commands) = mpsc::channel(4);
    let mut shop = Shop::new(events, Utc::now())?;
    let making = tokio::task::spawn_blocking(move || {
        shop.events = Rows::to(to_events);
        shop.orders = Rows::to(to_orders);
        shop.commands = Rows::to(to_commands);
        shop.work(progress)
    });
    let copied = futures::try_join!(
        copy(&pool, include_str!("fill/sql/copy_events.sql"), of_events),
        copy(&pool, include_str!("fill/sql/copy_orders.sql"), of_orders),
        copy(
            &pool,
            include_str!("fill/sql/copy_commands.sql"),
            of_commands
        ),
    )?;
    let filled = making.await??;
    anyhow::ensure!(
        (copied.0, copied.1) == (filled.events, filled.orders),
        "{copied:?} rows were taken of {filled:?}"
    );
    pool.close().await;

    owner
        .execute(include_str!("fill/sql/after.sql"))
        .await
        .context("building the indexes")?;
    // The next block of numbers is drawn behind those that were used.
    sqlx::query("SELECT setval('order_numbers', 10001 + 50 * (($1::bigint + 49) / 50), false)")
        .bind(filled.orders.cast_signed())
        .execute(&mut owner)
        .await?;
    for statement in [
        "VACUUM (ANALYZE) events",
        "VACUUM (ANALYZE) order_keys",
        "ANALYZE commands",
    ] {
        owner.execute(statement).await?;
    }
    owner.close().await?;
    Ok(filled)
}

async fn copy(
    pool: &PgPool,
    statement: &'static str,
    mut chunks: mpsc::Receiver<Vec<u8>>,
) -> anyhow::Result<u64> {
    let mut copy = pool.copy_in_raw(statement).await?;
    while let Some(chunk) = chunks.recv().await {
        copy.send(chunk).await?;
    }
    Ok(copy.finish().await?)
}

/// An order that is not at the end of its life.
struct Open {
    life: usize,
    /// The life's next step.
    next: usize,
    id: Uuid,
    names: Names,
}

/// A shop at work: takes orders, moves them along, and writes down what happened.
struct Shop {
    lives: Vec<Life>,
    random: StdRng,
    wanted: u64,
    began: DateTime<Utc>,
    open: Vec<Option<Open>>,
    keys_from: DateTime<Utc>,
    filled: Filled,
    events: Rows,
    orders: Rows,
    commands: Rows,
}

impl Shop {
    fn new(events: u64, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let mut random = StdRng::seed_from_u64(4711);
        let open = usize::try_from((events / 50).clamp(20, OPEN))?;
        Ok(Self {
            lives: lives::lives(LIVES, &mut random)?,
            random,
            wanted: events,
            began: now - SPAN,
            open: std::iter::repeat_with(|| None).take(open).collect(),
            keys_from: now - KEYS_KEPT,
            filled: Filled {
                events: 0,
                orders: 0,
                customers: (events / EVENTS_OF_CUSTOMER).max(10),
            },
            events: Rows::default(),
            orders: Rows::default(),
            commands: Rows::default(),
        })
    }

    fn work(mut self, mut progress: impl FnMut(u64)) -> anyhow::Result<Filled> {
        let mut told = 0;
        while self.filled.events < self.wanted {
            let place = self.random.random_range(0..self.open.len());
            let mut order = match self.open[place].take() {
                Some(order) => order,
                None => self.take_order(),
            };
            let left = self.wanted - self.filled.events;
            if self.lives[order.life].command(order.next).len() as u64 > left {
                // There is room for a single event, and every order begins with one.
                order = self.take_order();
            }
            self.give_command(&mut order)?;
            if order.next < self.lives[order.life].steps.len() {
                self.open[place] = Some(order);
            }
            while self.filled.events >= told + 100_000 {
                told += 100_000;
                progress(told);
            }
        }
        self.events.end()?;
        self.orders.end()?;
        self.commands.end()?;
        Ok(self.filled)
    }

    /// When the event at `position` is recorded: evenly over the time that the log covers.
    fn time(&self, position: u64) -> DateTime<Utc> {
        let span = SPAN.num_microseconds().unwrap_or(i64::MAX);
        let share = i128::from(span) * i128::from(position) / i128::from(self.wanted.max(1));
        self.began + TimeDelta::microseconds(i64::try_from(share).unwrap_or(span))
    }

    fn uuid(&mut self, time: DateTime<Utc>) -> Uuid {
        let millis = time.timestamp_millis().cast_unsigned();
        uuid::Builder::from_unix_timestamp_millis(millis, &self.random.random()).into_uuid()
    }

    fn take_order(&mut self) -> Open {
        self.filled.orders += 1;
        let nth = self.filled.orders;
        let now = self.time(self.filled.events + 1);
        let placed_at = now - TimeDelta::milliseconds(self.random.random_range(50..30_000));
        let life = self.random.random_range(0..self.lives.len());
        let names = Names {
            number: fixtures::order_number(nth).to_string(),
            customer: self.random.random_range(0..self.filled.customers),
            reference: self.lives[life]
                .has_reference
                .then(|| format!("web-{:08x}-{nth}", self.random.random::<u32>())),
            placed_at: Timestamp::from(placed_at).to_string(),
            due: (placed_at + TimeDelta::days(self.random.random_range(2..9)))
                .format("%Y-%m-%d")
                .to_string(),
            parcel: format!("99.{:010}", self.random.random_range(0..10_000_000_000_u64)),
        };
        Open {
            life,
            next: 0,
            id: self.uuid(now),
            names,
        }
    }

    /// Has the events of the order's next command happen.
    fn give_command(&mut self, order: &mut Open) -> anyhow::Result<()> {
        let now = self.time(self.filled.events + 1);
        let command = self.uuid(now);
        let correlation = self.uuid(now).to_string();
        let id = order.id.to_string();
        let steps = self.lives[order.life].command(order.next);
        for at in steps {
            let event = self.uuid(now);
            self.filled.events += 1;
            let step = &self.lives[order.life].steps[at];
            let actor = if step.by_customer {
                customer(order.names.customer)
            } else {
                format!("{}-{}", step.actor, order.names.customer % 40)
            };
            self.events
                .row(18)
                .bigint(self.filled.events)
                .bytes(event.as_bytes())
                .bytes(b"order")
                .bytes(id.as_bytes())
                .bigint(at as u64 + 1)
                .bytes(step.event_type.as_bytes())
                .bytes(step.event_version.as_bytes())
                .with(|out| step.payload.write(&order.names, out))
                .maybe(step.personal.as_ref(), |personal, out| {
                    personal.write(&order.names, out);
                })
                .with(|out| {
                    // As the append writes it, keys in order.
                    for part in [
                        r#"{"actor_kind":""#,
                        step.actor,
                        r#"","correlation_id":""#,
                        &correlation,
                        r#""}"#,
                    ] {
                        out.extend_from_slice(part.as_bytes());
                    }
                })
                .bytes(customer(order.names.customer).as_bytes())
                .bytes(order.names.number.as_bytes())
                .time(now)
                .bytes(step.actor.as_bytes())
                .bytes(actor.as_bytes())
                .bytes(command.as_bytes())
                .bytes(correlation.as_bytes())
                .null();
            if at == 0 {
                self.orders
                    .row(4)
                    .bytes(id.as_bytes())
                    .bytes(order.names.number.as_bytes())
                    .maybe(order.names.reference.as_ref(), |reference, out| {
                        out.extend_from_slice(reference.as_bytes());
                    })
                    .bytes(customer(order.names.customer).as_bytes());
                self.orders.send_when(CHUNK)?;
            }
            order.next = at + 1;
        }
        self.events.send_when(CHUNK)?;
        if now >= self.keys_from {
            let (key, request): ([u8; 32], [u8; 32]) = (self.random.random(), self.random.random());
            self.commands
                .row(8)
                .bytes(&key)
                .bytes(&request)
                .bytes(command.as_bytes())
                .bytes(id.as_bytes())
                .bigint(order.next as u64)
                .bigint(self.filled.events)
                .bytes(b"applied")
                .time(now);
            self.commands.send_when(CHUNK)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
