//! Fan-out beside peers: events that many clients follow.
//!
//! Each turn starts a server, has the clients connect from a process of their own, lets everything come to rest,
//! sends, and compares what each client got with what was sent, so that a fast run that loses something is
//! none. The sides take turns; all send the same frame, and all clients are the same ([`clients`]). Begin reading
//! at [`subject`]: the steps of a turn, side by side. Each of [`burst`], [`paced`], [`per_topic`] and [`idle`] is
//! a work.

mod bare;
mod burst;
mod clients;
mod crowd;
mod frame;
mod idle;
mod nchan;
mod paced;
mod per_topic;
mod pipe;
mod plan;
pub mod socketio;
mod subject;
mod tally;
mod turn;
mod waybill;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

pub use bare::run as run_bare;
pub use clients::run as run_clients;
use subject::Subject;
use waybill::Shop;

use crate::measured::Results;
use crate::server;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Work {
    /// 1,000 events at once to 1,000 clients of one topic: deliveries a second, from the time in the earliest
    /// event to the last delivery.
    Burst,
    /// 50 events a second to 1,000 clients: the server's processor time a delivery, and how long after its
    /// commit, or emit, an event is read.
    Steady,
    /// 1,000 events a second to 50 clients: likewise.
    Latency,
    /// 2,000 events a second over as many topics as there are clients: our processor time an event with 100
    /// clients, with 9,000, and with nobody.
    PerTopic,
    /// 9,000 clients that follow a topic each and get nothing: the server's memory a connection.
    Idle,
}

/// What is measured, and for how long.
#[derive(Debug, Args)]
#[command(after_help = "For one work of one side: waybill-bench fanout steady --only waybill")]
pub struct Options {
    /// What is done; everything, unless something is named.
    #[arg(value_enum)]
    works: Vec<Work>,
    /// Measure only this side; may be given several times. What would be a ratio is then left out.
    #[arg(long, value_enum, value_name = "SUBJECT")]
    only: Vec<Subject>,
    /// Turns of each side.
    #[arg(long, default_value_t = 3)]
    turns: u32,
    /// Seconds for which events are sent at a rate.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Clients where there are many.
    #[arg(long, default_value_t = 9_000)]
    many: usize,
    /// Our binary, built with the same profile; beside this one unless named.
    #[arg(long, value_name = "PATH")]
    waybill: Option<PathBuf>,
    /// A setting of our node, as `NAME=VALUE`; may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// One short turn each.
    #[arg(long)]
    quick: bool,
}

impl Options {
    /// Those of `sides` that are to be measured.
    fn among(&self, sides: &[Subject]) -> Vec<Subject> {
        let wanted = |side: &Subject| self.only.is_empty() || self.only.contains(side);
        sides.iter().copied().filter(wanted).collect()
    }
}

/// Does what was asked for.
pub async fn run(mut options: Options) -> anyhow::Result<Results> {
    if options.quick {
        (options.turns, options.seconds, options.many) = (1, 1, 600);
    }
    if options.works.is_empty() {
        options.works = Work::value_variants().to_vec();
    }
    let mut shop = Shop::open(
        server::binary(options.waybill.as_deref())?,
        &options.settings,
    )
    .await?;
    let mut results = Results::default();
    for work in &options.works {
        match work {
            Work::Burst => burst::run(&options, &mut shop, &mut results).await?,
            Work::Steady => paced::steady(&options, &mut shop, &mut results).await?,
            Work::Latency => paced::latency(&options, &mut shop, &mut results).await?,
            Work::PerTopic => per_topic::run(&options, &mut shop, &mut results).await?,
            Work::Idle => idle::run(&options, &mut shop, &mut results).await?,
        }
    }
    shop.close().await?;
    Ok(results)
}
