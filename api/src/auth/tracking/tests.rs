use chrono::TimeDelta;
use serde_json::json;

use super::*;
use crate::auth::testing::{SECRET, hs256};

const ORDER: &str = "01958000-0000-7000-8000-00000000000a";

fn keys() -> TrackingKeys {
    TrackingKeys::new(&[7; 32])
}

/// At a whole second, as tokens can say it.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(Utc::now().timestamp(), 0).unwrap()
}

fn issued() -> (String, TrackingPass) {
    let order = ORDER.parse().unwrap();
    let issued_at = now() + TimeDelta::microseconds(123_457);
    keys()
        .issue(order, issued_at, now() + TimeDelta::hours(1))
        .unwrap()
}

#[test]
fn a_token_says_what_was_issued_to_the_microsecond() {
    let (token, pass) = issued();
    assert_eq!(keys().verify(&token, now()), Some(Ok(pass.clone())));
    assert_eq!(pass.issued_at.timestamp_subsec_micros(), 123_457);
    assert_eq!(pass.order_id.to_string(), ORDER);
    assert_ne!(issued().1.link_id, pass.link_id);
}

#[test]
fn it_ends_at_its_second() {
    let (token, pass) = issued();
    let last = pass.expires_at - TimeDelta::milliseconds(1);
    assert!(keys().verify(&token, last).unwrap().is_ok());
    assert_eq!(
        keys().verify(&token, pass.expires_at),
        Some(Err(AuthError::Expired))
    );
}

#[test]
fn what_was_changed_or_signed_by_others_is_refused() {
    let (token, pass) = issued();
    let other = TrackingKeys::new(&[8; 32]);
    assert_eq!(other.verify(&token, now()), Some(Err(AuthError::Signature)));

    let header = Header {
        typ: Some(TOKEN_TYPE.to_owned()),
        ..Header::new(Algorithm::HS256)
    };
    let claims = Claims {
        jti: pass.link_id,
        order: pass.order_id,
        issued_us: 0,
        exp: pass.expires_at.timestamp(),
    };
    // By the bare server key, and by the secret of the issuer's tokens.
    for key in [&[7; 32][..], SECRET.as_bytes()] {
        let key = EncodingKey::from_secret(key);
        let forged = jsonwebtoken::encode(&header, &claims, &key).unwrap();
        assert_eq!(
            keys().verify(&forged, now()),
            Some(Err(AuthError::Signature))
        );
    }
    let [head, _, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!("a JWT has three parts");
    };
    let payload = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(b"x")).unwrap();
    let payload = payload.split('.').nth(1).unwrap();
    let changed = format!("{head}.{payload}.{signature}");
    assert_eq!(
        keys().verify(&changed, now()),
        Some(Err(AuthError::Signature))
    );
}

#[test]
fn other_tokens_are_not_looked_at() {
    assert_eq!(keys().verify(&hs256(&json!({})), now()), None);
    assert_eq!(keys().verify("nonsense", now()), None);
    let (token, _) = issued();
    let long = format!("{token}{}", "A".repeat(TOKEN_BYTES_MAX));
    assert_eq!(keys().verify(&long, now()), None);
}
