//! Socket.IO, with the real `socket.io-client` and the source systems' own code.

use serde_json::{Value, json};
use waybill_domain::{Cancel, CancelReason, ChangeStatus, Status, UpdateDetails};
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::orders;
use waybill_tests::script::Script;
use waybill_tests::shapes;

async fn app(variables: &[(&str, &str)]) -> TestApp {
    TestApp::start_with(&TestDatabase::create().await, variables).await
}

/// A client with these options, once it is connected.
async fn connected(url: &str, options: Value) -> Script {
    let mut client = client(url, options);
    client.line_with("connect").await;
    client
}

fn client(url: &str, mut options: Value) -> Script {
    // A process each, so that one that ends late disturbs no other.
    options["forceNew"] = true.into();
    let told = json!({"url": url, "options": options}).to_string();
    Script::run("client.js", &[&told], &[])
}

/// The next event that an application would listen to, without its offset.
async fn event(client: &mut Script) -> (String, Value) {
    loop {
        let line = client.line_with("event").await;
        let name = line["event"].as_str().unwrap().to_owned();
        assert!(
            line["args"].as_array().unwrap().last().unwrap().is_string(),
            "the last argument is the offset: {line}"
        );
        if name != "waybill:offset" {
            shapes::expect_message("socketio", &name, &line["args"][0]);
            return (name, line["args"][0].clone());
        }
    }
}

#[tokio::test]
async fn a_customer_gets_each_event_of_his_orders_with_the_source_systems_keys_and_sentences() {
    let app = app(&[]).await;
    let url = app.url("");
    let auth = json!({"token": app.token("c1", &[])});
    let mut client = connected(&url, json!({"auth": auth})).await;
    client.line_with("event").await;

    let placed = orders::place(app.app(), "c1").await.receipt.order_id;
    let other = orders::place(app.app(), "c2").await.receipt.order_id;
    let cancelled = orders::place(app.app(), "c1").await.receipt.order_id;
    let tracking = json!({"tracking": {"number": "99.1", "carrier": "Post"}});
    let run = |id, command: waybill_domain::OrderCommand| orders::run(app.app(), id, command);
    run(placed, UpdateDetails::parse(tracking).unwrap().into())
        .await
        .unwrap();
    for to in [Status::Processing, Status::Shipped, Status::Delivered] {
        run(other, ChangeStatus::to(to).into()).await.unwrap();
        run(placed, ChangeStatus::to(to).into()).await.unwrap();
    }
    run(cancelled, Cancel::because(CancelReason::Customer).into())
        .await
        .unwrap();

    let mut seen = Vec::new();
    while seen.len() < 9 {
        let (name, mut payload) = event(&mut client).await;
        if !seen.is_empty() {
            // The first shows the order whole.
            payload["order"] = json!({
                "orderNumber": payload["order"]["orderNumber"],
                "status": payload["order"]["status"],
                "trackingNumber": payload["order"]["trackingNumber"],
            });
        }
        seen.push(json!({"event": name, "payload": payload}));
    }
    insta::assert_json_snapshot!(seen, {
        "[].payload.timestamp" => "[time]",
        "[0].payload.order._id" => "[id]",
        "[0].payload.order.orderDate" => "[time]",
        "[0].payload.order.createdAt" => "[time]",
        "[0].payload.order.updatedAt" => "[time]",
    });
}

#[tokio::test]
async fn a_bad_token_is_refused_in_the_source_systems_words_and_for_good() {
    let app = app(&[]).await;
    let auth = json!({"token": "nonsense"});
    let mut client = client(&app.url(""), json!({"auth": auth}));
    assert_eq!(
        client.line_with("connect_error").await,
        json!({"connect_error": "Authentication error: Invalid token", "active": false})
    );
}
