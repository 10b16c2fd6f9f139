//! `waybill serve`: one node, with no demo data, no built-in key and no private Postgres.

use std::process::ExitCode;

use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{Config, Sources};
use crate::node::Node;
use crate::telemetry;

/// Serves until told to stop.
pub(super) async fn run(sources: &Sources) -> anyhow::Result<ExitCode> {
    let config = Config::load(sources)?;
    telemetry::init(&config.log)?;
    let metrics = PrometheusBuilder::new().install_recorder()?;
    let node = Node::start(config, metrics).await?;
    until_told_to_stop().await?;
    node.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Waits for SIGTERM or Ctrl-C. A second one ends the process at once.
pub(super) async fn until_told_to_stop() -> std::io::Result<()> {
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        std::process::exit(130);
    });
    Ok(())
}
