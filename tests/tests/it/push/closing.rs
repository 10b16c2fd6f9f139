//! Every close code, by what brings it about.

use std::time::Duration;

use chrono::Utc;
use serde_json::json;
use waybill_infra::revocations::{NewRevocation, RevocationKind};
use waybill_tests::app::{FRONTEND, TestApp};
use waybill_tests::database::TestDatabase;
use waybill_tests::socket::{Incoming, Socket};

async fn app(variables: &[(&str, &str)]) -> TestApp {
    TestApp::start_with(&TestDatabase::create().await, variables).await
}

#[tokio::test]
async fn what_is_no_frame_closes_with_4400() {
    let app = app(&[]).await;
    let token = app.token("c1", &[]);
    for bad in [
        "",
        "nonsense",
        "[]",
        r#"{"type":"unheard-of"}"#,
        r#"{"type":"subscribe","id":"a"}"#,
    ] {
        let mut socket = Socket::hello(app.address, &token).await;
        socket.send_text(bad).await;
        assert_eq!(socket.close_code().await, Some(4400), "{bad}");
    }
    let mut socket = Socket::connect(app.address, &[]).await;
    socket.send(&json!({"type": "pong"})).await;
    assert_eq!(socket.close_code().await, Some(4400), "before hello");
}

#[tokio::test]
async fn a_bad_token_closes_with_4401_wherever_it_comes_from() {
    let app = app(&[]).await;
    let mut socket = Socket::connect(app.address, &[]).await;
    socket
        .send(&json!({"type": "hello", "token": "nonsense"}))
        .await;
    assert_eq!(socket.close_code().await, Some(4401));
    let mut socket = Socket::connect(app.address, &[("authorization", "Bearer nonsense")]).await;
    assert_eq!(socket.close_code().await, Some(4401));
}

#[tokio::test]
async fn the_end_of_a_token_is_announced_and_closes_with_4401() {
    let app = app(&[]).await;
    let token = app.token_for("c1", &[], Duration::from_secs(2));
    let mut socket = Socket::hello(app.address, &token).await;
    let notice = socket.frame_of("auth_expiring").await;
    assert!(notice["in_secs"].as_u64().unwrap() <= 2, "{notice}");
    assert_eq!(socket.close_code().await, Some(4401));
}

#[tokio::test]
async fn a_fresh_token_in_place_keeps_the_connection_and_its_subscriptions() {
    let app = app(&[]).await;
    let mut socket = Socket::hello(
        app.address,
        &app.token_for("c1", &[], Duration::from_secs(2)),
    )
    .await;
    socket.subscribe("a", "customer:me", "now").await;
    socket
        .send(&json!({"type": "auth", "token": app.token("c1", &[])}))
        .await;
    socket.frame_of("welcome").await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    waybill_tests::orders::place(app.app(), "c1").await;
    assert_eq!(socket.frame_of("event").await["ids"], json!(["a"]));
}

#[tokio::test]
async fn a_connection_cannot_become_somebody_else() {
    let app = app(&[]).await;
    let mut socket = Socket::hello(app.address, &app.token("c1", &[])).await;
    socket
        .send(&json!({"type": "auth", "token": app.token("c2", &[])}))
        .await;
    assert_eq!(socket.close_code().await, Some(4403));
}

#[tokio::test]
async fn only_pages_on_the_list_may_connect() {
    let app = app(&[]).await;
    let token = app.token("c1", &[]);
    let bearer = format!("Bearer {token}");
    for (origin, expected) in [
        (FRONTEND, None),
        ("https://evil.test", Some(4403)),
        ("null", Some(4403)),
    ] {
        let mut socket = Socket::connect(
            app.address,
            &[("origin", origin), ("authorization", &bearer)],
        )
        .await;
        match (socket.next().await, expected) {
            (Incoming::Frame(frame), None) => assert_eq!(frame["type"], "welcome"),
            (Incoming::Closed(code, _), expected) => assert_eq!(code, expected, "{origin}"),
            (Incoming::Frame(frame), Some(_)) => panic!("{origin}: {frame}"),
        }
    }
    // A cookie comes by itself, so a page has to say where it is from.
    let cookie = format!("accessToken={token}");
    let mut socket = Socket::connect(app.address, &[("cookie", &cookie)]).await;
    assert_eq!(socket.close_code().await, Some(4403));
    let mut socket =
        Socket::connect(app.address, &[("cookie", &cookie), ("origin", FRONTEND)]).await;
    assert_eq!(socket.frame().await["subject"], "c1");
}

#[tokio::test]
async fn who_says_nothing_is_closed_with_4408() {
    let app = app(&[("WAYBILL_PUSH_HELLO_TIMEOUT_SECS", "1")]).await;
    let mut socket = Socket::connect(app.address, &[]).await;
    assert_eq!(socket.close_code().await, Some(4408));
}

#[tokio::test]
async fn a_revocation_reaches_the_open_sockets_of_every_node_within_two_seconds() {
    let database = TestDatabase::create().await;
    let (here, there) = (
        TestApp::start(&database).await,
        TestApp::start(&database).await,
    );
    let mut sockets = Vec::new();
    for app in [&here, &there] {
        sockets.push(Socket::hello(app.address, &app.token("c1", &[])).await);
    }
    let mut other = Socket::hello(there.address, &there.token("c2", &[])).await;
    // A token of the second in which its subject is revoked counts as older.
    let revocation = NewRevocation {
        kind: RevocationKind::Subject,
        value: "c1".into(),
        expires_at: Utc::now() + Duration::from_mins(10),
        reason: None,
        by: "ann".into(),
    };
    here.app().revocations.revoke(&revocation).await.unwrap();
    let closed = async {
        for socket in &mut sockets {
            assert_eq!(socket.close_code().await, Some(4409));
        }
    };
    tokio::time::timeout(Duration::from_secs(2), closed)
        .await
        .expect("within two seconds");
    other.subscribe("a", "customer:me", "now").await;
}

#[tokio::test]
async fn a_frame_over_the_bound_closes_with_4413() {
    let app = app(&[("WAYBILL_PUSH_FRAME_BYTES_MAX", "4096")]).await;
    let mut socket = Socket::hello(app.address, &app.token("c1", &[])).await;
    socket.send_text(&" ".repeat(5_000)).await;
    assert_eq!(socket.close_code().await, Some(4413));
}

#[tokio::test]
async fn a_node_that_stops_tells_its_clients_when_to_come_back() {
    let app = app(&[]).await;
    let mut socket = Socket::hello(app.address, &app.token("c1", &[])).await;
    let stopping = tokio::spawn(app.stop());
    let drain = socket.frame_of("drain").await;
    assert_eq!(drain["retry_within_ms"], 200);
    assert_eq!(socket.close_code().await, Some(4100));
    stopping.await.unwrap();
}

#[tokio::test]
async fn who_does_not_answer_pings_is_closed_with_4103() {
    let app = app(&[("WAYBILL_PUSH_PING_SECS", "1")]).await;
    let mut silent = Socket::hello(app.address, &app.token("c1", &[])).await;
    let mut lively = Socket::hello(app.address, &app.token("c2", &[])).await;
    silent.answer_pings = false;
    let lively = tokio::spawn(async move { lively.next().await });
    assert_eq!(silent.close_code().await, Some(4103));
    assert!(!lively.is_finished(), "who answers stays");
}

#[tokio::test]
async fn too_many_frames_or_connections_close_with_4120_and_a_hint() {
    let app = app(&[
        ("WAYBILL_PUSH_FRAMES_PER_SEC", "1"),
        ("WAYBILL_PUSH_CONNECTIONS_MAX", "1"),
    ])
    .await;
    let mut socket = Socket::hello(app.address, &app.token("c1", &[])).await;
    let mut second = Socket::connect(app.address, &[]).await;
    match second.next().await {
        Incoming::Closed(Some(4120), reason) => {
            assert!(reason.contains("retry_within_ms="), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    for _ in 0..6 {
        socket.send(&json!({"type": "pong"})).await;
    }
    assert_eq!(socket.close_code().await, Some(4120));
}
