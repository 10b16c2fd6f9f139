//! Many events at once to many clients of one topic.

use super::Options;
use super::plan::{Followers, Plan};
use super::subject::Subject::{self, Bare, Nchan, Socketio, Waybill};
use super::turn::Turn;
use super::waybill::Shop;
use crate::measured::{Results, Verdict};
use crate::server::float;

const WORK: &str = "burst";
const WHAT: &str = "deliveries a second";

/// Takes turns.
pub async fn run(options: &Options, shop: &mut Shop, results: &mut Results) -> anyhow::Result<()> {
    let sides = options.among(&[Waybill, Socketio, Nchan, Bare]);
    let (events, clients) = if options.quick {
        (200, 500)
    } else {
        (1_000, 1_000)
    };
    for _ in 0..options.turns {
        for side in &sides {
            let turn = Turn::of(*side, shop, Plan::burst(events), Followers::One(clients)).await?;
            let rate = float(turn.deliveries) / float(turn.report.took_us) * 1e6;
            results.turn(WORK, side.name(), WHAT, "/s", rate);
            turn.tell(results, WORK, *side, WHAT);
        }
    }
    if sides.contains(&Waybill) && sides.contains(&Socketio) {
        let ratio = results.ratio(WORK, WHAT, Subject::name(Waybill), Subject::name(Socketio));
        results.judge(Verdict::at_least(
            WORK,
            "at least 15 × Socket.IO",
            ratio,
            "×",
            15.0,
        ));
    }
    Ok(())
}
