//! One serving node: everything put together at the start, and taken apart in the right order at the end.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use futures::future::BoxFuture;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use waybill_domain::{OrderPrefix, Policy};
use waybill_infra::commands::CommandHandler;
use waybill_infra::db::Db;
use waybill_infra::log::{EventLog, LogOptions};
use waybill_infra::migrate;
use waybill_infra::order_numbers::OrderNumbers;
use waybill_infra::orders::Orders;
use waybill_infra::revocations::Revocations;
use waybill_projections::push::Hub;
use waybill_projections::{ReadModels, RunnerOptions};

use crate::app::{App, Shared};
use crate::auth::{AllowedOrigins, Authenticator, KeyError, SessionKeys, TrackingKeys, Verifier};
use crate::config::{Config, NotifierKind};
use crate::http::middleware::{self, Edge};
use crate::http::{routes, server};
use crate::pulse::Pulse;
use crate::push::{Push, socketio};
use crate::rate_limit::RateLimits;
use crate::tracking::notifier::{LogNotifier, Notifier};
use crate::tracking::{self, Links, Tracking};

/// How often measured times are summed up.
const UPKEEP: std::time::Duration = std::time::Duration::from_secs(5);

/// Pages that are read for exports at a time.
const EXPORT_PAGES: usize = 2;

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be used.
    #[error("the database cannot be reached (DATABASE_URL): {0}")]
    Database(#[from] sqlx::Error),
    /// The schema is another one.
    #[error(transparent)]
    Schema(#[from] migrate::SchemaError),
    /// The keys that tokens are checked with cannot be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The address is taken or not ours.
    #[error("cannot listen on {address} (WAYBILL_LISTEN): {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// There is nowhere for tracking links to lead to.
    #[error(
        "no page for tracking links can be made of WAYBILL_PUBLIC_URL; set WAYBILL_TRACKING_PAGE_URL"
    )]
    TrackingPage,
    /// The order prefix is out of bounds.
    #[error("WAYBILL_ORDER_PREFIX {0}")]
    Prefix(#[from] waybill_domain::BoundError),
}

/// A node that serves. Stop it with [`Node::stop`]; dropping it leaves its tasks running.
pub struct Node {
    app: Shared,
    address: SocketAddr,
    background: CancellationToken,
    /// Ends the listener and idle connections.
    no_more_requests: CancellationToken,
    server: JoinHandle<()>,
}

impl Node {
    /// Connects, checks the schema, starts the background work and listens.
    ///
    /// # Errors
    /// [`StartError`] says what is missing and where it is set.
    pub async fn start(config: Config, metrics: PrometheusHandle) -> Result<Self, StartError> {
        let notifier: Option<Arc<dyn Notifier>> = match config.tracking.notifier {
            NotifierKind::None => None,
            NotifierKind::Log => Some(Arc::new(LogNotifier)),
        };
        Self::start_notifying(config, metrics, notifier).await
    }

    /// Likewise, with something else that sends the links that guests ask for.
    ///
    /// # Errors
    /// Those of [`Node::start`].
    pub async fn start_notifying(
        config: Config,
        metrics: PrometheusHandle,
        notifier: Option<Arc<dyn Notifier>>,
    ) -> Result<Self, StartError> {
        let db = Db::new(&config.database.options())?;
        migrate::check(&db).await?;
        let listen = config.http.listen;
        let taken = |source| StartError::Listen {
            address: listen,
            source,
        };
        let listener = server::listen(listen).map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;

        let background = CancellationToken::new();
        let log = EventLog::open(db.clone(), log_options(&config)).await?;
        let cache = NonZeroUsize::new(config.orders.cache).unwrap_or(NonZeroUsize::MIN);
        let orders = Orders::new(log.clone(), cache);
        let policy = Policy {
            allow_customer_create: config.orders.allow_customer_create,
        };
        let prefix: OrderPrefix = config.orders.prefix.parse()?;

        let vital = |name: &'static str, work: BoxFuture<'static, ()>| {
            tokio::spawn(log.vital().clone().watch(name, background.clone(), work));
        };
        let summing_up = keep_metrics_small(metrics.clone(), background.clone());
        vital("metrics", Box::pin(summing_up));

        let verifier = Arc::new(Verifier::open(&config.auth).await?);
        let revocations = Revocations::open(db.clone(), config.limits.revocations_max).await?;
        let auth = authenticator(&config, &log, &verifier, &revocations).await?;
        let links = links(&config, address, &revocations, &auth)?;
        let (tracking, worker) = Tracking::new(&config, links, orders.clone(), notifier);
        vital("tracking", Box::pin(worker.run(background.clone())));
        let keys = keep_keys_fresh(verifier, background.clone());
        vital("keys", Box::pin(keys));
        let following = revocations.clone().run(background.clone());
        vital("revocations", Box::pin(following));

        let read_models = if config.projections.run {
            let options = RunnerOptions {
                batch_max: usize::try_from(config.projections.batch_max).unwrap_or(usize::MAX),
                retry_max: config.projections.retry_max,
            };
            ReadModels::start_with(log.clone(), options)
        } else {
            ReadModels::new(log.clone())
        };
        let hub = Hub::start(&log, background.clone());
        let origins = AllowedOrigins::new(&config.http, address);
        let edge = Edge::new(
            &config.http,
            auth.clone(),
            origins,
            RateLimits::new(&config.limits),
        );
        let push = Arc::new(Push::new(
            config.push.clone(),
            log.clone(),
            orders.clone(),
            read_models.clone(),
            hub,
            auth.clone(),
            Arc::clone(&edge.origins),
            Arc::clone(&edge.rates),
            CancellationToken::new(),
        ));
        let pulse = Pulse::new(node_name(&config, address));
        let sampling = pulse.clone().run(Arc::clone(&push), background.clone());
        vital("pulse", Box::pin(sampling));
        let app = Arc::new(App {
            commands: CommandHandler::new(log.clone(), orders.clone(), policy),
            numbers: OrderNumbers::new(db, prefix),
            config,
            log,
            orders,
            read_models,
            auth,
            revocations,
            push,
            pulse,
            tracking,
            exports: Semaphore::new(EXPORT_PAGES),
            metrics,
            ready: AtomicBool::new(true),
        });

        tokio::spawn(unready_once_failed(Arc::clone(&app), background.clone()));

        let router = router(&app, &edge).await?;
        let no_more_requests = CancellationToken::new();
        let bounds = server::Bounds::new(&app.config);
        let serving = server::serve(listener, router, no_more_requests.clone(), bounds);
        let serving = app
            .log
            .vital()
            .clone()
            .watch("listener", no_more_requests.clone(), serving);
        let server = tokio::spawn(serving);
        tracing::info!(%address, "serving");
        Ok(Self {
            app,
            address,
            background,
            no_more_requests,
            server,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What its handlers share.
    #[must_use]
    pub fn app(&self) -> &Shared {
        &self.app
    }

    /// Waits until a task has died without which this node does not do its work; `/readyz` says so
    /// then. What is left to do is to [stop](Self::stop) and to be started anew.
    pub async fn failed(&self) {
        self.app.log.vital().failed().await;
    }

    /// Stops in order: no more traffic, sockets drained with a hint, requests finished, the batch in
    /// flight written, projections at the end of a batch. Each step is bounded.
    pub async fn stop(self) {
        let grace = self.app.config.http.shutdown_grace;
        let bounded = |what: &'static str, outcome: Result<(), tokio::time::error::Elapsed>| {
            if outcome.is_err() {
                tracing::warn!(what, "did not end in time");
            }
        };
        self.app.ready.store(false, Ordering::Relaxed);
        tracing::info!("stopping: telling clients to reconnect");
        self.app.push.draining.cancel();
        self.app.push.connections.close();
        let drained = self.app.push.config.drain + std::time::Duration::from_secs(3);
        bounded(
            "sockets",
            tokio::time::timeout(drained, self.app.push.connections.wait()).await,
        );
        self.no_more_requests.cancel();
        let ended = tokio::time::timeout(grace, self.server).await.map(|_| ());
        bounded("requests", ended);
        self.background.cancel();
        bounded(
            "the projections",
            tokio::time::timeout(grace, self.app.read_models.close()).await,
        );
        bounded(
            "the appender",
            tokio::time::timeout(grace, self.app.log.close()).await,
        );
        bounded(
            "the database connections",
            tokio::time::timeout(grace, self.app.log.db().close()).await,
        );
        tracing::info!("stopped");
    }
}

/// How people are to call this node.
fn node_name(config: &Config, address: SocketAddr) -> String {
    let of_machine = || {
        let machine = rustix::system::uname();
        let machine = machine.nodename().to_string_lossy();
        format!("{machine}:{}", address.port())
    };
    config.http.node_name.clone().unwrap_or_else(of_machine)
}

/// Under keys of this database's own, which every node on it has.
async fn authenticator(
    config: &Config,
    log: &EventLog,
    verifier: &Arc<Verifier>,
    revocations: &Revocations,
) -> Result<Authenticator, sqlx::Error> {
    let key = log.session_key().await?;
    let secure = config.http.secure_cookies();
    let sessions = SessionKeys::new(&key, config.auth.session_lifetime, secure);
    let links = TrackingKeys::new(&key);
    Ok(Authenticator::new(
        Arc::clone(verifier),
        Arc::new(sessions),
        Arc::new(links),
        revocations.subscribe(),
    ))
}

fn log_options(config: &Config) -> LogOptions {
    LogOptions {
        ring_events: config.push.ring_events,
        ring_bytes: config.push.ring_mib << 20,
        ring_preload: config.push.ring_preload,
        // The others are for commands and reads, however many clients come back at once.
        replay_queries: (config.database.connections / 4).max(1) as usize,
        ..LogOptions::default()
    }
}

/// Everything that is served.
async fn router(app: &Shared, edge: &Edge) -> Result<Router, sqlx::Error> {
    let key = app.log.session_key().await?;
    let socketio = socketio::routes(Arc::clone(app), Arc::clone(&edge.rates), &key);
    let routes = routes::all(Arc::clone(app)).merge(socketio);
    Ok(middleware::wrap(routes, edge))
}

/// What issues tracking links that lead to a page that there is.
fn links(
    config: &Config,
    address: SocketAddr,
    revocations: &Revocations,
    auth: &Authenticator,
) -> Result<Links, StartError> {
    let page = tracking::page(&config.tracking, &config.http, address);
    let page = page.ok_or(StartError::TrackingPage)?;
    Ok(Links::new(revocations.clone(), auth.clone(), page))
}

async fn keep_keys_fresh(verifier: Arc<Verifier>, stop: CancellationToken) {
    verifier.keep_keys_fresh(stop).await;
}

async fn unready_once_failed(app: Shared, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = app.log.vital().failed() => app.ready.store(false, Ordering::Relaxed),
    }
}

/// The recorder keeps every measured time until somebody asks for `/metrics`; where nobody does, this
/// sums them up.
async fn keep_metrics_small(metrics: PrometheusHandle, stop: CancellationToken) {
    let mut often = tokio::time::interval(UPKEEP);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = often.tick() => metrics.run_upkeep(),
        }
    }
}
