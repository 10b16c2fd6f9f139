//! Connections to Postgres, direct or through a transaction pooler.

use std::panic::AssertUnwindSafe;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::FutureExt as _;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{Connection, PgPool, Postgres, Transaction};

/// Where the database is and how many connections this node may hold.
#[derive(Clone, Debug)]
pub struct DbOptions {
    /// What most statements use; may lead to a transaction pooler such as `PgBouncer`.
    pub url: String,
    /// Past the pooler, for the append and for LISTEN. Giving it says that `url` leads to a pooler.
    pub direct_url: Option<String>,
    /// Upper bound of the pool, 1 to 1,000 connections.
    pub max_connections: u32,
    /// How long a caller waits for a free connection.
    pub acquire_timeout: Duration,
}

impl DbOptions {
    /// The settings for a database at `url`, without a pooler: 16 connections, 5 s to get one.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            direct_url: None,
            max_connections: 16,
            acquire_timeout: Duration::from_secs(5),
        }
    }
}

/// A handle to the database; cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pool: PgPool,
    direct: Arc<PgConnectOptions>,
    through_pooler: bool,
    waiting: Arc<AtomicUsize>,
}

/// How much of a pool is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUse {
    /// Connections that are open.
    pub open: u32,
    /// Those of them that nobody uses at the moment.
    pub idle: u32,
    /// As many as there may be.
    pub max: u32,
    /// Callers that wait for one.
    pub waiting: usize,
}

/// Counts a caller that waits for a connection, for as long as it lives.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Db {
    /// Prepares a pool without connecting yet; the first use connects.
    ///
    /// # Errors
    /// When a URL cannot be parsed.
    pub fn new(options: &DbOptions) -> Result<Self, sqlx::Error> {
        let through_pooler = options.direct_url.is_some();
        let direct = bounded(PgConnectOptions::from_str(
            options.direct_url.as_ref().unwrap_or(&options.url),
        )?);
        let pooled = PgConnectOptions::from_str(&options.url)?;
        let pooled = if through_pooler {
            // A pooler refuses start-up options, and a statement that one of its server connections
            // has prepared is unknown to the next one.
            pooled
                .application_name("waybill")
                .statement_cache_capacity(0)
        } else {
            bounded(pooled)
        };
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout)
            .connect_lazy_with(pooled);
        Ok(Self {
            pool,
            direct: Arc::new(direct),
            through_pooler,
            waiting: Arc::default(),
        })
    }

    /// Whether statements may be prepared for longer than a transaction. Pass it to
    /// `Query::persistent` for every statement that runs on this database.
    #[must_use]
    pub fn persistent(&self) -> bool {
        !self.through_pooler
    }

    /// A transaction: the right choice for anything that writes or reads twice.
    ///
    /// # Errors
    /// When no connection can be had in time.
    pub async fn begin(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let _waiting = self.wait();
        self.pool.begin().await
    }

    /// Likewise, begun by `statement`.
    ///
    /// # Errors
    /// When no connection can be had in time.
    pub async fn begin_with(
        &self,
        statement: &'static str,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let _waiting = self.wait();
        self.pool.begin_with(statement).await
    }

    /// A session for reads of one statement each. Behind a pooler it is a transaction, so that the
    /// statement's steps meet one server connection; else it is a plain connection and saves the trips.
    ///
    /// # Errors
    /// When no connection can be had in time.
    pub async fn session(&self) -> Result<Session, sqlx::Error> {
        let _waiting = self.wait();
        if self.through_pooler {
            Ok(Session::InTransaction(self.pool.begin().await?))
        } else {
            Ok(Session::Plain(self.pool.acquire().await?))
        }
    }

    /// A new connection that no pooler shares, for the caller to own.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn connect_direct(&self) -> Result<PgConnection, sqlx::Error> {
        PgConnection::connect_with(&self.direct).await
    }

    /// A pool of one connection past the pooler, as `PgListener` wants it.
    #[must_use]
    pub fn direct_pool(&self) -> PgPool {
        PgPoolOptions::new()
            .max_connections(1)
            .connect_lazy_with(PgConnectOptions::clone(&self.direct))
    }

    /// How much of the pool is in use now. Who begins a transaction counts as waiting until it has
    /// begun.
    #[must_use]
    pub fn pool_use(&self) -> PoolUse {
        let open = self.pool.size();
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        PoolUse {
            open,
            // Read a moment later than the other.
            idle: idle.min(open),
            max: self.pool.options().get_max_connections(),
            waiting: self.waiting.load(Ordering::Relaxed),
        }
    }

    fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(&self.waiting)
    }

    /// The pool itself, for code that brings its own transactions.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Hands out no more connections, and closes each one as soon as it is handed back. Waits for the
    /// last one, however long its statement or its holder takes: bound it.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// See [`Db::session`].
pub enum Session {
    /// A connection of its own.
    Plain(PoolConnection<Postgres>),
    /// A transaction through a pooler.
    InTransaction(Transaction<'static, Postgres>),
}

impl Session {
    /// The connection to run statements on.
    pub fn conn(&mut self) -> &mut PgConnection {
        match self {
            Self::Plain(connection) => connection,
            Self::InTransaction(transaction) => transaction,
        }
    }

    /// Asks the server whether it is there.
    ///
    /// # Errors
    /// When it is not.
    pub async fn ping(mut self) -> Result<(), sqlx::Error> {
        self.conn().ping().await
    }

    /// Commits what was written. A session that only read may simply be dropped.
    ///
    /// # Errors
    /// When the commit fails.
    pub async fn finish(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::InTransaction(transaction) => transaction.commit().await,
        }
    }
}

/// Does `work` on a connection, and takes a panic in it for a broken connection: sqlx' parser panics on some answers that
/// make no sense, and a task that a node cannot do without must not end because of what came over a network.
///
/// # Errors
/// As `work`; and [`sqlx::Error::Protocol`], which leaves open what became of it.
pub async fn guarded<T, E: From<sqlx::Error>>(
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    // A connection that was in use is dropped, or was given up by whoever lent it; nothing else is left half-done.
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| {
            let said = "the answer makes no sense".to_owned();
            Err(sqlx::Error::Protocol(said).into())
        })
}

/// No statement of ours may wait or run without end: the server ends what the client forgot.
fn bounded(options: PgConnectOptions) -> PgConnectOptions {
    options.application_name("waybill").options([
        ("statement_timeout", "10s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "10s"),
        ("tcp_keepalives_idle", "30"),
        ("tcp_keepalives_interval", "10"),
        ("tcp_keepalives_count", "3"),
    ])
}

/// What a failed statement says about the transaction that it was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The data was at fault (SQLSTATE class 22 or 23): it will fail again, and nothing was written.
    Data,
    /// Rolled back for a passing reason: it may be tried again.
    RolledBack,
    /// The connection was lost or the server stopped: it may or may not have been committed.
    Unknown,
    /// Rolled back for a lasting reason, such as a missing right: trying again will not help.
    Lasting,
}

/// Tells what kind of failure `error` is.
#[must_use]
pub fn classify(error: &sqlx::Error) -> Failure {
    let Some(code) = error
        .as_database_error()
        .and_then(|e| e.code().map(std::borrow::Cow::into_owned))
    else {
        return match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::WorkerCrashed => Failure::Unknown,
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Failure::RolledBack,
            _ => Failure::Lasting,
        };
    };
    match code.as_str() {
        // Shutdown and crash messages can arrive after the commit record was written.
        c if c.starts_with("08") || c.starts_with("57P") => Failure::Unknown,
        c if c.starts_with("22") || c.starts_with("23") => Failure::Data,
        // Serialization, deadlock, lock and statement time-outs, lack of resources, I/O errors.
        c if c.starts_with("40")
            || c.starts_with("53")
            || c.starts_with("55")
            || c.starts_with("58") =>
        {
            Failure::RolledBack
        }
        "57014" | "25P02" | "25P03" => Failure::RolledBack,
        _ => Failure::Lasting,
    }
}
