//! Tracking links and sessions: not to be forged, not to be used again once they were taken back, not to be guessed.

use std::collections::BTreeSet;

use chrono::{TimeDelta, Utc};
use reqwest::Method;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;
use waybill_api::auth::Role;
use waybill_infra::migrate;
use waybill_tests::app::{FRONTEND, TestApp};
use waybill_tests::database::TestDatabase;
use waybill_tests::engine::Engine;
use waybill_tests::socket::Socket;
use waybill_tests::stream::EventStream;

use super::objects::scene::{id_of, link};

#[tokio::test]
async fn no_character_of_a_link_or_a_session_can_be_another() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let order = waybill_tests::orders::place(app.app(), "c1").await;
    let token = link(&app, &order.receipt.order_id.to_string());
    let auth = &app.app().auth;
    let now = Utc::now();
    assert!(auth.authenticate_viewer_token(&token, now).await.is_ok());
    let (cookie, _) = session(&app).await;
    let mut tried = 0;
    for at in 0..token.len() {
        for other in ["A", "z", "-", ".", "=", "", "AA"] {
            let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            if changed != token {
                let found = auth.authenticate_viewer_token(&changed, now).await;
                assert!(found.is_err(), "{other:?} at {at} is taken as well");
                tried += 1;
            }
        }
    }
    for changed in other_endings(&token) {
        let found = auth.authenticate_viewer_token(&changed, now).await;
        assert!(found.is_err(), "{changed} is taken as well as {token}");
    }
    let (name, value) = cookie.split_once('=').unwrap();
    for at in 0..value.len() {
        for other in ["A", "z", "-", ".", "", "AA"] {
            let changed = format!("{name}={}{other}{}", &value[..at], &value[at + 1..]);
            if changed != cookie {
                let headers = [(reqwest::header::COOKIE, changed.parse().unwrap())];
                let headers = headers.into_iter().collect();
                let found = auth.authenticate_viewer(&headers, now).await;
                assert!(
                    !matches!(found, Ok(Some(_))),
                    "{other:?} at {at} is taken as well"
                );
                tried += 1;
            }
        }
    }
    for changed in other_endings(&cookie) {
        let headers = [(reqwest::header::COOKIE, changed.parse().unwrap())];
        let headers = headers.into_iter().collect();
        let found = auth.authenticate_viewer(&headers, now).await;
        let speaks = matches!(found, Ok(Some(_)));
        assert!(!speaks, "{changed} is taken as well as {cookie}");
    }
    assert!(tried > 2_000, "{tried}");
    app.stop().await;
}

/// With every other last character, and with more of them. The last one of a signature has two bits that say
/// nothing: a reader that is not strict takes four characters for the same.
fn other_endings(text: &str) -> impl Iterator<Item = String> {
    let (begins, last) = text.split_at(text.len() - 1);
    let letters = ('A'..='Z').chain('a'..='z').chain('0'..='9');
    let others = letters.chain(['-', '_']).map(String::from);
    let others = others.filter(move |other| other != last);
    let more = ["=", "==", "A", "."].map(|more| format!("{last}{more}"));
    others
        .chain(more)
        .map(move |ending| format!("{begins}{ending}"))
}

/// A session's cookie, and the token that it was begun with.
async fn session(app: &TestApp) -> (String, String) {
    let token = app.token("c1", &[Role::Customer]);
    let begun = app.client_with(Some(token.clone()));
    let begun = begun
        .send(Method::POST, "/v1/session", None, &[])
        .await
        .expect(201);
    let cookie = begun
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    (cookie, token)
}

/// Whether a cookie still speaks for somebody, asked on every channel.
async fn speaks(app: &TestApp, cookie: &str) -> [bool; 4] {
    let headers = [("cookie", cookie), ("origin", FRONTEND)];
    let nobody = app.client_with(None);
    let me = nobody.send(Method::GET, "/v1/me", None, &headers).await;
    let query = "topic=customer:me&after=AAAAAAAAAAAAAAAAAAAAAA";
    let stream = EventStream::open(app.address, query, &headers).await;
    let mut socket = Socket::connect(app.address, &headers).await;
    let welcome = matches!(
        socket.next().await,
        waybill_tests::socket::Incoming::Frame(_)
    );
    let mut engine = Engine::open_with(app.address, &headers).await;
    engine.send("40{}").await;
    let mut connected = engine.packet().await.starts_with("40");
    if connected {
        // Perhaps as nobody, who is told nothing of where he stands.
        engine.send(r#"421["join-order-tracking","ORD-404"]"#).await;
        let mut answer = engine.packet().await;
        while !answer.starts_with("43") {
            answer = engine.packet().await;
        }
        connected = answer.contains("not_found");
    }
    [me.status == 200, stream.status == 200, welcome, connected]
}

#[tokio::test]
async fn a_session_that_has_ended_is_of_no_use_to_who_has_kept_its_cookie() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let (kept, _) = session(&app).await;
    assert_eq!(speaks(&app, &kept).await, [true; 4]);
    let ends = [("cookie", &*kept), ("origin", FRONTEND)];
    let nobody = app.client_with(None);
    nobody
        .send(Method::DELETE, "/v1/session", None, &ends)
        .await
        .expect(204);
    assert_eq!(speaks(&app, &kept).await, [false; 4]);

    // Nor is one whose token was taken back, or whose whole subject was.
    let admin = app.client("root", &[Role::Admin]);
    let (by_token, token) = session(&app).await;
    let (by_subject, _) = session(&app).await;
    assert_eq!(speaks(&app, &by_token).await, [true; 4]);
    let revoked = json!({ "kind": "token", "value": id_of(&token) });
    admin
        .post("/v1/admin/revocations", revoked)
        .await
        .expect(201);
    assert_eq!(speaks(&app, &by_token).await, [false; 4]);
    assert_eq!(speaks(&app, &by_subject).await, [true; 4]);
    let revoked = json!({ "kind": "subject", "value": "c1" });
    admin
        .post("/v1/admin/revocations", revoked)
        .await
        .expect(201);
    assert_eq!(speaks(&app, &by_subject).await, [false; 4]);
    app.stop().await;
}

#[tokio::test]
async fn what_stands_for_somebody_is_drawn_at_random() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let order = waybill_tests::orders::place(app.app(), "c1")
        .await
        .receipt
        .order_id;
    let now = Utc::now();
    let mut ids = BTreeSet::new();
    let mut signatures = BTreeSet::new();
    for _ in 0..500 {
        let links = app.app().auth.links();
        let (token, pass) = links.issue(order, now, now + TimeDelta::hours(1)).unwrap();
        // Version 4: 122 bits, from the system's own generator.
        assert_eq!(pass.link_id.parse::<Uuid>().unwrap().get_version_num(), 4);
        ids.insert(pass.link_id);
        let signature = token.rsplit('.').next().unwrap().to_owned();
        assert_eq!(signature.len(), 43, "256 bits");
        signatures.insert(signature);
    }
    assert_eq!((ids.len(), signatures.len()), (500, 500));
    let mut names = BTreeSet::new();
    for _ in 0..20 {
        let mut engine = Engine::upgrade(app.address, "EIO=4&transport=websocket", &[]).await;
        let open = engine.packet().await;
        let open: serde_json::Value = serde_json::from_str(&open[1..]).unwrap();
        // By this a polling client is recognised: 96 bits.
        let sid = open["sid"].as_str().unwrap().to_owned();
        assert_eq!(sid.len(), 16, "{sid}");
        let (begins, ends) = sid.split_at(8);
        names.extend([begins.to_owned(), ends.to_owned()]);
    }
    assert_eq!(names.len(), 40, "parts of them are the same: {names:?}");
    app.stop().await;
}

#[tokio::test]
async fn each_database_has_keys_of_its_own() {
    let mut keys = BTreeSet::new();
    for _ in 0..2 {
        let database = TestDatabase::create_empty().await;
        let mut owner = PgConnection::connect(&database.owner_url()).await.unwrap();
        migrate::run(&mut owner).await.unwrap();
        let found: Vec<Vec<u8>> = sqlx::query_scalar("SELECT key FROM server_keys")
            .fetch_all(&mut owner)
            .await
            .unwrap();
        assert!(found.iter().all(|key| key.len() == 32));
        keys.extend(found);
    }
    assert_eq!(keys.len(), 4);
}
