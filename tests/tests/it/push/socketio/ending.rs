//! How connections end: by their transport, so that clients come back, unless that would be in vain.

use std::time::{Duration, Instant};

use chrono::Utc;
use serde_json::{Value, json};
use waybill_infra::revocations::{NewRevocation, RevocationKind};
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::engine::Engine;
use waybill_tests::orders;

use super::{app, client, connected};

#[tokio::test]
async fn a_bad_token_is_refused_in_the_source_systems_words_and_for_good() {
    let app = app(&[]).await;
    for token in [json!("nonsense"), json!(7), json!({})] {
        let mut client = client(&app.url(""), json!({"auth": {"token": token}}));
        assert_eq!(
            client.line_with("connect_error").await,
            json!({"connect_error": "Authentication error: Invalid token", "active": false})
        );
    }
}

#[tokio::test]
async fn without_a_token_one_is_connected_as_nobody() {
    let app = app(&[]).await;
    for auth in [json!({}), json!({"token": null}), json!({"token": ""})] {
        let (mut engine, answer) = Engine::connect(app.address, &auth).await;
        assert!(answer["sid"].is_string() && answer["pid"].is_string());
        orders::place(app.app(), "c1").await;
        engine
            .send(r#"42["join-order-tracking","ORD-10001"]"#)
            .await;
        assert_eq!(engine.event().await.0, "order-tracking-error");
    }
}

#[tokio::test]
async fn an_expired_token_ends_the_transport_and_the_client_comes_back_by_itself() {
    let app = app(&[]).await;
    let token = app.token_for("c1", &[], Duration::from_secs(8));
    let auth = json!({"token": token});
    let options = json!({"auth": auth, "reconnectionDelay": 10, "transports": ["websocket"]});
    let mut client = connected(&app.url(""), options).await;
    let ended = client.line_with("disconnect").await;
    assert_eq!(
        ended,
        json!({"disconnect": "transport close", "active": true})
    );
    // What it holds is the same token still, so it is refused; with a callback it would hold a fresh one.
    let refused = client.line_with("connect_error").await;
    assert_eq!(
        refused["connect_error"],
        "Authentication error: Invalid token"
    );
}

#[tokio::test]
async fn over_polling_an_expired_token_ends_the_transport_too() {
    let app = app(&[]).await;
    let token = app.token_for("c1", &[], Duration::from_secs(8));
    let auth = json!({"token": token});
    let options = json!({"auth": auth, "reconnectionDelay": 10, "transports": ["polling"]});
    let mut client = connected(&app.url(""), options).await;
    let ended = client.line_with("disconnect").await;
    assert_eq!(ended["active"], true, "{ended}");
}

#[tokio::test]
async fn a_revocation_reaches_the_connections_of_every_node_within_two_seconds() {
    let database = TestDatabase::create().await;
    let (here, there) = (
        TestApp::start(&database).await,
        TestApp::start(&database).await,
    );
    let mut engines = Vec::new();
    for app in [&here, &there] {
        let auth = json!({"token": app.token("c1", &[])});
        let mut engine = Engine::connect(app.address, &auth).await.0;
        engine.packet().await;
        engines.push(engine);
    }
    let auth = json!({"token": there.token("c2", &[])});
    let (mut other, _) = Engine::connect(there.address, &auth).await;
    other.packet().await;
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
        for engine in &mut engines {
            assert_eq!(engine.rest().await, Vec::<String>::new());
        }
    };
    tokio::time::timeout(Duration::from_secs(2), closed)
        .await
        .expect("within two seconds");
    orders::place(there.app(), "c2").await;
    assert_eq!(other.event().await.0, "order:created");
}

#[tokio::test]
async fn a_node_that_stops_ends_transports_and_lets_new_ones_wait() {
    let app = app(&[("WAYBILL_PUSH_DRAIN_MS", "1000")]).await;
    let auth = json!({"token": app.token("c1", &[])});
    let options = json!({"auth": auth, "reconnectionDelay": 5_000});
    let mut real = connected(&app.url(""), options).await;
    let (mut engine, _) = Engine::connect(app.address, &auth).await;
    engine.packet().await;
    let url = app.url("/socket.io/?EIO=4&transport=polling");
    let draining = app.app().push.draining.clone();
    let stopping = tokio::spawn(app.stop());
    draining.cancelled().await;
    // A new one is not told to go away at once, which would be one of its five tries.
    let asked = Instant::now();
    let asking = tokio::spawn(async move { reqwest::get(url).await.map(|a| a.status().as_u16()) });
    assert_eq!(engine.rest().await, Vec::<String>::new());
    let ended = real.line_with("disconnect").await;
    assert_eq!(ended["active"], true, "{ended}");
    assert_ne!(ended["disconnect"], "io server disconnect");
    assert_eq!(asking.await.unwrap().unwrap(), 503);
    assert!(
        asked.elapsed() > Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
    stopping.await.unwrap();
}

#[tokio::test]
async fn what_is_no_packet_ends_that_transport_only() {
    let app = app(&[]).await;
    let auth = json!({"token": app.token("c1", &[])});
    let (mut bystander, _) = Engine::connect(app.address, &auth).await;
    bystander.packet().await;
    for bad in [
        "",
        "x",
        "4",
        "4x",
        "49",
        "42",
        "42{}",
        "42[",
        "42[]",
        "42[1]",
        "40{}",
        "44{}",
        r#"42/other,["a"]"#,
        r#"451-["a",{"_placeholder":true,"num":0}]"#,
    ] {
        let (mut engine, _) = Engine::connect(app.address, &auth).await;
        engine.packet().await;
        engine.send(bad).await;
        assert_eq!(engine.rest().await, Vec::<String>::new(), "{bad}");
    }
    let (mut engine, _) = Engine::connect(app.address, &auth).await;
    engine.packet().await;
    engine.send_binary(&[1, 2, 3]).await;
    assert_eq!(engine.rest().await, Vec::<String>::new(), "binary");
    let (mut engine, _) = Engine::connect(app.address, &auth).await;
    engine.packet().await;
    engine
        .send(&format!("42[\"{}\"]", "x".repeat(20_000)))
        .await;
    assert_eq!(engine.rest().await, Vec::<String>::new(), "too large");
    let mut engine = Engine::open(app.address).await;
    engine.send(r#"42["join-order-tracking","a"]"#).await;
    assert_eq!(engine.rest().await, Vec::<String>::new(), "before CONNECT");

    orders::place(app.app(), "c1").await;
    assert_eq!(bystander.event().await.0, "order:created");
}

#[tokio::test]
async fn another_namespace_is_refused_and_an_unknown_event_is_passed_over() {
    let app = app(&[]).await;
    let mut engine = Engine::open(app.address).await;
    engine.send("40/admin,{}").await;
    let refused = r#"44/admin,{"message":"Invalid namespace"}"#;
    assert_eq!(engine.packet().await, refused);
    engine.send("40{}").await;
    assert!(engine.packet().await.starts_with("40{"));
    engine.send("40/admin,").await;
    assert_eq!(engine.packet().await, refused);
    engine.send(r#"427["unheard-of"]"#).await;
    engine.send(r#"428["leave-order-tracking","a"]"#).await;
    assert_eq!(engine.packet().await, r#"438[{"ok":true,"orderId":"a"}]"#);
    engine.send("41").await;
    assert_eq!(engine.rest().await, Vec::<String>::new());
}

#[tokio::test]
async fn who_says_nothing_or_too_much_is_cut_off() {
    let app = app(&[
        ("WAYBILL_PUSH_HELLO_TIMEOUT_SECS", "1"),
        ("WAYBILL_PUSH_FRAMES_PER_SEC", "2"),
    ])
    .await;
    let mut engine = Engine::open(app.address).await;
    assert_eq!(engine.rest().await, Vec::<String>::new());
    let (mut engine, _) = Engine::connect(app.address, &json!({})).await;
    for _ in 0..20 {
        engine.send(r#"42["unheard-of"]"#).await;
    }
    assert_eq!(engine.rest().await, Vec::<String>::new());
}

#[tokio::test]
async fn who_opens_sessions_and_never_says_who_he_is_is_shut_out_for_seconds() {
    let app = app(&[
        ("WAYBILL_PUSH_HELLO_TIMEOUT_SECS", "1"),
        ("WAYBILL_RATE_ANONYMOUS_PER_SEC", "1"),
        ("WAYBILL_RATE_ANONYMOUS_BURST", "3"),
    ])
    .await;
    let opened = || app.url("/socket.io/?EIO=4&transport=polling");
    let shut_out = |app: &TestApp| app.app().push.rates.shut_out(Some(app.address.ip()));
    for _ in 0..8 {
        reqwest::get(opened()).await.unwrap();
    }
    assert_eq!(shut_out(&app), None);
    let until = Instant::now() + Duration::from_secs(5);
    while shut_out(&app).is_none() {
        assert!(Instant::now() < until, "silent sessions are counted");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // An account has a rate of its own.
    let by_account = reqwest::Client::new().get(opened());
    let token = app.token("c1", &[]);
    let answer = by_account.bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    // What the engine refuses has taken somebody's turn all the same.
    let app = self::app(&[
        ("WAYBILL_RATE_ANONYMOUS_PER_SEC", "1"),
        ("WAYBILL_RATE_ANONYMOUS_BURST", "3"),
    ])
    .await;
    for _ in 0..5 {
        let old = app.url("/socket.io/?EIO=3&transport=polling");
        assert_eq!(reqwest::get(old).await.unwrap().status(), 400);
    }
    assert!(shut_out(&app).is_some());
}

#[tokio::test]
async fn however_many_are_nobody_there_is_room_for_who_says_who_he_is() {
    let app = app(&[("WAYBILL_PUSH_CONNECTIONS_MAX", "8")]).await;
    let mut nobodies = Vec::new();
    for _ in 0..2 {
        nobodies.push(Engine::connect(app.address, &json!({})).await.0);
    }
    for _ in 0..8 {
        let mut engine = Engine::open(app.address).await;
        engine.send("40{}").await;
        assert_eq!(engine.rest().await, Vec::<String>::new());
    }
    let auth = json!({"token": app.token("c1", &[])});
    Engine::connect(app.address, &auth).await;
    // Who leaves makes room.
    drop(nobodies.pop());
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        let mut engine = Engine::open(app.address).await;
        engine.send("40{}").await;
        if engine.next().await.is_some() {
            return;
        }
        assert!(Instant::now() < until);
    }
}

#[tokio::test]
async fn who_answers_no_pings_is_cut_off_and_forgotten() {
    let app = app(&[
        ("WAYBILL_PUSH_PING_SECS", "1"),
        ("WAYBILL_PUSH_STALL_SECS", "5"),
    ])
    .await;
    let (mut silent, _) = Engine::connect(app.address, &json!({})).await;
    let (mut lively, _) = Engine::connect(app.address, &json!({})).await;
    silent.answer_pings = false;
    let lively = tokio::spawn(async move { lively.next().await });
    assert_eq!(silent.rest().await, Vec::<String>::new());
    assert!(!lively.is_finished(), "who answers stays");
}

#[tokio::test]
async fn a_cookie_counts_for_pages_on_the_list_and_beats_a_stale_token() {
    let app = app(&[]).await;
    let cookie = format!("accessToken={}", app.token("c1", &[]));
    let front = [
        ("cookie", &*cookie),
        ("origin", waybill_tests::app::FRONTEND),
    ];
    let own = [("cookie", &*cookie), ("sec-fetch-site", "same-origin")];
    let cross = [("cookie", &*cookie), ("sec-fetch-site", "cross-site")];
    let stale = app.token_for("c1", &[], Duration::from_secs(1));
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let stale = json!({"token": stale});
    let connects = |headers: Vec<(&'static str, String)>, auth: Value| {
        let address = app.address;
        async move {
            let headers: Vec<_> = headers.iter().map(|(n, v)| (*n, &**v)).collect();
            let mut engine = Engine::open_with(address, &headers).await;
            engine.send(&format!("40{auth}")).await;
            let answer = engine.packet().await;
            if answer.starts_with("44") {
                return "refused";
            }
            // Who is somebody is told where he stands.
            engine.send(r#"421["leave-order-tracking","a"]"#).await;
            let next = engine.packet().await;
            if next.contains("waybill:offset") {
                "somebody"
            } else {
                "nobody"
            }
        }
    };
    let owned = |headers: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        headers.iter().map(|(n, v)| (*n, (*v).to_owned())).collect()
    };
    for (headers, auth, expected) in [
        (&front[..], json!({}), "somebody"),
        (&front, stale.clone(), "somebody"),
        (&own, json!({}), "somebody"),
        (&cross, json!({}), "nobody"),
        (&front[..1], json!({}), "nobody"),
        (&front[..1], stale.clone(), "refused"),
        (&front[1..], json!({}), "nobody"),
    ] {
        let got = connects(owned(headers), auth.clone()).await;
        assert_eq!(got, expected, "{headers:?} {auth}");
    }
}
