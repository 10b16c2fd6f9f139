//! A process that writes: a node's command handler without HTTP, for tests with several processes on one
//! database. Reads what to do from standard input, as one JSON object, and prints each answer as a line.

use std::io::Read;
use std::num::NonZeroUsize;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use waybill_domain::{Actor, ActorKind, OrderId, Policy, UpdateDetails};
use waybill_infra::commands::{CommandError, CommandHandler, Request};
use waybill_infra::db::{Db, DbOptions};
use waybill_infra::log::{CommandKey, EventLog, LogOptions};
use waybill_infra::orders::Orders;
use waybill_tests::race::Work;

#[tokio::main]
async fn main() {
    let mut input = String::new();
    std::io::stdin()
        .read_to_string(&mut input)
        .expect("work to do");
    let work: Arc<Work> = Arc::new(serde_json::from_str(&input).expect("work as JSON"));
    let db = Db::new(&DbOptions::new(&work.url)).expect("a valid URL");
    let log = EventLog::open(db, LogOptions::default())
        .await
        .expect("the log opens");
    let orders = Orders::new(log.clone(), NonZeroUsize::new(200).expect("not zero"));
    let handler = CommandHandler::new(log.clone(), orders, Policy::default());
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..work.writers {
        writers.spawn(write(handler.clone(), Arc::clone(&work), writer));
    }
    writers.join_all().await;
    log.close().await;
}

async fn write(handler: CommandHandler, work: Arc<Work>, writer: u64) {
    let mut random = StdRng::seed_from_u64(work.seed + writer);
    // What this writer believes, which others make stale.
    let mut versions = vec![1_u64; work.orders.len()];
    for nth in 0..work.commands {
        let at = random.random_range(0..work.orders.len());
        let expected_version = match random.random_range(0..3) {
            0 => None,
            1 => Some(versions[at]),
            _ => Some(
                versions[at]
                    .saturating_sub(random.random_range(0..3))
                    .max(1),
            ),
        };
        // Every fourth command shares its key and its request with other writers of any process.
        let shared = random.random_range(0..4) == 0;
        let (key, expected_version) = if shared {
            (format!("shared {}", random.random_range(0..200)), None)
        } else {
            (format!("{} {writer} {nth}", work.seed), expected_version)
        };
        let at = if shared {
            usize::from(hash(&key)[0]) % work.orders.len()
        } else {
            at
        };
        let order: OrderId = work.orders[at].parse().expect("an order id");
        let command = UpdateDetails::parse(json!({"notes": key})).expect("notes");
        let request = Request {
            order_id: order,
            command: command.into(),
            actor: Actor::new(ActorKind::Staff, format!("writer-{writer}")),
            expected_version,
            key: Some(CommandKey {
                key: hash(&key),
                request: hash(&format!("body of {key}")),
            }),
            // By which the log is asked afterwards what became of it.
            correlation_id: key.clone(),
            causation_id: None,
        };
        let answer = handler.execute(request).await;
        if let Ok(done) = &answer {
            versions[at] = versions[at].max(done.receipt.version);
        }
        if let Err(CommandError::Conflict { current, .. }) = &answer {
            versions[at] = versions[at].max(*current);
        }
        println!("{}", told(&order, &key, expected_version, &answer));
    }
}

fn told(
    order: &OrderId,
    key: &str,
    expected: Option<u64>,
    answer: &Result<waybill_infra::commands::Executed, CommandError>,
) -> Value {
    let mut line = json!({"order": order, "key": key, "expected": expected});
    match answer {
        Ok(done) => {
            let r = &done.receipt;
            line["done"] = json!({
                "command_id": r.command_id, "version": r.version, "position": r.position.0,
                "outcome": r.outcome.as_str(), "repeated": r.repeated,
            });
        }
        Err(CommandError::Conflict { expected, current }) => {
            line["conflict"] = json!({"expected": expected, "current": current});
        }
        Err(other) => line["error"] = other.to_string().into(),
    }
    line
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
