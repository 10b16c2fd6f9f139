//! `waybill serve`: one node, with no demo data, no built-in key and no private Postgres.

use std::process::ExitCode;

use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::signal::unix::{SignalKind, signal};

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
    let node = Node::start(config, metrics).await?;
    let told = until_told_to_stop(&node).await;
    node.stop().await;
    told.map(|()| ExitCode::SUCCESS)
}

/// Waits for SIGTERM or Ctrl-C. A second one ends the process at once.
///
/// # Errors
/// When the node has failed, so that the process ends with a status at which it is started anew.
pub(super) async fn until_told_to_stop(node: &Node) -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let told = tokio::select! {
        _ = terminate.recv() => true,
        _ = interrupt.recv() => true,
        () = node.failed() => false,
    };
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        std::process::exit(130);
    });
    anyhow::ensure!(
        told,
        "the node has stopped, because a task that it cannot do without has ended; the log says which"
    );
    Ok(())
}
