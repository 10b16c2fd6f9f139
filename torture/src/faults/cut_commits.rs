//! A network between node and Postgres that cuts, loses, delays, truncates and repeats, in the middle of commits.

use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;
use waybill_tests::network::{Fault, Victim};

use super::scene::{Scene, moment};
use crate::load::Loaded;
use crate::options::Options;
use crate::progress::Progress;
use crate::tried::Tried;

/// The work's name.
pub const NAME: &str = "cut-commits";
/// What it does.
pub const ABOUT: &str = "\
One node reaches its Postgres through a network that lies in wait for the next append, and then cuts the connection before \
the answer or within the question, passes on half of the answer, repeats some bytes or all of them, delays them, or \
passes on nothing more and closes nothing. Now and then everything is cut at once. A command whose bytes were repeated may be \
refused by Postgres as data that cannot be stored, and answered with 500. If that answers its first \
attempt it is not sent again, and must not be in the log.";

/// Who is lain in wait for: a connection that appends.
const APPENDING: Victim = Victim::Speaks("waybill_append($1");
/// Longer than a node under load goes without appending, also while it waits for an answer that is lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two faults, at most.
const LIFE: Duration = Duration::from_millis(150);

/// Strikes, over and over.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let times = options.times(300, 40);
    let mut scene = Scene::set(options, NAME).await?;
    scene.start_nodes(1).await?;
    let load = scene.load().await?;
    let mut tried = Tried::default();
    let mut progress = Progress::new("struck", times);
    for nth in 1..=times {
        tokio::time::sleep(moment(&mut scene.random, LIFE)).await;
        if nth % 20 == 0 {
            scene.network.cut();
            tried.count("times that all connections were cut", 1);
            continue;
        }
        let (fault, named) = choose(&mut scene.random);
        let strike = scene.network.strike(fault, APPENDING);
        let struck = tokio::time::timeout(PATIENCE, strike).await;
        anyhow::ensure!(struck.is_ok(), "nothing was appended for half a minute");
        tried.count(named, 1);
        progress.show(nth, &load.progress());
    }
    drop(progress);
    scene.network.heal();
    tried.what = format!("{times} faults befell the connections between a node and its Postgres.");
    tried.times = times;
    scene.judge_but(load, tried, forgive).await
}

/// What Postgres makes of bytes that were repeated cannot be told from data that is at fault. That the command was not
/// done is checked all the same.
fn forgive(loaded: &mut Loaded) {
    loaded.unexpected.retain(|what| !is_a_failed_command(what));
}

fn is_a_failed_command(what: &str) -> bool {
    let command = ["POST /v1/orders", "PATCH /v1/orders/"];
    let command = command.iter().any(|command| what.starts_with(command));
    command && what.contains(": 500 Internal Server Error internal: ")
}

fn choose(random: &mut StdRng) -> (Fault, &'static str) {
    match random.random_range(0..40) {
        0..8 => (Fault::CutAnswer, "answers cut"),
        8..14 => (Fault::CutQuestion, "questions cut"),
        14..20 => (Fault::TruncateAnswer, "answers truncated"),
        20..25 => (Fault::RepeatQuestion, "questions with bytes repeated"),
        25..29 => (Fault::DoubleQuestion, "questions sent twice"),
        29..34 => (Fault::RepeatAnswer, "answers with bytes repeated"),
        34..39 => {
            let by = moment(random, Duration::from_millis(400));
            (Fault::Delay(by), "questions delayed")
        }
        _ => (Fault::Lose, "answers lost, with nothing closed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_nobody_should_be_answered_only_failed_commands_are_forgiven() {
        for (what, forgiven) in [
            (
                "POST /v1/orders: 500 Internal Server Error internal: No.",
                true,
            ),
            (
                "PATCH /v1/orders/a: 500 Internal Server Error internal: No.",
                true,
            ),
            (
                "POST /v1/orders/a/status: 500 Internal Server Error internal: No.",
                true,
            ),
            (
                "GET /v1/orders/a: 500 Internal Server Error internal: No.",
                false,
            ),
            (
                "GET /v1/events: 500 Internal Server Error internal: No.",
                false,
            ),
            (
                "POST /v1/orders: 422 Unprocessable Entity invalid: No.",
                false,
            ),
            (
                "ann of staff over long polls: 500 Internal Server Error internal: No.",
                false,
            ),
        ] {
            assert_eq!(is_a_failed_command(what), forgiven, "{what}");
        }
    }
}
