use std::{collections::BTreeMap, net::SocketAddr};

use axum::{
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, StatusCode},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::sync::watch;
use tower::ServiceExt;

use super::*;
use crate::{
    auth::{MaybePrincipal, Principal, SessionKeys, TrackingKeys, Verifier, testing::*},
    config::{Config, Sources},
    http::extract::Json,
    telemetry::testing::Captured,
};

const ORIGIN: &str = "https://shop.example";

async fn app(variables: &[(&str, &str)]) -> Router {
    let base = [
        ("DATABASE_URL", "postgres://db/waybill"),
        ("ACCESS_TOKEN_SECRET", SECRET),
        ("FRONTEND_URL", ORIGIN),
    ];
    let variables: BTreeMap<&str, &str> = base.iter().chain(variables).copied().collect();
    let config = Config::load(&Sources::from_variables(variables)).unwrap();
    let verifier = Verifier::open(&config.auth).await.unwrap();
    let sessions = SessionKeys::new(&[7; 32], SESSION_LIFETIME, false);
    let authenticator = Authenticator::new(
        Arc::new(verifier),
        Arc::new(sessions),
        Arc::new(TrackingKeys::new(&[7; 32])),
        watch::channel(Arc::default()).1,
    );
    let origins = AllowedOrigins::new(&config.http, config.http.listen);
    let edge = Edge::new(
        &config.http,
        authenticator,
        origins,
        RateLimits::new(&config.limits),
    );
    let routes = Router::new()
        .route("/healthz", get(|| async { "fine" }))
        .route("/me", get(me).post(me))
        .route(
            "/maybe",
            get(|MaybePrincipal(who): MaybePrincipal| async move { format!("{}", who.is_some()) }),
        )
        .route("/id", get(|id: RequestId| async move { id.to_string() }))
        .route("/json", post(|Json(_): Json<Value>| async {}))
        .route("/panic", get(panics))
        .route(
            "/broken",
            get(|| async {
                Problem::internal("relation \"events\" does not exist").into_response()
            }),
        )
        .route(
            "/slow",
            get(|| async { tokio::time::sleep(Duration::from_hours(1)).await }),
        );
    wrap(routes, &edge)
}

async fn me(principal: Principal) -> String {
    tracing::info!("handling");
    principal.subject.to_string()
}

async fn panics() -> String {
    panic!("secret of the house")
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn code(&self) -> String {
        assert_eq!(
            self.headers["content-type"], "application/problem+json",
            "{}",
            self.body
        );
        self.json()["code"].as_str().unwrap().to_owned()
    }
}

async fn ask(
    app: &Router,
    method: Method,
    uri: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(body.into()).unwrap();
    request
        .extensions_mut()
        .insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 9))));
    let response = app.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body(), 1_000_000).await.unwrap();
    Answer {
        status,
        headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

async fn get_from(app: &Router, uri: &str, headers: &[(&str, &str)]) -> Answer {
    ask(app, Method::GET, uri, headers, Body::empty()).await
}

fn bearer() -> String {
    format!("Bearer {}", hs256(&json!({})))
}

#[tokio::test]
async fn a_request_id_is_taken_over_or_made_and_echoed() {
    let app = app(&[]).await;
    let given = get_from(&app, "/id", &[("x-request-id", "Abc-1.2_3")]).await;
    assert_eq!(
        (
            given.body.as_str(),
            given.headers["x-request-id"].to_str().unwrap()
        ),
        ("Abc-1.2_3", "Abc-1.2_3")
    );
    let long = "x".repeat(65);
    for refused in ["", "a b", "a\"b", "ä", &long] {
        let made = get_from(&app, "/id", &[("x-request-id", refused)]).await;
        assert_eq!(made.headers["x-request-id"], made.body);
        assert_eq!(made.body.len(), 36, "{refused:?} gave {:?}", made.body);
    }
    let problem = get_from(&app, "/nowhere", &[("x-request-id", "r1")]).await;
    assert_eq!(problem.json()["request_id"], "r1");
    assert_eq!(
        problem.headers["content-length"],
        problem.body.len().to_string()
    );
}

#[tokio::test]
async fn every_log_line_of_a_request_carries_its_id_and_none_a_secret() {
    let app = app(&[]).await;
    let (captured, _guard) = Captured::start(true);
    let token = bearer();
    let cookie = "accessToken=cookie-value";
    let headers = [
        ("authorization", token.as_str()),
        ("cookie", cookie),
        ("x-request-id", "r1"),
    ];
    get_from(&app, "/me?q=anna%20schmidt", &headers).await;
    get_from(
        &app,
        "/me",
        &[
            ("authorization", "Bearer bad.token.here"),
            ("x-request-id", "r1"),
        ],
    )
    .await;
    get_from(&app, "/broken", &[("x-request-id", "r1")]).await;
    let lines = captured.lines();
    assert!(
        lines.iter().any(|line| line["message"] == "handling"),
        "{lines:?}"
    );
    for line in &lines {
        assert_eq!(line["spans"][0]["request_id"], "r1", "{line}");
    }
    let text = captured.text();
    for secret in [
        token.trim_start_matches("Bearer "),
        "cookie-value",
        "bad.token.here",
        "schmidt",
    ] {
        assert!(!text.contains(secret), "{secret} was logged");
    }
}

#[tokio::test]
async fn a_failure_is_logged_once_with_its_cause_and_told_without() {
    let app = app(&[]).await;
    let (captured, _guard) = Captured::start(true);
    let answer = get_from(&app, "/broken", &[]).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (500, "internal")
    );
    assert!(!answer.body.contains("relation"));
    let errors: Vec<Value> = captured
        .lines()
        .into_iter()
        .filter(|line| line["level"] == "ERROR")
        .collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["cause"], "relation \"events\" does not exist");
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_server_goes_on() {
    let app = app(&[]).await;
    let (captured, _guard) = Captured::start(true);
    let answer = get_from(&app, "/panic", &[("x-request-id", "r1")]).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (500, "internal")
    );
    assert_eq!(answer.json()["request_id"], "r1");
    assert!(!answer.body.contains("secret of the house"));
    assert!(captured.text().contains("panicked: secret of the house"));
    assert_eq!(get_from(&app, "/healthz", &[]).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_503() {
    let answer = get_from(&app(&[]).await, "/slow", &[]).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (503, "timed_out")
    );
    assert_eq!(answer.headers["retry-after"], "1");
}

#[tokio::test]
async fn an_unknown_address_is_404_and_a_wrong_method_405() {
    let app = app(&[]).await;
    let missing = get_from(&app, "/nowhere", &[]).await;
    assert_eq!(
        (missing.status.as_u16(), missing.code().as_str()),
        (404, "no_such_route")
    );
    let wrong = ask(&app, Method::DELETE, "/me", &[], Body::empty()).await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.code().as_str()),
        (405, "method_not_allowed")
    );
    assert_eq!(wrong.headers["allow"], "GET,HEAD,POST");
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_413() {
    let app = app(&[("WAYBILL_BODY_LIMIT_BYTES", "16384")]).await;
    let json = [("content-type", "application/json")];
    let fine = ask(
        &app,
        Method::POST,
        "/json",
        &json,
        format!("\"{}\"", "x".repeat(16_382)),
    )
    .await;
    assert_eq!(fine.status, StatusCode::OK);
    let large = ask(
        &app,
        Method::POST,
        "/json",
        &json,
        format!("\"{}\"", "x".repeat(16_383)),
    )
    .await;
    assert_eq!(
        (large.status.as_u16(), large.code().as_str()),
        (413, "body_too_large")
    );
}

#[tokio::test]
async fn who_shows_nothing_or_something_bad_is_401_where_a_caller_is_needed() {
    let app = app(&[]).await;
    let nobody = get_from(&app, "/me", &[]).await;
    assert_eq!(
        (nobody.status.as_u16(), nobody.code().as_str()),
        (401, "unauthenticated")
    );
    assert_eq!(
        nobody.headers["www-authenticate"],
        "Bearer realm=\"waybill\""
    );
    let bad = get_from(&app, "/me", &[("authorization", "Bearer x")]).await;
    assert_eq!(
        (bad.status.as_u16(), bad.code().as_str()),
        (401, "token_refused")
    );
    let expired = format!("accessToken={}", hs256(&json!({ "exp": 1 })));
    let expired = get_from(&app, "/me", &[("cookie", &expired)]).await;
    assert_eq!(
        (expired.status.as_u16(), expired.code().as_str()),
        (401, "token_expired")
    );
    assert_eq!(
        get_from(&app, "/me", &[("authorization", &bearer())])
            .await
            .body,
        "anna"
    );
}

#[tokio::test]
async fn where_a_caller_is_not_needed_a_bad_cookie_is_none_and_a_bad_header_is_told() {
    let app = app(&[]).await;
    assert_eq!(get_from(&app, "/maybe", &[]).await.body, "false");
    assert_eq!(
        get_from(&app, "/maybe", &[("cookie", "accessToken=x")])
            .await
            .body,
        "false"
    );
    assert_eq!(
        get_from(&app, "/maybe", &[("authorization", &bearer())])
            .await
            .body,
        "true"
    );
    assert_eq!(
        get_from(&app, "/maybe", &[("authorization", "Bearer x")])
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_change_by_cookie_must_come_from_an_allowed_page() {
    let app = app(&[]).await;
    let cookie = format!("accessToken={}", hs256(&json!({})));
    let post = async |headers: &[(&str, &str)]| {
        ask(&app, Method::POST, "/me", headers, Body::empty()).await
    };
    for origin in [None, Some("https://evil.example"), Some("null")] {
        let origin = origin.map(|origin| ("origin", origin));
        let headers: Vec<_> = [("cookie", cookie.as_str())]
            .into_iter()
            .chain(origin)
            .collect();
        let refused = post(&headers).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code().as_str()),
            (403, "origin_refused"),
            "{origin:?}"
        );
    }
    assert_eq!(
        post(&[("cookie", &cookie), ("origin", ORIGIN)]).await.body,
        "anna"
    );
    // The server's own page.
    assert_eq!(
        post(&[("cookie", &cookie), ("origin", "http://127.0.0.1:8080")])
            .await
            .body,
        "anna"
    );
    assert_eq!(
        post(&[
            ("authorization", &bearer()),
            ("origin", "https://evil.example")
        ])
        .await
        .body,
        "anna"
    );
    assert_eq!(
        get_from(&app, "/me", &[("cookie", &cookie)]).await.body,
        "anna"
    );
}

#[tokio::test]
async fn who_calls_too_often_is_429_and_told_how_long_to_wait() {
    let app = app(&[
        ("WAYBILL_RATE_CUSTOMER_PER_SEC", "1"),
        ("WAYBILL_RATE_CUSTOMER_BURST", "2"),
        ("WAYBILL_RATE_ANONYMOUS_BURST", "1"),
        ("WAYBILL_RATE_ANONYMOUS_PER_SEC", "1"),
        ("WAYBILL_TRUSTED_PROXIES", "1"),
    ])
    .await;
    let anna = bearer();
    let ask_anna = async || get_from(&app, "/me", &[("authorization", &anna)]).await;
    assert_eq!(ask_anna().await.status, StatusCode::OK);
    assert_eq!(ask_anna().await.status, StatusCode::OK);
    let refused = ask_anna().await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (429, "rate_limited")
    );
    assert_eq!(refused.headers["retry-after"], "1");
    assert!((1..=1000).contains(&refused.json()["retry_after_ms"].as_u64().unwrap()));

    // Bad tokens count for the address, not for whom they name.
    let bad = [
        ("authorization", "Bearer x"),
        ("x-forwarded-for", "1.1.1.1"),
    ];
    assert_eq!(
        get_from(&app, "/me", &bad).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        get_from(&app, "/me", &bad).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    let elsewhere = [
        ("authorization", "Bearer x"),
        ("x-forwarded-for", "1.1.1.2"),
    ];
    assert_eq!(
        get_from(&app, "/me", &elsewhere).await.status,
        StatusCode::UNAUTHORIZED
    );
    for _ in 0..10 {
        assert_eq!(get_from(&app, "/healthz", &[]).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn cors_is_for_the_pages_on_the_list_and_their_preflight_needs_no_token() {
    let app = app(&[]).await;
    let preflight = async |origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "PATCH"),
            (
                "access-control-request-headers",
                "authorization,if-match,idempotency-key",
            ),
        ];
        ask(&app, Method::OPTIONS, "/me", &headers, Body::empty()).await
    };
    let fine = preflight(ORIGIN).await;
    assert_eq!(fine.status, StatusCode::OK);
    assert_eq!(fine.headers["access-control-allow-origin"], ORIGIN);
    assert_eq!(fine.headers["access-control-allow-credentials"], "true");
    assert!(
        fine.headers["access-control-allow-headers"]
            .to_str()
            .unwrap()
            .contains("if-match")
    );
    for evil in [
        "https://evil.example",
        "null",
        "https://shop.example.evil.example",
        "http://shop.example",
    ] {
        assert!(
            !preflight(evil)
                .await
                .headers
                .contains_key("access-control-allow-origin"),
            "{evil}"
        );
    }
    // A refusal must be readable by the page too.
    let refused = get_from(&app, "/me", &[("origin", ORIGIN)]).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.headers["access-control-allow-origin"], ORIGIN);
    assert!(
        refused.headers["access-control-expose-headers"]
            .to_str()
            .unwrap()
            .contains("x-request-id")
    );
}
