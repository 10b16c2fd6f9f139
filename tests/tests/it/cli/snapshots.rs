//! `snapshot`: a scripted story, its log and its frames for each audience; and the documented examples.

use std::path::{Path, PathBuf};

use serde_json::json;
use waybill_domain::{Cancel, CancelReason, ChangeStatus, Status, UpdateDetails};
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::orders::{place, run};

use super::binary::{printed, run as run_process, waybill_on};
use super::example;

/// Three orders of three customers: one is shipped and delivered, one is called off, one is being made ready.
async fn story() -> TestDatabase {
    let database = TestDatabase::create().await;
    let node = TestApp::start(&database).await;
    let app = node.app();
    let first = place(app, "ada").await.receipt.order_id;
    let second = place(app, "otto").await.receipt.order_id;
    let third = place(app, "jane").await.receipt.order_id;
    let ship = json!({
        "to": "shipped",
        "details": { "tracking": { "number": "PP1", "carrier": "Paperplane Post" } },
        "internal_note": "dock 3",
        "message_to_customer": "On its way.",
    });
    let ship = ChangeStatus::parse(ship).unwrap().command;
    run(app, first, ship).await.unwrap();
    let later = json!({ "estimated_delivery": "2025-01-05" });
    run(app, first, UpdateDetails::parse(later).unwrap())
        .await
        .unwrap();
    run(app, second, Cancel::because(CancelReason::Inventory))
        .await
        .unwrap();
    let process = ChangeStatus::to(Status::Processing);
    run(app, third, process).await.unwrap();
    let deliver = ChangeStatus::to(Status::Delivered);
    run(app, first, deliver).await.unwrap();
    node.stop().await;
    database
}

#[tokio::test]
async fn a_story_looks_the_same_in_every_run() {
    let database = story().await;
    let log = printed(&mut waybill_on(&database, &["snapshot"])).await;
    insta::assert_snapshot!("log-for-staff", log);
    for (audience, topic) in [
        ("staff", "orders"),
        ("customer", "customer:ada"),
        ("guest", "order:ORD-10001"),
    ] {
        let mut command = waybill_on(&database, &["snapshot", "--frames", "--include-order"]);
        command.args(["--topic", topic, "--audience", audience]);
        let frames = printed(&mut command).await;
        insta::assert_snapshot!(format!("frames-for-{audience}"), frames);
    }
}

#[tokio::test]
async fn a_stretch_is_cut_where_it_was_asked_for() {
    let database = story().await;
    let stretch = ["snapshot", "--from", "3", "--to", "5"];
    let stretch = printed(&mut waybill_on(&database, &stretch)).await;
    let types: Vec<String> = stretch
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(types, ["order.updated", "order.status_changed"]);
    let frames = ["snapshot", "--frames", "--from", "3", "--to", "5"];
    let frames = printed(&mut waybill_on(&database, &frames)).await;
    assert_eq!(
        frames.lines().count(),
        3,
        "subscribed and two events: {frames}"
    );
}

#[tokio::test]
async fn the_documented_insta_example_works() {
    let database = story().await;
    let mut command = waybill_on(&database, &[]);
    insta::assert_snapshot!(
        "example",
        example::log_of(command.as_std_mut(), "customer:otto")
    );
}

#[tokio::test]
async fn the_documented_vitest_example_works() {
    let vitest = repository().join("web/node_modules/vitest/vitest.mjs");
    if !vitest.exists() {
        assert!(std::env::var_os("CI").is_none(), "CI builds the page first");
        eprintln!("!!! SKIPPED: no vitest here; `make web` installs it");
        return;
    }
    let database = story().await;
    let mut node = tokio::process::Command::new("node");
    node.arg(vitest)
        .args(["run", "--root"])
        .arg(repository().join("web/examples"))
        // As on CI, where a snapshot that is missing is a failure and not written.
        .env("CI", "true")
        .env("WAYBILL", env!("CARGO_BIN_EXE_command-line"))
        .env("DATABASE_URL", database.url());
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        node.arg("--update");
    }
    let output = run_process(&mut node).await;
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_documentation_shows_the_examples_that_are_run() {
    let page =
        std::fs::read_to_string(repository().join("docs/testing-with-snapshots.md")).unwrap();
    for example in [
        "tests/tests/it/cli/example.rs",
        "web/examples/orders.test.ts",
    ] {
        let text = std::fs::read_to_string(repository().join(example)).unwrap();
        assert!(
            page.contains(text.trim()),
            "{example} stands in the page otherwise"
        );
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
