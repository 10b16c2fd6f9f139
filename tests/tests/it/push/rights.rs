//! Who may follow what, and how much of it he sees.

use serde_json::{Value, json};
use waybill_api::auth::Role;
use waybill_domain::{ChangeStatus, Status};
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::orders;
use waybill_tests::socket::Socket;

#[tokio::test]
async fn a_topic_is_granted_by_role_and_ownership() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let own = orders::place(app.app(), "c1").await.receipt.order_id;
    let foreign = orders::place(app.app(), "c2").await;
    let number = foreign
        .order
        .order
        .state()
        .unwrap()
        .order_number
        .to_string();
    let foreign = foreign.receipt.order_id;
    let all = ["subscribed"; 7];
    for (roles, expected) in [
        (
            &[][..],
            [
                "forbidden",
                "subscribed",
                "subscribed",
                "forbidden",
                "subscribed",
                "not_found",
                "not_found",
            ],
        ),
        (
            &[Role::Customer],
            [
                "forbidden",
                "subscribed",
                "subscribed",
                "forbidden",
                "subscribed",
                "not_found",
                "not_found",
            ],
        ),
        (&[Role::Staff], all),
        (&[Role::Admin], all),
        (&[Role::Service], all),
    ] {
        let mut socket = Socket::hello(app.address, &app.token("c1", roles)).await;
        let topics = [
            "orders".into(),
            "customer:me".into(),
            "customer:c1".into(),
            "customer:c2".into(),
            format!("order:{own}"),
            format!("order:{foreign}"),
            format!("order:{number}"),
        ];
        for (topic, expected) in topics.iter().zip(expected) {
            let answer = socket.subscribe(topic, topic, "now").await;
            let got = if answer["type"] == "error" {
                &answer["code"]
            } else {
                &answer["type"]
            };
            assert_eq!(got, expected, "{roles:?} {topic}");
        }
        let answer = socket.subscribe("none", "order:ORD-404", "now").await;
        assert_eq!(answer["code"], "not_found", "{roles:?}");
    }
}

#[tokio::test]
async fn what_an_audience_may_not_see_is_not_in_its_bytes() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let order = orders::place(app.app(), "c1").await.receipt.order_id;
    let mut ship = ChangeStatus::to(Status::Shipped);
    ship.internal_note = Some("secret of the house".parse().unwrap());
    orders::run(app.app(), order, ship).await.unwrap();
    let mut staff = Socket::hello(app.address, &app.token("ann", &[Role::Staff])).await;
    let mut customer = Socket::hello(app.address, &app.token("c1", &[])).await;
    let mut events = Vec::new();
    for socket in [&mut staff, &mut customer] {
        socket.send(&json!({"type": "subscribe", "id": "a", "topic": format!("order:{order}"), "after": "earliest", "include": "order"})).await;
        let first = socket.frame_of("event").await;
        events.push((first, socket.frame_of("event").await));
    }
    let [staff, customer] = &events[..] else {
        unreachable!()
    };
    assert_eq!(
        staff.1["event"]["data"]["internal_note"],
        "secret of the house"
    );
    assert_eq!(staff.1["event"]["position"], 2);
    assert_eq!(staff.1["event"]["actor"]["id"], "ann");
    assert_eq!(staff.1["order"]["status"], "shipped");
    for frame in [&customer.0, &customer.1] {
        let text = frame.to_string();
        for hidden in [
            "secret of the house",
            "\"position\"",
            "\"actor\"",
            "\"ann\"",
            "metadata",
            "correlation",
        ] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
    }
    assert_eq!(customer.1["event"]["cursor"], staff.1["event"]["cursor"]);
}

#[tokio::test]
async fn bare_positions_are_for_staff() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    orders::place(app.app(), "c1").await;
    orders::place(app.app(), "c1").await;
    let mut staff = Socket::hello(app.address, &app.token("ann", &[Role::Staff])).await;
    staff.subscribe("a", "orders", "1").await;
    assert_eq!(staff.frame_of("event").await["event"]["position"], 2);
    let mut customer = Socket::hello(app.address, &app.token("c1", &[])).await;
    let refused: Value = customer.subscribe("a", "customer:me", "1").await;
    assert_eq!(refused["code"], "bad_cursor", "{refused}");
}

#[tokio::test]
async fn a_token_with_fewer_roles_ends_what_it_no_longer_grants() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let mut socket = Socket::hello(app.address, &app.token("c1", &[Role::Staff])).await;
    socket.subscribe("all", "orders", "now").await;
    socket.subscribe("mine", "customer:me", "now").await;
    socket
        .send(&json!({"type": "auth", "token": app.token("c1", &[])}))
        .await;
    let ended = socket.frame_of("error").await;
    assert_eq!(
        (&ended["id"], &ended["code"]),
        (&json!("all"), &json!("forbidden"))
    );
    orders::place(app.app(), "c2").await;
    orders::place(app.app(), "c1").await;
    let event = socket.frame_of("event").await;
    assert_eq!(
        (&event["ids"], &event["event"]["customer_id"]),
        (&json!(["mine"]), &json!("c1"))
    );
    assert!(event["event"].get("position").is_none(), "{event}");
}
