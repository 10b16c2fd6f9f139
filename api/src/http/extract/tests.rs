use axum::{
    Router,
    body::{Body, to_bytes},
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::Value;
use tower::ServiceExt;

use super::*;

#[derive(Deserialize)]
struct Order {
    lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    quantity: u32,
}

#[derive(Deserialize)]
struct Page {
    limit: Option<u8>,
}

fn router() -> Router {
    Router::new()
        .route(
            "/json",
            post(|Json(order): Json<Order>| async move { order.lines[0].quantity.to_string() }),
        )
        .route(
            "/query",
            get(|Query(page): Query<Page>| async move { format!("{:?}", page.limit) }),
        )
        .route(
            "/path/{id}",
            get(|Path(id): Path<u32>| async move { id.to_string() }),
        )
        .layer(DefaultBodyLimit::max(64))
}

async fn ask(request: Request) -> (u16, Value) {
    let response = router().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 100_000).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

fn post_json(content_type: &str, body: impl Into<Body>) -> Request {
    Request::post("/json")
        .header("content-type", content_type)
        .body(body.into())
        .unwrap()
}

fn get_request(uri: &str) -> Request {
    Request::get(uri).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn json_is_taken_under_its_media_types_only() {
    let body = r#"{"lines":[{"quantity":3}]}"#;
    for fine in [
        "application/json",
        "application/json; charset=utf-8",
        "application/merge-patch+json",
        "Application/JSON",
    ] {
        assert_eq!(ask(post_json(fine, body)).await.0, 200, "{fine}");
    }
    for refused in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "json",
        "text/json+x",
    ] {
        let (status, problem) = ask(post_json(refused, body)).await;
        assert_eq!(
            (status, problem["code"].as_str()),
            (415, Some("unsupported_media_type")),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn what_is_not_json_is_400_with_the_place() {
    for body in ["{\"lines\":\n[", "{} x", ""] {
        let (status, problem) = ask(post_json("application/json", body)).await;
        // An object followed by more is JSON up to its end, but lacks the field first.
        let expected = if body.starts_with("{}") { 422 } else { 400 };
        assert_eq!(status, expected, "{body}");
        if expected == 400 {
            assert_eq!(problem["code"], "malformed_json");
            assert!(
                problem["detail"].as_str().unwrap().contains("line "),
                "{problem}"
            );
        }
    }
    let (status, problem) = ask(post_json(
        "application/json",
        r#"{"lines":[{"quantity":3}]} x"#,
    ))
    .await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (400, Some("malformed_json"))
    );
}

#[tokio::test]
async fn what_is_not_the_type_is_422_with_the_path_of_the_field() {
    let (status, problem) = ask(post_json(
        "application/json",
        r#"{"lines":[{"quantity":1},{"quantity":-1}]}"#,
    ))
    .await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (422, Some("invalid_fields"))
    );
    assert_eq!(problem["errors"][0]["field"], "lines[1].quantity");
    assert_eq!(
        problem["errors"][0]["detail"],
        "invalid value: integer `-1`, expected u32"
    );
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_413() {
    let (status, problem) = ask(post_json("application/json", "x".repeat(65))).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (413, Some("body_too_large"))
    );
}

#[tokio::test]
async fn a_query_and_a_path_are_400_with_the_name() {
    assert_eq!(ask(get_request("/query?limit=25")).await.0, 200);
    let (status, problem) = ask(get_request("/query?limit=300")).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (400, Some("malformed_request"))
    );
    assert_eq!(problem["errors"][0]["field"], "limit");
    let (status, problem) = ask(get_request("/path/seven")).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (400, Some("malformed_request"))
    );
}
