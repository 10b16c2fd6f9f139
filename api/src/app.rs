//! What the handlers share.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::Semaphore;
use waybill_infra::commands::CommandHandler;
use waybill_infra::log::EventLog;
use waybill_infra::order_numbers::OrderNumbers;
use waybill_infra::orders::Orders;
use waybill_infra::revocations::Revocations;
use waybill_projections::ReadModels;

use crate::auth::Authenticator;
use crate::config::Config;
use crate::pulse::Pulse;
use crate::push::Push;
use crate::tracking::Tracking;

/// Everything that a handler may need; made once, by [`crate::node::Node::start`].
pub struct App {
    /// What this node was told.
    pub config: Config,
    /// The log.
    pub log: EventLog,
    /// Single orders, never behind the log.
    pub orders: Orders,
    /// Lists of orders and other read models, which may lag.
    pub read_models: ReadModels,
    /// Takes commands.
    pub commands: CommandHandler,
    /// Hands out order numbers.
    pub numbers: OrderNumbers,
    /// Who callers are.
    pub auth: Authenticator,
    /// What was taken back.
    pub revocations: Revocations,
    /// The push channels.
    pub push: Arc<Push>,
    /// How this node is doing.
    pub pulse: Pulse,
    /// Links for guests.
    pub tracking: Tracking,
    /// How many pages may be read for exports at a time, so that they leave connections to others.
    pub exports: Semaphore,
    /// What `/metrics` shows.
    pub metrics: PrometheusHandle,
    /// Whether traffic should come here; false while starting and stopping.
    pub ready: AtomicBool,
}

/// The state of the routes.
pub type Shared = Arc<App>;
