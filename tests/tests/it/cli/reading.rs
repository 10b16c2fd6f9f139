//! `tail` and `epoch new`.

use serde_json::Value;
use waybill_domain::{ChangeStatus, Status};
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::orders::{place, run};

use super::binary::{Running, complaint, printed, waybill_on};

#[tokio::test]
async fn tail_prints_what_was_and_follows_what_comes() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    let placed = place(app.app(), "ada").await;
    place(app.app(), "otto").await;
    let order = placed.receipt.order_id;

    let so_far = printed(&mut waybill_on(
        &database,
        &["tail", "--after", "earliest", "--no-follow"],
    ))
    .await;
    let lines: Vec<&str> = so_far.lines().collect();
    assert_eq!(lines.len(), 2, "{so_far}");
    assert!(lines[0].contains("order.created") && lines[0].ends_with("for ada  by staff ann"));
    assert!(!so_far.contains('\u{1b}'), "{so_far}");

    let topic = format!("order:{order}");
    let follow = [
        "tail", "--json", "--topic", &topic, "--after", "earliest", "--limit", "2",
    ];
    let mut tail = Running::start(&mut waybill_on(&database, &follow));
    let first: Value = serde_json::from_str(&tail.line().await).unwrap();
    assert_eq!(
        (&first["type"], &first["position"]),
        (&"order.created".into(), &1.into())
    );
    place(app.app(), "otto").await;
    run(app.app(), order, ChangeStatus::to(Status::Shipped))
        .await
        .unwrap();
    let second: Value = serde_json::from_str(&tail.line().await).unwrap();
    assert_eq!(second["type"], "order.status_changed");
    assert!(tail.ended().await.success());

    let of_type = [
        "tail",
        "--json",
        "--type",
        "order.status_changed",
        "--after",
        "1",
        "--no-follow",
    ];
    let moved = printed(&mut waybill_on(&database, &of_type)).await;
    assert_eq!(moved.lines().count(), 1, "{moved}");
    let cursor = first["cursor"].as_str().unwrap();
    let rest = ["tail", "--after", cursor, "--no-follow"];
    let rest = printed(&mut waybill_on(&database, &rest)).await;
    assert_eq!(rest.lines().count(), 3, "{rest}");
    app.stop().await;
}

#[tokio::test]
async fn a_reader_that_has_enough_is_no_failure() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    place(app.app(), "ada").await;
    let mut tail = Running::start(&mut waybill_on(&database, &["tail", "--after", "earliest"]));
    tail.line().await;
    let ended = tokio::spawn(tail.ended()); // closes the pipe
    for _ in 0..2 {
        place(app.app(), "ada").await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert!(ended.await.unwrap().success());
    app.stop().await;
}

#[tokio::test]
async fn a_new_epoch_makes_older_cursors_void() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    place(app.app(), "ada").await;
    let event = printed(&mut waybill_on(
        &database,
        &["tail", "--json", "--after", "earliest", "--no-follow"],
    ))
    .await;
    let event: Value = serde_json::from_str(&event).unwrap();

    let unasked = complaint(&mut waybill_on(&database, &["epoch", "new"]), 1).await;
    assert!(unasked.contains("--yes"), "{unasked}");
    let said = printed(&mut waybill_on(
        &database,
        &["epoch", "new", "--yes", "--reason", "a test"],
    ))
    .await;
    assert_eq!(said, "Epoch 2 has begun at position 1.\n");

    let cursor = event["cursor"].as_str().unwrap();
    let refused = complaint(
        &mut waybill_on(&database, &["tail", "--after", cursor, "--no-follow"]),
        1,
    )
    .await;
    assert!(
        refused.contains("--after: the cursor is from another epoch"),
        "{refused}"
    );
    app.stop().await;
}
