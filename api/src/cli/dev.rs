//! `waybill dev`: everything on one machine with nothing to set up, for a look and for development.
//!
//! What `serve` must be given, this supplies: a private Postgres, a signing key, tokens and demo orders. What the
//! environment or the file sets wins, so `DATABASE_URL=… waybill dev` uses that database and starts none.

mod database;
mod greeting;
mod key;
mod tokens;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio_util::sync::CancellationToken;

use self::database::Database;
use self::greeting::Greeting;
use self::tokens::Tokens;
use super::signals::Signals;
use crate::config::{AuthConfig, Config, HttpConfig, LogConfig, Sources};
use crate::config::{auth, http, log, orders, push, tracking};
use crate::demo::Demo;
use crate::node::Node;
use crate::telemetry;

const EXAMPLES: &str = "\
Examples:
  waybill dev
  waybill dev --listen 127.0.0.1:0 --ready-file /tmp/waybill.json
  DATABASE_URL=postgres://me@localhost/orders waybill dev --no-demo

The data directory is /var/lib/waybill for root, else $XDG_STATE_HOME/waybill or ~/.local/state/waybill.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Where to listen, loopback only; port 0 takes a free one. [default: 127.0.0.1:8080]
    #[arg(long, value_name = "IP:PORT")]
    listen: Option<SocketAddr>,
    /// Where the private Postgres and the signing key are kept from one run to the next
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Place no demo orders
    #[arg(long)]
    no_demo: bool,
    /// Delete the private Postgres of earlier runs first, with all its orders
    #[arg(long)]
    fresh: bool,
    /// When ready, write address and tokens to this file as JSON, for programs that start this one
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

/// Serves until told to stop, then stops the private Postgres too.
pub(super) async fn run(args: &Args, mut sources: Sources) -> anyhow::Result<ExitCode> {
    if let Some(listen) = args.listen {
        sources.flag(&http::LISTEN, "--listen", listen.to_string());
    }
    // At the end the private Postgres goes before the last idle connection to it, which is no news.
    sources.supply(&log::FILTER, "info,sqlx_core::pool=error");
    telemetry::init(&LogConfig::load(&sources)?)?;
    // Before anything is started: this server is open to whoever finds the tokens on the screen.
    let listen = HttpConfig::load(&sources)?.listen;
    anyhow::ensure!(
        listen.ip().is_loopback(),
        "`waybill dev` listens on loopback only, not on {listen} (--listen, WAYBILL_LISTEN): its tokens and its demo \
         are for one machine; `waybill serve` serves others"
    );
    sources.supply(&orders::ALLOW_CUSTOMER_CREATE, "true");
    // Pages come back at once, and who pressed Ctrl-C doesn't like to wait.
    sources.supply(&push::DRAIN, "500");
    sources.supply(&tracking::NOTIFIER, "log");
    let database = Database::open(args, &mut sources).await?;
    let outcome = serve(args, sources, &database).await;
    let stopped = database.stop().await;
    outcome.and(stopped).map(|()| ExitCode::SUCCESS)
}

async fn serve(args: &Args, mut sources: Sources, database: &Database) -> anyhow::Result<()> {
    if !AuthConfig::has_key_source(&sources) {
        let key = key::kept_in(database.data_dir()).context("the signing key")?;
        sources.supply(&auth::TOKEN_SECRET, key);
    }
    let config = Config::load(&sources)?;
    let tokens = Tokens::mint(&config.auth)?;
    let metrics = PrometheusBuilder::new().install_recorder()?;
    let mut signals = Signals::catch()?;
    let node = tokio::select! {
        started = Node::start(config, metrics) => started?,
        () = signals.received() => return Ok(()),
    };
    let outcome = greet_and_wait(args, &node, tokens, database, signals).await;
    node.stop().await;
    outcome
}

async fn greet_and_wait(
    args: &Args,
    node: &Node,
    tokens: Option<Tokens>,
    database: &Database,
    signals: Signals,
) -> anyhow::Result<()> {
    let stop_demo = CancellationToken::new();
    let demo = if args.no_demo {
        None
    } else {
        let demo = Demo::begin(node.app().clone()).await?;
        Some(tokio::spawn(demo.run(stop_demo.clone())))
    };
    let greeting = Greeting::new(node.address(), tokens, database);
    if let Some(path) = &args.ready_file {
        greeting
            .write_ready_file(path)
            .with_context(|| format!("writing {} (--ready-file)", path.display()))?;
    }
    let mut out = anstream::stdout().lock();
    greeting.print(&mut out)?;
    out.flush()?;
    drop(out);

    let told = signals.until_told_to_stop(node).await;
    stop_demo.cancel();
    if let Some(demo) = demo {
        demo.await?;
    }
    told
}
