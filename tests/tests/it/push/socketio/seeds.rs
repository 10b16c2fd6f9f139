//! The source systems' own code, as their documents have it.

use serde_json::{Value, json};
use waybill_api::auth::Role;
use waybill_domain::{ChangeStatus, Status};
use waybill_tests::app::FRONTEND;
use waybill_tests::orders;
use waybill_tests::relay::Relay;
use waybill_tests::script::Script;

use super::app;

/// The hook's last message in the test below.
const LAST: &str = "Order #ORD-10001 status updated to delivered";

/// The hook on a page, while the test script takes an order from `pending` to `delivered`.
#[tokio::test]
async fn the_hook_shows_a_toast_for_every_step_of_the_test_script() {
    let app = app(&[]).await;
    let url = app.url("");
    let token = app.token("c1", &[]);
    let mut page = Script::run(
        "hook.js",
        &[],
        &[
            ("ACCESS_TOKEN", &token),
            ("NEXT_PUBLIC_ORDERS_SOCKET_URL", &url),
        ],
    );
    let connected = page.line_with("toast").await;
    assert_eq!(connected["text"], "🔔 Real-time updates connected!");
    let staff = app.token("ann", &[Role::Staff]);
    let variables = [
        ("ACCESS_TOKEN", &*staff),
        ("API_URL", &url),
        ("CUSTOMER", "c1"),
    ];
    let mut script = Script::run("seeds/test-websocket.js", &[], &variables);
    script.line_with("done").await;
    let (mut toasts, mut state) = (Vec::new(), Value::Null);
    // The state that belongs to a toast is drawn after it.
    while toasts.len() < 4 || state["lastEvent"].as_str() != Some(LAST) {
        let line = page.line().await;
        match line.get("toast") {
            Some(_) => toasts.push(line),
            None => state = line,
        }
    }
    insta::assert_json_snapshot!(json!({"toasts": toasts, "state": state}));
}

/// The service class, with the cookie that a browser sends.
#[tokio::test]
async fn the_tracking_page_hears_of_updates_and_is_still_in_its_room_after_a_reconnect() {
    let app = app(&[]).await;
    let order = orders::place(app.app(), "c1").await.receipt.order_id;
    let cookie = format!("accessToken={}", app.token("c1", &[]));
    let browser = [("Cookie", &*cookie), ("Origin", FRONTEND)];
    let relay = Relay::of_browser(app.address, &browser).await;
    let variables = [("VITE_API_URL", &*relay.url()), ("ORDER_ID", "ORD-10001")];
    let mut page = Script::run("tracking.js", &[], &variables);
    page.line_with("connected").await;
    let run = |to| orders::run(app.app(), order, ChangeStatus::to(to));
    // The page has no sign of having joined; its first update is one.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    run(Status::Processing).await.unwrap();
    let update = page.line_with("update").await;
    insta::assert_json_snapshot!(update, { ".update.updatedAt" => "[time]" });

    relay.cut();
    run(Status::Shipped).await.unwrap();
    let again = page.line_with("connected").await;
    assert_eq!(again, json!({"connected": true, "recovered": true}));
    let missed = page.line_with("update").await;
    assert_eq!(missed["toast"], "Order status updated to: shipped");
    run(Status::Delivered).await.unwrap();
    let live = page.line_with("update").await;
    assert_eq!(live["toast"], "Order status updated to: delivered");
}

#[tokio::test]
async fn the_tracking_page_without_any_credential_connects_and_is_told_that_it_may_not_join() {
    let app = app(&[]).await;
    orders::place(app.app(), "c1").await;
    let variables = [("VITE_API_URL", &*app.url("")), ("ORDER_ID", "ORD-10001")];
    let mut page = Script::run("tracking.js", &[], &variables);
    page.line_with("connected").await;
    let error = page.line_with("error").await;
    assert_eq!(error["error"]["code"], "unauthenticated");
}
