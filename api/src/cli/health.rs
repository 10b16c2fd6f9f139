//! `waybill health`: asks a node on this machine whether it is ready, for container checks.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;

use super::output::out;
use crate::config::{HttpConfig, Sources};

const EXAMPLES: &str = "\
Exit codes: 0 ready, 1 not ready or not there.

Example, in a Dockerfile:
  HEALTHCHECK CMD [\"waybill\", \"health\"]";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Which node; the one at `WAYBILL_LISTEN` unless given
    #[arg(long, value_name = "IP:PORT")]
    address: Option<SocketAddr>,
}

/// Prints `ready` or fails.
pub(super) async fn run(args: &Args, sources: &Sources) -> anyhow::Result<ExitCode> {
    let address = match args.address {
        Some(address) => address,
        None => reachable(HttpConfig::load(sources)?.listen),
    };
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(3))
        .build()?;
    let answer = client
        .get(format!("http://{address}/readyz"))
        .send()
        .await
        .with_context(|| format!("no answer from {address} (WAYBILL_LISTEN)"))?;
    anyhow::ensure!(
        answer.status().is_success(),
        "not ready: {}",
        answer.status()
    );
    writeln!(out(), "ready")?;
    Ok(ExitCode::SUCCESS)
}

/// Whoever listens everywhere is reached on loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_listens_everywhere_is_asked_on_loopback() {
        let asked = |text: &str| reachable(text.parse().unwrap()).to_string();
        assert_eq!(asked("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(asked("[::]:80"), "[::1]:80");
        assert_eq!(asked("10.0.0.7:80"), "10.0.0.7:80");
    }
}
