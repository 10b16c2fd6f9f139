//! `dev` as it is run: on a fresh folder, stopped, killed, and started again.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use super::binary::{Running, complaint, printed, waybill};

/// A folder that the account which Postgres runs as may enter, also when we are root.
fn folder() -> TempDir {
    tempfile::Builder::new()
        .prefix("waybill-dev-")
        .permissions(std::fs::Permissions::from_mode(0o755))
        .tempdir()
        .unwrap()
}

struct Dev {
    process: Running,
    ready: Value,
}

impl Dev {
    async fn start(folder: &Path, further: &[&str]) -> Self {
        let ready_file = folder.join("ready.json");
        let data = folder.join("data");
        let (data, file) = (data.to_str().unwrap(), ready_file.to_str().unwrap());
        let mut arguments = vec![
            "dev",
            "--listen",
            "127.0.0.1:0",
            "--data-dir",
            data,
            "--ready-file",
            file,
        ];
        arguments.extend(further);
        let mut process = Running::start(&mut waybill(&arguments));
        // The last line that it prints.
        while !process.line().await.contains("Ctrl-C") {}
        let ready = std::fs::read_to_string(&ready_file).unwrap();
        let mode = std::fs::metadata(&ready_file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "it holds tokens");
        std::fs::remove_file(&ready_file).unwrap();
        let ready = serde_json::from_str(&ready).unwrap();
        Self { process, ready }
    }

    fn text(&self, pointer: &str) -> &str {
        self.ready.pointer(pointer).and_then(Value::as_str).unwrap()
    }

    async fn log(&self) -> Vec<Value> {
        let mut tail = waybill(&["tail", "--json", "--after", "earliest", "--no-follow"]);
        let lines = printed(tail.env("DATABASE_URL", self.text("/database_url"))).await;
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// Processes that name the folder, but for ourselves.
fn left_running(folder: &Path) -> Vec<String> {
    let name = folder.to_str().unwrap();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|process| std::fs::read(process.path().join("cmdline")).ok())
        .map(|command| String::from_utf8_lossy(&command).replace('\0', " "))
        .filter(|command| command.contains(name))
        .collect()
}

async fn nothing_is_left(folder: &Path) {
    let started = Instant::now();
    loop {
        let left = left_running(folder);
        if left.is_empty() {
            return;
        }
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "still there: {left:?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn it_starts_on_nothing_and_what_it_prints_can_be_pasted() {
    let folder = folder();
    let mut dev = Dev::start(folder.path(), &[]).await;
    let seeded = dev.log().await;
    assert!(seeded.len() >= 60, "{} events", seeded.len());

    let mut answers = Vec::new();
    for line in dev.ready["curl"].as_array().unwrap() {
        let mut shell = tokio::process::Command::new("sh");
        shell.args(["-c", line.as_str().unwrap()]);
        let output = super::binary::run(&mut shell).await;
        assert!(output.status.success(), "{line}: {output:?}");
        answers.push(serde_json::from_slice::<Value>(&output.stdout).unwrap());
    }
    let [list, placed, moved] = answers.as_slice() else {
        panic!("three lines: {answers:?}");
    };
    assert_eq!(list["data"].as_array().unwrap().len(), 3, "{list}");
    assert_eq!(placed["outcome"], "applied", "{placed}");
    assert_eq!(moved["order_id"], placed["order_id"], "{moved}");
    assert_eq!(moved["order"]["status"], "processing", "{moved}");

    // Each token is what it is called; the page is served.
    let http = reqwest::Client::new();
    let address = dev.text("/address").to_owned();
    for role in ["admin", "staff", "service", "customer"] {
        let me = http
            .get(format!("{address}/v1/me"))
            .bearer_auth(dev.text(&format!("/tokens/{role}")))
            .send()
            .await
            .unwrap();
        let me: Value = me.json().await.unwrap();
        assert_eq!(me["roles"], serde_json::json!([role]));
    }

    dev.process.signal(Signal::TERM);
    assert!(dev.process.ended().await.success());
    let left = left_running(folder.path());
    assert!(left.is_empty(), "still there: {left:?}");
}

#[tokio::test]
async fn killed_it_leaves_nothing_running_and_loses_nothing() {
    let folder = folder();
    let mut dev = Dev::start(folder.path(), &[]).await;
    let before = dev.log().await;
    let admin = dev.text("/tokens/admin").to_owned();
    dev.process.kill();
    assert!(!dev.process.ended().await.success());
    nothing_is_left(folder.path()).await;

    let mut dev = Dev::start(folder.path(), &["--no-demo"]).await;
    let after = dev.log().await;
    assert!(after.len() >= before.len());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before["event_id"], after["event_id"]);
    }
    // The signing key is the same, so the old tokens are too.
    let me = reqwest::Client::new()
        .get(format!("{}/v1/me", dev.text("/address")))
        .bearer_auth(admin);
    assert_eq!(me.send().await.unwrap().status(), 200);
    dev.process.signal(Signal::INT);
    assert!(dev.process.ended().await.success());

    let mut dev = Dev::start(folder.path(), &["--no-demo", "--fresh"]).await;
    assert!(dev.log().await.is_empty());
    dev.process.signal(Signal::TERM);
    assert!(dev.process.ended().await.success());
}

#[tokio::test]
async fn it_uses_a_database_that_is_named_and_brings_its_schema_up_to_date() {
    let folder = folder();
    let database = waybill_tests::database::TestDatabase::create_empty().await;
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let arguments = [
        "dev",
        "--listen",
        "127.0.0.1:0",
        "--no-demo",
        "--data-dir",
        data,
    ];
    let mut command = waybill(&arguments);
    command.env("DATABASE_URL", database.owner_url());
    let mut dev = Running::start(&mut command);
    while !dev.line().await.contains("Ctrl-C") {}
    let names: Vec<String> = std::fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, ["signing-key"], "no Postgres was started");
    dev.signal(Signal::TERM);
    assert!(dev.ended().await.success());

    let mut fresh = waybill(&["dev", "--fresh", "--data-dir", data]);
    fresh.env("DATABASE_URL", database.owner_url());
    let refused = complaint(&mut fresh, 1).await;
    assert!(
        refused.contains("DATABASE_URL names another database"),
        "{refused}"
    );
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let refused = complaint(&mut waybill(&["dev", "--listen", "0.0.0.0:0"]), 1).await;
    assert!(refused.contains("loopback only"), "{refused}");
    let mut by_variable = waybill(&["dev"]);
    by_variable.env("WAYBILL_LISTEN", "[::]:8080");
    complaint(&mut by_variable, 1).await;
}
