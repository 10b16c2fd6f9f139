//! `waybill serve`: one node, with no demo data, no built-in key and no private Postgres.

use std::process::ExitCode;

use metrics_exporter_prometheus::PrometheusBuilder;

use super::signals::Signals;
use crate::config::{Config, Sources};
use crate::node::Node;
use crate::telemetry;

/// Shown by `--help`.
pub(super) const EXAMPLES: &str = "\
Example:
  DATABASE_URL=postgres://waybill_app@db/orders ACCESS_TOKEN_SECRET=… WAYBILL_LISTEN=0.0.0.0:8080 waybill serve

Needs DATABASE_URL and one source of keys for tokens; `waybill settings` lists everything that can be set.
SIGTERM or Ctrl-C: clients are told to reconnect, requests are finished. A second one ends the process at once.";

/// Serves until told to stop.
pub(super) async fn run(sources: &Sources) -> anyhow::Result<ExitCode> {
    let config = Config::load(sources)?;
    telemetry::init(&config.log)?;
    for name in sources.unknown_variables() {
        tracing::warn!(
            name,
            "no setting has this name; `waybill settings` lists them all"
        );
    }
    let metrics = PrometheusBuilder::new().install_recorder()?;
    let mut signals = Signals::catch()?;
    let node = tokio::select! {
        started = Node::start(config, metrics) => started?,
        () = signals.received() => return Ok(ExitCode::SUCCESS),
    };
    let told = signals.until_told_to_stop(&node).await;
    node.stop().await;
    told.map(|()| ExitCode::SUCCESS)
}
