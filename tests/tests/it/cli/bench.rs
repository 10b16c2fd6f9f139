//! `bench`: a load on a real server, and what it refuses to do.

use serde_json::Value;
use waybill_api::auth::Role;
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;

use super::binary::{complaint, printed, waybill, waybill_on};

async fn measured(database: &TestDatabase, app: &TestApp, arguments: &[&str]) -> Value {
    let url = app.url("");
    let fixed = ["bench", "--url", &url, "--json", "--warm-up", "0s"];
    let printed = printed(&mut waybill_on(database, &[&fixed, arguments].concat())).await;
    serde_json::from_str(&printed).unwrap()
}

#[tokio::test]
async fn nothing_is_lost_between_a_server_and_twenty_clients_under_load() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    let load = ["--clients", "20", "--rate", "50", "--duration", "2s"];
    let report = measured(&database, &app, &load).await;
    for fault in ["lost", "doubled", "out_of_order", "resets", "gave_up"] {
        assert_eq!(report[fault], 0, "{report:#}");
    }
    let commands = &report["commands"];
    assert_eq!(commands["due"], 100, "{report:#}");
    let applied = commands["applied"].as_u64().unwrap();
    assert!(applied > 0, "{report:#}");
    // Each of them to each client, but for those that were recorded when the time was over.
    let deliveries = report["deliveries"]["count"].as_u64().unwrap();
    assert!((1..=20 * applied).contains(&deliveries), "{report:#}");
    assert!(report["deliveries"]["latency"]["p99_ms"].is_number());
    app.stop().await;
}

#[tokio::test]
async fn clients_can_follow_a_customer_or_an_order_of_their_own() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    for topic in ["customer", "order"] {
        let load = [
            "--clients",
            "5",
            "--rate",
            "40",
            "--duration",
            "1s",
            "--topic",
            topic,
        ];
        let report = measured(&database, &app, &load).await;
        assert_eq!(report["lost"], 0, "{report:#}");
        let applied = report["commands"]["applied"].as_u64().unwrap();
        let deliveries = report["deliveries"]["count"].as_u64().unwrap();
        // Each event to one of them.
        assert!((1..=applied).contains(&deliveries), "{report:#}");
    }
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_measured_is_refused_with_what_to_do() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    let url = app.url("");
    let customer = app.token("ada", &[Role::Customer]);
    for (arguments, told) in [
        (vec!["--url", &url], "--token"),
        (
            vec!["--url", &url, "--token", &customer],
            "token of staff, admin or service",
        ),
        (
            vec!["--url", &url, "--token", "nonsense"],
            "the server refuses the token",
        ),
        (
            vec!["--url", "http://127.0.0.1:1", "--token", "t"],
            "no server answers at 127.0.0.1:1",
        ),
        (
            vec!["--url", "http://shop.test", "--token", "t"],
            "--yes-write-to shop.test",
        ),
    ] {
        let complaint = complaint(&mut waybill(&[&["bench"], &arguments[..]].concat()), 1).await;
        assert!(complaint.contains(told), "{complaint}");
    }
    app.stop().await;
}
