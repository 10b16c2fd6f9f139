use axum::http::header;

use super::*;
use crate::auth::testing::{SESSION_LIFETIME, principal};

fn keys() -> SessionKeys {
    SessionKeys::new(&[7; 32], SESSION_LIFETIME, true)
}

/// The headers with which a browser sends a cookie back.
fn sent_back(set_cookie: &HeaderValue) -> HeaderMap {
    let pair = set_cookie.to_str().unwrap().split(';').next().unwrap();
    [(header::COOKIE, HeaderValue::from_str(pair).unwrap())]
        .into_iter()
        .collect()
}

fn round_trip(principal: &Principal) -> Principal {
    let now = Utc::now();
    let issued = keys().issue(principal, now).unwrap();
    keys()
        .verify(&sent_back(&issued.set_cookie), now)
        .unwrap()
        .unwrap()
}

#[test]
fn a_session_says_what_its_token_said() {
    let parent = Principal {
        issuer: Some("https://shop".to_owned()),
        session_id: Some("s1".to_owned()),
        ..principal("anna", "staff service")
    };
    let session = round_trip(&parent);
    assert_eq!(session.credential, CredentialKind::SessionCookie);
    let same = Principal {
        credential: parent.credential,
        expires_at: parent.expires_at,
        ..session
    };
    assert_eq!(same, parent);
}

#[test]
fn it_gets_an_id_of_its_own_where_the_token_has_none() {
    let (first, second) = (
        round_trip(&principal("anna", "customer")),
        round_trip(&principal("anna", "customer")),
    );
    assert!(first.session_id.is_some());
    assert_ne!(first.session_id, second.session_id);
}

#[test]
fn it_ends_with_its_token_or_after_its_own_time() {
    let now = DateTime::from_timestamp(Utc::now().timestamp(), 0).unwrap();
    for (token_secs, session_secs) in [(60, 60), (900, 900), (3600, 900)] {
        let parent = Principal {
            expires_at: now + Duration::from_secs(token_secs),
            ..principal("anna", "customer")
        };
        let issued = keys().issue(&parent, now).unwrap();
        assert_eq!(issued.expires_at, now + Duration::from_secs(session_secs));
        assert!(
            issued
                .set_cookie
                .to_str()
                .unwrap()
                .contains(&format!("; Max-Age={session_secs}"))
        );
        let back = sent_back(&issued.set_cookie);
        assert!(
            keys()
                .verify(&back, issued.expires_at - Duration::from_secs(1))
                .unwrap()
                .is_ok()
        );
        assert_eq!(
            keys().verify(&back, issued.expires_at).unwrap(),
            Err(AuthError::Expired)
        );
    }
    let expired = Principal {
        expires_at: now,
        ..principal("anna", "customer")
    };
    assert_eq!(keys().issue(&expired, now).err(), Some(AuthError::Expired));
}

#[test]
fn the_cookie_is_out_of_reach_for_scripts_and_other_sites() {
    let now = Utc::now();
    let cookie = keys()
        .issue(&principal("anna", "customer"), now)
        .unwrap()
        .set_cookie;
    assert!(cookie.is_sensitive());
    let text = cookie.to_str().unwrap();
    for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(text.contains(attribute), "{text}");
    }
    let on_loopback = SessionKeys::new(&[7; 32], SESSION_LIFETIME, false);
    let cookie = on_loopback
        .issue(&principal("anna", "customer"), now)
        .unwrap()
        .set_cookie;
    assert!(!cookie.to_str().unwrap().contains("Secure"));
    assert_eq!(
        keys().clear(),
        "waybill_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure"
    );
}

#[test]
fn another_key_and_another_kind_of_token_are_refused() {
    let now = Utc::now();
    let foreign = SessionKeys::new(&[8; 32], SESSION_LIFETIME, true);
    let cookie = foreign
        .issue(&principal("anna", "admin"), now)
        .unwrap()
        .set_cookie;
    assert_eq!(
        keys().verify(&sent_back(&cookie), now).unwrap(),
        Err(AuthError::Signature)
    );

    // Signed by the right key, but not as a session.
    let claims = serde_json::json!({ "sub": "anna", "roles": ["admin"], "sid": "s", "exp": now.timestamp() + 60 });
    let token =
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &keys().sign).unwrap();
    assert_eq!(keys().verify_token(&token, now), Err(AuthError::Malformed));
    assert!(keys().verify(&HeaderMap::new(), now).is_none());
}
