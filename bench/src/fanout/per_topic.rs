//! A topic for each client: what an event costs must not depend on who follows other things.

use super::Options;
use super::plan::{Followers, Plan};
use super::subject::Subject::{self, Waybill};
use super::turn::Turn;
use super::waybill::Shop;
use crate::measured::{Results, Verdict};
use crate::server::float;

const WORK: &str = "per-topic";
/// Events a second.
const RATE: u32 = 2_000;
const FEW: usize = 100;

/// Takes turns between few clients, many, and none.
pub async fn run(options: &Options, shop: &mut Shop, results: &mut Results) -> anyhow::Result<()> {
    if options.among(&[Waybill]).is_empty() {
        return Ok(());
    }
    let plan = Plan::steady(RATE, options.seconds);
    let what = |clients: usize| format!("server CPU an event, {clients} clients");
    for _ in 0..options.turns.min(2) {
        for clients in [0, FEW, options.many] {
            let turn = Turn::of(Waybill, shop, plan, Followers::Each(clients)).await?;
            let cost = turn.cpu.as_secs_f64() * 1e6 / float(plan.events);
            results.turn(WORK, Subject::name(Waybill), &what(clients), "µs", cost);
        }
    }
    let cost = |clients| results.median(WORK, Subject::name(Waybill), &what(clients));
    let [nobody, few, many] = [0, FEW, options.many].map(cost);
    let note = format!(
        "of that, reading and projecting take {nobody:.0} µs with nobody connected; the rest, which is pushing, {:.0} and {:.0} µs",
        few - nobody,
        many - nobody
    );
    let target = format!("at most 1.2 × between {FEW} and {} clients", options.many);
    let verdict = Verdict::at_most(WORK, &target, many / few, "×", 1.2);
    results.judge(verdict.noting(note));
    Ok(())
}
