//! What the holder of a tracking link sees, on every channel, and what he is refused.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use waybill_domain::OrderId;
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::orders;
use waybill_tests::socket::Socket;

/// The token of a tracking link of `order`.
fn link(app: &TestApp, order: OrderId) -> String {
    let now = Utc::now();
    let links = app.app().auth.links();
    let issued = links.issue(order, now, now + TimeDelta::hours(1));
    issued.expect("a token").0
}

#[tokio::test]
async fn a_guest_follows_his_order_by_any_of_its_names_and_nothing_else() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let placed = orders::place_with(app.app(), "c1", |order| {
        order.reference = Some("ref-1".parse().unwrap());
    })
    .await;
    let own = placed.receipt.order_id;
    let number = &placed.order.order.state().unwrap().order_number;
    let other = orders::place(app.app(), "c1").await.receipt.order_id;
    let mut socket = Socket::hello(app.address, &link(&app, own)).await;
    for (topic, expected) in [
        ("orders".to_owned(), "forbidden"),
        ("customer:me".into(), "forbidden"),
        ("customer:c1".into(), "forbidden"),
        (format!("customer:order:{own}"), "forbidden"),
        (format!("order:{other}"), "not_found"),
        ("order:ORD-404".into(), "not_found"),
        (format!("order:{own}"), "subscribed"),
        (format!("order:{number}"), "subscribed"),
        ("order:ref-1".into(), "subscribed"),
    ] {
        let answer = socket.subscribe(&topic, &topic, "now").await;
        let got = match answer["type"].as_str() {
            Some("error") => &answer["code"],
            _ => &answer["type"],
        };
        assert_eq!(got, expected, "{topic}: {answer}");
    }
    let refused = socket.subscribe("bare", &format!("order:{own}"), "0").await;
    assert_eq!(refused["code"], "bad_cursor");
}

#[tokio::test]
async fn a_connection_of_a_guest_stays_with_its_order() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let own = orders::place(app.app(), "c1").await.receipt.order_id;
    let other = orders::place(app.app(), "c1").await.receipt.order_id;
    let say = |token: String| json!({"type": "auth", "token": token});
    for (first, then) in [
        (link(&app, own), link(&app, other)),
        (link(&app, own), app.token("c1", &[])),
        (app.token("c1", &[]), link(&app, own)),
    ] {
        let mut socket = Socket::hello(app.address, &first).await;
        socket.send(&say(then)).await;
        assert_eq!(socket.close_code().await, Some(4403));
    }
    let mut socket = Socket::hello(app.address, &link(&app, own)).await;
    socket
        .subscribe("a", &format!("order:{own}"), "earliest")
        .await;
    socket.frame_of("live").await;
    socket.send(&say(link(&app, own))).await;
    let welcome: Value = socket.frame_of("welcome").await;
    assert_eq!(welcome["roles"], json!(["guest"]));
    assert_eq!(welcome["subject"], format!("order:{own}"));
    let cancel = waybill_domain::Cancel::because(waybill_domain::CancelReason::Customer);
    orders::run(app.app(), own, cancel).await.unwrap();
    assert_eq!(socket.frame_of("event").await["ids"], json!(["a"]));
}
