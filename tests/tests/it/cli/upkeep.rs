//! `verify`, `rebuild` and `parked`.

use serde_json::Value;
use sqlx::Executor as _;
use waybill_domain::{ChangeStatus, Status};
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::orders::{place, run};

use super::binary::{complaint, printed, run as run_process, waybill_on};

/// A database with some orders, which the read models have taken in.
async fn with_orders() -> TestDatabase {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    for _ in 0..10 {
        let placed = place(app.app(), "ada").await;
        run(
            app.app(),
            placed.receipt.order_id,
            ChangeStatus::to(Status::Shipped),
        )
        .await
        .unwrap();
    }
    let staff = app.client("ann", &[waybill_api::auth::Role::Staff]);
    staff.get("/v1/orders?min_position=20").await.expect(200);
    app.stop().await;
    database
}

#[tokio::test]
async fn verify_finds_nothing_where_all_is_well_and_says_so_with_its_exit_code() {
    let database = with_orders().await;
    let said = printed(&mut waybill_on(&database, &["verify"])).await;
    assert_eq!(said, "20 events of 10 orders: all is well\n");
}

#[tokio::test]
async fn verify_tells_findings_from_not_having_been_able_to_look() {
    let database = with_orders().await;
    let mut owner = database.owner().await;
    // A gap that only the database's owner can make, against its own triggers.
    owner
        .execute("ALTER TABLE events DISABLE TRIGGER events_append_only; DELETE FROM events WHERE position = 7")
        .await
        .unwrap();
    let output = run_process(&mut waybill_on(&database, &["verify", "--json"])).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let verified: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = verified["findings"].as_array().unwrap();
    assert!(
        findings.iter().any(|finding| finding["position"] == 8),
        "{verified}"
    );

    let nowhere = "postgres://nobody@127.0.0.1:1/nothing";
    let mut lost = waybill_on(&database, &["verify"]);
    let said = complaint(lost.env("DATABASE_URL", nowhere), 3).await;
    assert!(said.contains("DATABASE_URL"), "{said}");
    let mut unset = waybill_on(&database, &["verify"]);
    complaint(unset.env_remove("DATABASE_URL"), 78).await;
}

#[tokio::test]
async fn rebuild_makes_a_read_model_anew_and_tells_what_it_made() {
    let database = with_orders().await;
    let mut owner = database.owner().await;
    let emptied = owner
        .execute("DELETE FROM order_list_a.orders WHERE order_id = (SELECT min(order_id::text)::uuid FROM order_list_a.orders)")
        .await
        .unwrap();
    assert_eq!(emptied.rows_affected(), 1, "the live copy is the first one");
    let command = ["rebuild", "order_list", "--json"];
    let made = printed(&mut waybill_on(&database, &command)).await;
    let made: Value = serde_json::from_str(&made).unwrap();
    assert_eq!(
        (&made["events"], &made["orders"], &made["switched"]),
        (&20.into(), &10.into(), &true.into())
    );
    assert_eq!(made["compared"]["differing"], 1, "{made}");
    printed(&mut waybill_on(&database, &["verify"])).await;

    let unknown = complaint(&mut waybill_on(&database, &["rebuild", "nothing"]), 1).await;
    assert!(
        unknown.contains("order_list, order_timeline and order_analytics"),
        "{unknown}"
    );
}

#[tokio::test]
async fn parked_orders_are_listed_and_brought_back() {
    let database = with_orders().await;
    let none = printed(&mut waybill_on(&database, &["parked", "list"])).await;
    assert_eq!(none, "No order is parked.\n");
    let mut owner = database.owner().await;
    owner
        .execute(
            "INSERT INTO order_list_a.parked (order_id, version, position, reason) \
             SELECT aggregate_id::uuid, sequence, position, 'for a test' FROM events \
             WHERE order_number = 'ORD-10001' AND sequence = 2",
        )
        .await
        .unwrap();
    let list = printed(&mut waybill_on(&database, &["parked", "list"])).await;
    assert!(
        list.contains("ORD-10001") && list.contains("for a test"),
        "{list}"
    );
    let elsewhere = [
        "parked",
        "redrive",
        "ORD-10001",
        "--projection",
        "order_timeline",
    ];
    let said = printed(&mut waybill_on(&database, &elsewhere)).await;
    assert_eq!(said, "order_timeline: was not parked\n");
    let nowhere = ["parked", "redrive", "ORD-10001", "--projection", "orders"];
    let said = complaint(&mut waybill_on(&database, &nowhere), 1).await;
    assert!(
        said.contains("order_list, order_timeline, order_analytics"),
        "{said}"
    );
    let redrive = ["parked", "redrive", "ORD-10001"];
    let said = printed(&mut waybill_on(&database, &redrive)).await;
    assert_eq!(
        said,
        "order_list: is back\norder_timeline: was not parked\norder_analytics: was not parked\n"
    );
    printed(&mut waybill_on(&database, &["verify"])).await;
    complaint(
        &mut waybill_on(&database, &["parked", "redrive", "ORD-1"]),
        1,
    )
    .await;
}
