//! `waybill bench`: measures a server under load, with clients that keep account of what they get.

mod account;
mod client;
mod clock;
mod limits;
mod load;
mod report;
mod run;
mod shop;
mod target;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use tokio_util::sync::CancellationToken;
use url::Url;

use self::run::Bench;
use self::target::{Credentials, Names, Target};
use super::duration::duration;
use super::output::out;
use super::progress::Progress;
use super::reading::log_quietly;
use super::signals::Signals;
use crate::config::Sources;

const EXAMPLES: &str = "\
Examples:
  waybill bench --secret \"$ACCESS_TOKEN_SECRET\" --clients 1000 --rate 50 --duration 1m
  waybill bench --token \"$STAFF\" --topic customer --clients 500 --rate 200
  waybill bench --url http://orders.test --yes-write-to orders.test --json >run.json

The clients follow over the native WebSocket; the commands go over HTTP, each at the moment when it is due, whether or
not those before it were answered. Orders are placed and moved along until they are delivered; with --topic order one
order a client has its notes changed over and over. They are real orders and stay: their references, their customers and
the field `bench` of their metadata begin with the name of the run, bench-….

With a secret every client and worker is an account of its own, as in life. With a token all are one, and the server's
limits for one account (WAYBILL_RATE_…, WAYBILL_PUSH_CONNECTIONS_PER_CUSTOMER) apply to them together.

Exit codes: 0 nothing was lost, doubled or out of order; 1 something was, or it failed; 130 interrupted.";

/// What the clients follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Following {
    /// All orders, as staff do: every client gets every event.
    Orders,
    /// Each the orders of a customer of its own.
    Customer,
    /// Each one order of its own.
    Order,
}

impl Following {
    /// As it is given and told.
    fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Customer => "customer",
            Self::Order => "order",
        }
    }
}

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The server; http:// only, so behind the proxy that ends TLS
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    url: Url,
    /// How many clients follow
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    clients: u32,
    /// Commands a second
    #[arg(long, value_name = "R", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
    /// How long is measured: 30s, 5m, at most 1d
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = some_time)]
    duration: Duration,
    /// How long the load is on before it is measured
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    warm_up: Duration,
    /// What they follow
    #[arg(long, value_name = "TOPIC", value_enum, default_value = "orders")]
    topic: Following,
    /// Most commands on their way at once
    #[arg(long, value_name = "W", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    workers: u32,
    /// How long after the last command events may still come before they count as lost
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time)]
    patience: Duration,
    /// A token of staff, admin or a service, for everything
    #[arg(long, value_name = "TOKEN", conflicts_with = "secret")]
    token: Option<String>,
    /// The server's `ACCESS_TOKEN_SECRET`, to make tokens from; better in the environment, where `ps` doesn't show it
    #[arg(long, value_name = "SECRET", allow_hyphen_values = true)]
    secret: Option<String>,
    /// Confirms that orders may be written at a server on another machine, by naming its host again
    #[arg(long, value_name = "HOST")]
    yes_write_to: Option<String>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// At most a day, so that nothing counted overflows and a token can last so long.
fn time(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    if time > Duration::from_hours(24) {
        return Err("must be at most 1d".into());
    }
    Ok(time)
}

fn some_time(text: &str) -> Result<Duration, String> {
    let time = time(text)?;
    if time.is_zero() {
        return Err("must be at least 1s".into());
    }
    Ok(time)
}

/// Measures, and prints the report.
pub(super) async fn run(args: &Args, mut sources: Sources) -> anyhow::Result<ExitCode> {
    log_quietly(&mut sources)?;
    let target = Target::new(&args.url, args.yes_write_to.as_deref())?;
    limits::make_room(u64::from(args.clients) + u64::from(args.workers))?;
    let lifetime = args.warm_up + args.duration + args.patience + Duration::from_mins(30);
    let (token, secret) = (args.token.as_deref(), args.secret.as_deref());
    let credentials = Arc::new(Credentials::new(token, secret, sources, lifetime)?);
    let stop = CancellationToken::new();
    let mut signals = Signals::catch()?;
    let stopping = stop.clone();
    tokio::spawn(async move {
        signals.received().await;
        stopping.cancel();
        signals.received().await;
        std::process::exit(130);
    });
    let progress = Progress::default();
    let bench = Bench {
        args,
        credentials,
        names: Names::new(),
        progress: &progress,
        stop,
    };
    let measured = bench.run(target).await;
    progress.end();
    let report = measured?;
    let mut out = out();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        report.tell(&mut out)?;
    }
    Ok(if !report.kept_the_promise() {
        ExitCode::FAILURE
    } else if report.interrupted {
        ExitCode::from(130)
    } else {
        ExitCode::SUCCESS
    })
}
