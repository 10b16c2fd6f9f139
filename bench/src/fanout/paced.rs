//! Events at an even rate: what a delivery costs the server, and how long it takes.

use super::Options;
use super::plan::{Followers, Plan};
use super::subject::Subject::{self, Bare, Nchan, Socketio, Waybill};
use super::turn::Turn;
use super::waybill::Shop;
use crate::measured::{Results, Verdict};
use crate::server::float;

const STEADY: &str = "steady";
const LATENCY: &str = "latency";
const COST: &str = "CPU a delivery";

/// 50 events a second to 1,000 clients.
pub async fn steady(
    options: &Options,
    shop: &mut Shop,
    results: &mut Results,
) -> anyhow::Result<()> {
    let sides = options.among(&[Waybill, Socketio, Nchan, Bare]);
    let clients = if options.quick { 500 } else { 1_000 };
    take_turns(options, shop, results, &sides, (50, clients)).await?;
    for (side, target, bound) in [
        (Bare, "at most 1.4 × the bare write(2) loop", 1.4),
        (Nchan, "below Nchan", 1.0),
    ] {
        if sides.contains(&Waybill) && sides.contains(&side) {
            let ratio = results.ratio(STEADY, COST, Subject::name(Waybill), side.name());
            results.judge(Verdict::at_most(STEADY, target, ratio, "×", bound));
        }
    }
    Ok(())
}

/// 1,000 events a second to 50 clients.
pub async fn latency(
    options: &Options,
    shop: &mut Shop,
    results: &mut Results,
) -> anyhow::Result<()> {
    let sides = options.among(&[Waybill, Socketio, Nchan]);
    take_turns(options, shop, results, &sides, (1_000, 50)).await
}

async fn take_turns(
    options: &Options,
    shop: &mut Shop,
    results: &mut Results,
    sides: &[Subject],
    (rate, clients): (u32, usize),
) -> anyhow::Result<()> {
    let shape = format!("{rate} events/s to {clients} clients");
    let p99 = format!("p99, {shape}");
    for _ in 0..options.turns {
        for side in sides {
            let plan = Plan::steady(rate, options.seconds);
            let turn = Turn::of(*side, shop, plan, Followers::One(clients)).await?;
            if *side != Bare {
                for (share, us) in ["p50", "p99", "p99.9"]
                    .into_iter()
                    .zip(turn.report.latency_us)
                {
                    let what = format!("{share}, {shape}");
                    results.turn(LATENCY, side.name(), &what, "ms", float(us) / 1e3);
                    turn.tell(results, LATENCY, *side, &what);
                }
            }
            if rate < 1_000 {
                let cost = turn.cpu.as_secs_f64() * 1e6 / float(turn.deliveries);
                results.turn(STEADY, side.name(), COST, "µs", cost);
                turn.tell(results, STEADY, *side, COST);
            }
        }
    }
    if sides.contains(&Waybill) && sides.contains(&Socketio) {
        let ratio = results.ratio(
            LATENCY,
            &p99,
            Subject::name(Waybill),
            Subject::name(Socketio),
        );
        let target = format!("p99 below Socket.IO's, {shape}");
        results.judge(Verdict::below(LATENCY, &target, ratio, "×", 1.0));
    }
    Ok(())
}
