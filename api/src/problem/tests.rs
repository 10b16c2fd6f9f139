use axum::{body::to_bytes, http::StatusCode};
use waybill_domain::{AllowedAction, InvalidFields, OrderError, Status};

use super::*;
use crate::auth::AuthError;

async fn answered(problem: Problem) -> (StatusCode, HeaderMap, Value) {
    let response = problem.into_response();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body(), 100_000).await.unwrap();
    (status, headers, serde_json::from_slice(&body).unwrap())
}

#[test]
fn the_table_is_in_the_order_of_the_codes_and_names_are_unique() {
    for (at, entry) in CODES.iter().enumerate() {
        assert_eq!(entry.code as usize, at, "{}", entry.name);
        assert!(
            CODES[..at].iter().all(|other| other.name != entry.name),
            "{} is there twice",
            entry.name
        );
        assert!((400..600).contains(&entry.status), "{}", entry.name);
        assert_eq!(entry.code.status().as_u16(), entry.status);
        assert!(!entry.title.is_empty() && !entry.advice.is_empty());
    }
    assert_eq!(
        Code::Draining as usize + 1,
        CODES.len(),
        "the last code has no row"
    );
}

#[test]
fn the_page_has_an_anchor_for_every_type() {
    let page = page();
    for entry in CODES {
        assert!(
            page.contains(&format!("id=\"{}\"", entry.name)),
            "{}",
            entry.name
        );
    }
}

#[tokio::test]
async fn a_problem_is_answered_as_rfc_9457_says() {
    let problem = Problem::new(Code::VersionConflict, "Moved on.")
        .with("current_version", 7)
        .field("a.b", "must be 1");
    let (status, headers, body) = answered(problem).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(headers["content-type"], "application/problem+json");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(
        body,
        json!({
            "type": "/docs/problems#version_conflict", "title": "The order has moved on", "status": 409,
            "code": "version_conflict", "detail": "Moved on.", "current_version": 7,
            "errors": [{ "field": "a.b", "detail": "must be 1" }],
        })
    );
}

#[tokio::test]
async fn a_cause_is_kept_for_the_log_and_not_told() {
    let error = std::io::Error::other("password authentication failed for user \"waybill\"");
    for problem in [
        Problem::internal_error(&error),
        Problem::unavailable(&error),
    ] {
        assert!(
            problem
                .cause()
                .unwrap()
                .contains("password authentication failed")
        );
        let (_, headers, body) = answered(problem).await;
        assert!(!format!("{headers:?} {body}").contains("password"));
    }
}

#[tokio::test]
async fn a_wait_is_rounded_up_in_the_header_and_exact_in_the_body() {
    for (wait, header, ms) in [
        (1, "1", 1),
        (1000, "1", 1000),
        (1001, "2", 1001),
        (0, "0", 0),
    ] {
        let problem =
            Problem::new(Code::RateLimited, "Slower.").retry_after(Duration::from_millis(wait));
        let (status, headers, body) = answered(problem).await;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(headers["retry-after"], header);
        assert_eq!(body["retry_after_ms"], ms);
    }
}

#[tokio::test]
async fn every_auth_error_is_401_with_a_challenge_save_missing_keys() {
    for (error, code) in [
        (AuthError::Missing, "unauthenticated"),
        (AuthError::Expired, "token_expired"),
        (AuthError::Revoked, "token_revoked"),
        (AuthError::Signature, "token_refused"),
        (AuthError::Issuer, "token_refused"),
        (AuthError::MissingClaim("subject"), "token_refused"),
    ] {
        let (status, headers, body) = answered(error.into()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{error}");
        assert!(
            headers["www-authenticate"]
                .to_str()
                .unwrap()
                .starts_with("Bearer"),
            "{error}"
        );
        assert_eq!(body["code"], code, "{error}");
    }
    let (status, headers, body) = answered(AuthError::KeysUnavailable.into()).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("keys_unavailable"))
    );
    assert_eq!(headers["retry-after"], "5");
}

#[tokio::test]
async fn an_order_error_keeps_its_code_and_lists_what_is_allowed() {
    let allowed = vec![AllowedAction::Cancel];
    let errors = [
        OrderError::AlreadyExists,
        OrderError::NotFound,
        OrderError::NotYours,
        OrderError::Forbidden {
            action: "place orders",
        },
        OrderError::IllegalTransition {
            from: Status::Shipped,
            to: Status::Pending,
            allowed: allowed.clone(),
        },
        OrderError::UseCancel { allowed },
        OrderError::InvalidFields(InvalidFields::one(
            "items[0].quantity",
            "must be between 1 and 1,000,000",
        )),
    ];
    for error in errors {
        let (code, lists) = (error.code(), error.allowed_actions().is_some());
        let (_, _, body) = answered(error.into()).await;
        assert_eq!(body["code"], code);
        assert_eq!(body.get("allowed_actions").is_some(), lists, "{code}");
    }
}

#[tokio::test]
async fn a_foreign_order_and_a_missing_one_can_not_be_told_apart() {
    let missing = answered(OrderError::NotFound.into()).await;
    assert_eq!(missing, answered(OrderError::NotYours.into()).await);
    assert_eq!(missing, answered(Problem::not_found()).await);
}
