//! Polling: what is asked over HTTP, from which pages, and how often.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use waybill_tests::app::{FRONTEND, TestApp};

use super::app;

const OPEN: &str = "/socket.io/?EIO=4&transport=polling";

async fn send(
    app: &TestApp,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response {
    let mut request = reqwest::Client::new().request(method, app.url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.to_owned()).send().await.unwrap()
}

/// Opens a session. Returns the path of its requests, and what it was told.
async fn open(app: &TestApp) -> (String, Value) {
    let answer = send(app, Method::GET, OPEN, &[], "").await;
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.unwrap();
    let told: Value = serde_json::from_str(text.strip_prefix('0').unwrap()).unwrap();
    (
        format!("{OPEN}&sid={}", told["sid"].as_str().unwrap()),
        told,
    )
}

#[tokio::test]
async fn a_session_is_opened_with_the_bounds_that_hold() {
    let app = app(&[("WAYBILL_PUSH_FRAME_BYTES_MAX", "5000")]).await;
    let (path, told) = open(&app).await;
    insta::assert_json_snapshot!(told, { ".sid" => "[sid]" });
    let small = send(&app, Method::POST, &path, &[], "40{}").await;
    assert_eq!(small.status(), 200);
    let large = send(&app, Method::POST, &path, &[], &"x".repeat(5_001)).await;
    assert_eq!(large.status(), 413);
    let unknown = format!("{OPEN}&sid=AAAAAAAAAAAAAAAA");
    let unknown = send(&app, Method::GET, &unknown, &[], "").await;
    assert_eq!(unknown.status(), 400);
    // Without the slash at the end, as a client can be told to ask.
    let bare = send(
        &app,
        Method::GET,
        "/socket.io?EIO=4&transport=polling",
        &[],
        "",
    )
    .await;
    assert_eq!(bare.status(), 200);
    let elsewhere = send(
        &app,
        Method::GET,
        "/socket.io/more?EIO=4&transport=polling",
        &[],
        "",
    )
    .await;
    assert_eq!(elsewhere.status(), 404);
}

#[tokio::test]
async fn pages_on_the_list_may_poll_with_cookies_and_others_may_not() {
    let app = app(&[]).await;
    let asks = [
        ("origin", FRONTEND),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    let preflight = send(&app, Method::OPTIONS, OPEN, &asks, "").await;
    let allowed = |answer: &Response, name: &str| {
        answer
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    for answer in [
        preflight,
        send(&app, Method::GET, OPEN, &[("origin", FRONTEND)], "").await,
    ] {
        assert_eq!(answer.status(), 200);
        let origin = allowed(&answer, "access-control-allow-origin");
        assert_eq!(origin.as_deref(), Some(FRONTEND));
        let credentials = allowed(&answer, "access-control-allow-credentials");
        assert_eq!(credentials.as_deref(), Some("true"));
    }
    let other = send(
        &app,
        Method::GET,
        OPEN,
        &[("origin", "https://evil.test")],
        "",
    )
    .await;
    assert_eq!(other.status(), 403);
    assert_eq!(allowed(&other, "access-control-allow-origin"), None);
    // A page of another origin cannot speak in a session by the browser's cookie either.
    let (path, _) = open(&app).await;
    let cookie = format!("accessToken={}", app.token("c1", &[]));
    for (origin, status) in [("https://evil.test", 403), (FRONTEND, 200)] {
        let headers = [("cookie", &*cookie), ("origin", origin)];
        let answer = send(&app, Method::POST, &path, &headers, "40{}").await;
        assert_eq!(answer.status(), status, "{origin}");
    }
}

#[tokio::test]
async fn requests_of_a_session_do_not_count_as_its_addresses_and_are_bounded_all_the_same() {
    let app = app(&[
        ("WAYBILL_RATE_ANONYMOUS_PER_SEC", "1"),
        ("WAYBILL_RATE_ANONYMOUS_BURST", "10"),
        ("WAYBILL_PUSH_FRAMES_PER_SEC", "10"),
    ])
    .await;
    let (path, _) = open(&app).await;
    let mut answers = Vec::new();
    for _ in 0..60 {
        answers.push(
            send(&app, Method::POST, &path, &[], "3")
                .await
                .status()
                .as_u16(),
        );
    }
    assert_eq!(answers[..30], [200; 30]);
    // The session is closed; what still names it counts as its address's.
    assert!(answers[30..].contains(&400), "{answers:?}");
    assert!(answers.contains(&429), "{answers:?}");
}

#[tokio::test]
async fn who_finds_no_place_waits_for_one() {
    let app = app(&[("WAYBILL_PUSH_CONNECTIONS_MAX", "1")]).await;
    let (path, _) = open(&app).await;
    let waiting = async { open(&app).await };
    let leaving = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        send(&app, Method::POST, &path, &[], "1").await
    };
    let ((_, told), left) = futures::future::join(waiting, leaving).await;
    assert_eq!(left.status(), 200);
    assert!(told["sid"].is_string());
}

#[tokio::test]
async fn two_sessions_poll_and_one_gets_only_what_is_its_own() {
    let app = app(&[]).await;
    let (one, _) = open(&app).await;
    let (other, _) = open(&app).await;
    for (path, customer) in [(&one, "c1"), (&other, "c2")] {
        let connect = format!("40{}", json!({"token": app.token(customer, &[])}));
        send(&app, Method::POST, path, &[], &connect).await;
    }
    waybill_tests::orders::place(app.app(), "c1").await;
    let mut got = String::new();
    while !got.contains("order:created") {
        let answer = send(&app, Method::GET, &one, &[], "").await;
        got.push_str(&answer.text().await.unwrap());
    }
    let answer = send(&app, Method::GET, &other, &[], "").await;
    assert!(!answer.text().await.unwrap().contains("order:created"));
}
