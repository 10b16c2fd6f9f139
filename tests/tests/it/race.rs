//! Several processes write to one database while others read it.

use std::collections::{HashMap, HashSet};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command as Process;
use waybill_infra::commands::CommandError;
use waybill_infra::log::LogOptions;
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::history::{self, Answer, Command, History, Log};
use waybill_tests::orders;
use waybill_tests::race::Work;

const ORDERS: usize = 500;
const PROCESSES: u64 = 2;
const WRITERS: u64 = 4;
const COMMANDS: u64 = 2_500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_writers_in_two_processes_leave_no_gap_lose_nothing_and_do_nothing_twice() {
    let database = TestDatabase::create().await;
    let app = Arc::new(TestApp::start(&database).await);
    let mut placing = tokio::task::JoinSet::new();
    for _ in 0..ORDERS {
        let app = Arc::clone(&app);
        placing.spawn(async move {
            orders::place(app.app(), "c1")
                .await
                .receipt
                .order_id
                .to_string()
        });
    }
    let order_ids = placing.join_all().await;

    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..4)
        .map(|_| tokio::spawn(read_along(database.url(), Arc::clone(&stop))))
        .collect();
    let processes = (0..PROCESSES).map(|process| {
        let work = Work {
            url: database.url(),
            seed: 1_000 * (process + 1),
            writers: WRITERS,
            commands: COMMANDS,
            orders: order_ids.clone(),
        };
        tokio::spawn(run_writer(work))
    });
    let mut answers = Vec::new();
    for process in processes.collect::<Vec<_>>() {
        answers.extend(process.await.unwrap());
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(
            reader.await.unwrap() > 0,
            "a reader that read nothing shows nothing"
        );
    }
    assert_eq!(answers.len() as u64, PROCESSES * WRITERS * COMMANDS);
    check(&database, &answers).await;
}

/// Holds the answers against the log.
async fn check(database: &TestDatabase, answers: &[Value]) {
    let log = Log::load(&database.owner_url()).await.unwrap();
    let history = History {
        commands: answers.iter().map(command).collect(),
        ..History::default()
    };
    let findings = history::check(&history, &log);
    assert!(findings.is_empty(), "{findings:?}");
    // Whoever asks under one key is told of the same command.
    let logged = log.events.iter();
    let logged: HashMap<&str, &str> = logged
        .map(|e| (e.mark.as_str(), e.command.as_str()))
        .collect();
    let done = |answer: &&Value| answer.get("done").is_some();
    let mut acknowledged = HashSet::new();
    for answer in answers.iter().filter(done) {
        let key = answer["key"].as_str().unwrap();
        assert_eq!(answer["done"]["command_id"], logged[key], "{answer}");
        acknowledged.insert(key);
    }
    // The placed orders are all that no writer asked for.
    assert_eq!(log.events.len(), acknowledged.len() + ORDERS);
    let conflicts = answers
        .iter()
        .filter(|answer| answer.get("conflict").is_some())
        .count();
    let repeats = answers
        .iter()
        .filter(|answer| answer["done"]["repeated"] == true)
        .count();
    assert!(
        conflicts > 100 && repeats > 100,
        "too little happened: {conflicts} conflicts, {repeats} repeats"
    );
}

/// What a writer was answered, under the key that the log has as correlation id.
fn command(answer: &Value) -> Command {
    assert!(answer.get("error").is_none(), "{answer}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let told = if let Some(conflict) = answer.get("conflict") {
        let (expected, current) = (&conflict["expected"], &conflict["current"]);
        assert_eq!(
            *expected, answer["expected"],
            "only a stale version may fail: {answer}"
        );
        assert_ne!(expected, current, "{answer}");
        Answer::Refused {
            code: "conflict".into(),
        }
    } else {
        assert_eq!(answer["done"]["outcome"], "applied", "{answer}");
        Answer::Applied {
            order: text(&answer["order"]),
            version: answer["done"]["version"].as_u64().unwrap(),
            position: answer["done"]["position"].as_u64(),
        }
    };
    Command {
        mark: text(&answer["key"]),
        order: Some(text(&answer["order"])),
        expected: answer["expected"].as_u64(),
        answers: vec![told],
    }
}

async fn run_writer(work: Work) -> Vec<Value> {
    let mut child = Process::new(env!("CARGO_BIN_EXE_writer"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(serde_json::to_string(&work).unwrap().as_bytes())
        .await
        .unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Reads as every reader may: what is after the last position, and nothing else.
async fn read_along(url: String, stop: Arc<AtomicBool>) -> i64 {
    let pool = sqlx::PgPool::connect(&url).await.unwrap();
    let mut last = 0_i64;
    loop {
        let stopping = stop.load(Ordering::Relaxed);
        let positions: Vec<i64> = sqlx::query_scalar(
            "SELECT position FROM events WHERE position > $1 ORDER BY position LIMIT 500",
        )
        .bind(last)
        .fetch_all(&pool)
        .await
        .unwrap();
        if stopping && positions.is_empty() {
            return last;
        }
        for position in positions {
            assert_eq!(position, last + 1, "a gap was seen");
            last = position;
        }
    }
}

#[tokio::test]
async fn without_notifications_the_other_node_sees_an_event_within_a_poll() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    let deaf = database
        .log_with(LogOptions {
            listen: false,
            ..LogOptions::default()
        })
        .await;
    let placed = orders::place(app.app(), "c1").await;
    let mut head = deaf.head();
    let seen = head.wait_for(|head| head.mark.position >= placed.receipt.position);
    tokio::time::timeout(Duration::from_secs(3), seen)
        .await
        .expect("a poll is a second")
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_whose_connection_is_cut_in_the_middle_are_done_exactly_once() {
    const WRITERS: usize = 8;
    const COMMANDS: usize = 80;
    let database = TestDatabase::create().await;
    let app = Arc::new(TestApp::start(&database).await);
    let stop = Arc::new(AtomicBool::new(false));
    let cutter = tokio::spawn(cut_connections(database.owner().await, Arc::clone(&stop)));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let app = Arc::clone(&app);
        writers.spawn(async move {
            let mut acknowledged = Vec::new();
            for nth in 0..COMMANDS {
                let request =
                    orders::request_to_place(app.app(), "c1", &format!("{writer} {nth}")).await;
                // A caller that gets no answer asks again under the same key, as he is told to.
                let deadline = Instant::now() + Duration::from_mins(1);
                let done = loop {
                    match app.app().commands.execute(request.clone()).await {
                        Ok(done) => break done,
                        Err(CommandError::Append(_) | CommandError::Load(_)) => {
                            assert!(Instant::now() < deadline, "it never came through");
                            tokio::time::sleep(Duration::from_millis(20)).await;
                        }
                        Err(other) => panic!("{other}"),
                    }
                };
                acknowledged.push(done.receipt.order_id.to_string());
            }
            acknowledged
        });
    }
    let mut acknowledged: Vec<String> = writers.join_all().await.into_iter().flatten().collect();
    stop.store(true, Ordering::Relaxed);
    let cut = cutter.await.unwrap();
    assert!(
        cut > 20,
        "only {cut} connections were cut, which shows little"
    );
    let mut owner = database.owner().await;
    let mut stored: Vec<String> = sqlx::query_scalar("SELECT aggregate_id FROM events")
        .fetch_all(&mut owner)
        .await
        .unwrap();
    acknowledged.sort();
    stored.sort();
    assert_eq!(stored, acknowledged, "each once, and nothing else");
    let retried = app
        .app()
        .metrics
        .render()
        .contains("waybill_append_retries_total");
    assert!(retried, "no batch was ever cut");
}

/// Ends every other connection to the database, again and again. Returns how many it ended.
async fn cut_connections(mut owner: sqlx::PgConnection, stop: Arc<AtomicBool>) -> i64 {
    let mut cut = 0;
    while !stop.load(Ordering::Relaxed) {
        cut += sqlx::query_scalar::<_, i64>(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'",
        )
        .fetch_one(&mut owner)
        .await
        .unwrap();
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    cut
}
