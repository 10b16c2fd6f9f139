use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{EncodingKey, jwk::Jwk};
use serde_json::json;

use super::*;
use crate::auth::testing::*;

#[expect(
    clippy::unnecessary_wraps,
    reason = "it is what an outcome is compared with"
)]
fn anna() -> Result<String, AuthError> {
    Ok("anna".to_owned())
}

async fn by_secret() -> Verifier {
    Verifier::open(&secret_config(&[])).await.unwrap()
}

async fn by_pem(name: &str) -> Verifier {
    let file = key_file(&format!("{name}.pub.pem"));
    Verifier::open(&config(&[(
        "WAYBILL_JWT_PUBLIC_KEY_FILE",
        file.to_str().unwrap(),
    )]))
    .await
    .unwrap()
}

/// A token put together by hand, as a forger would.
fn forged(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.{}",
        part(header),
        part(claims),
        URL_SAFE_NO_PAD.encode(signature)
    )
}

#[tokio::test]
async fn a_token_of_each_kind_of_key_is_believed() {
    assert_eq!(verify(&by_secret().await, &hs256(&json!({}))).await, anna());
    for name in ["rsa-1", "p256", "ed25519"] {
        assert_eq!(
            verify(&by_pem(name).await, &signed(name, None)).await,
            anna(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn the_algorithm_none_is_refused_in_every_spelling() {
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        for signature in [&b""[..], b"x"] {
            let token = forged(&json!({ "alg": alg, "typ": "JWT" }), &claims(), signature);
            for verifier in [by_secret().await, by_pem("rsa-1").await] {
                assert_eq!(
                    verify(&verifier, &token).await,
                    Err(AuthError::Malformed),
                    "{alg}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_public_key_is_not_taken_for_a_shared_secret() {
    for name in ["rsa-1", "p256", "ed25519"] {
        let verifier = by_pem(name).await;
        let pem = key_text(&format!("{name}.pub.pem"));
        for secret in [pem.as_bytes(), pem.trim().as_bytes()] {
            let key = EncodingKey::from_secret(secret);
            let token =
                jsonwebtoken::encode(&header(Algorithm::HS256, None), &claims(), &key).unwrap();
            assert_eq!(
                verify(&verifier, &token).await,
                Err(AuthError::Algorithm),
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn an_algorithm_of_the_same_family_is_refused_too() {
    let (_, rsa) = signing_key("rsa-1");
    let verifier = by_pem("rsa-1").await;
    for algorithm in [Algorithm::RS512, Algorithm::PS256] {
        let token = jsonwebtoken::encode(&header(algorithm, None), &claims(), &rsa).unwrap();
        assert_eq!(
            verify(&verifier, &token).await,
            Err(AuthError::Algorithm),
            "{algorithm:?}"
        );
    }
    let secret = EncodingKey::from_secret(SECRET.as_bytes());
    let token = jsonwebtoken::encode(&header(Algorithm::HS512, None), &claims(), &secret).unwrap();
    assert_eq!(
        verify(&by_secret().await, &token).await,
        Err(AuthError::Algorithm)
    );
}

#[tokio::test]
async fn algorithms_can_be_narrowed_further() {
    let file = key_file("p256.pub.pem");
    let narrowed = config(&[
        ("WAYBILL_JWT_PUBLIC_KEY_FILE", file.to_str().unwrap()),
        ("WAYBILL_JWT_ALGORITHMS", "EdDSA"),
    ]);
    let error = Verifier::open(&narrowed).await.err().unwrap().to_string();
    assert!(error.contains("WAYBILL_JWT_ALGORITHMS"), "{error}");
}

#[tokio::test]
async fn another_key_or_a_changed_token_has_a_wrong_signature() {
    let verifier = by_pem("rsa-1").await;
    assert_eq!(
        verify(&verifier, &signed("rsa-2", None)).await,
        Err(AuthError::Signature)
    );

    let secret = by_secret().await;
    let good = hs256(&json!({}));
    let (head, _) = good.split_once('.').unwrap();
    let signature = good.rsplit('.').next().unwrap();
    let mut changed = claims();
    changed["roles"] = json!("admin");
    let token = format!(
        "{head}.{}.{signature}",
        URL_SAFE_NO_PAD.encode(changed.to_string())
    );
    assert_eq!(verify(&secret, &token).await, Err(AuthError::Signature));
    let unsigned = format!("{}.", good.rsplit_once('.').unwrap().0);
    assert_eq!(verify(&secret, &unsigned).await, Err(AuthError::Signature));
}

#[tokio::test]
async fn a_key_that_the_token_brings_along_is_not_used() {
    let (algorithm, key) = signing_key("rsa-2");
    let mut with_key = header(algorithm, None);
    with_key.jwk = Some(Jwk::from_encoding_key(&key, algorithm).unwrap());
    with_key.jku = Some("http://127.0.0.1:1/keys".to_owned());
    let token = jsonwebtoken::encode(&with_key, &claims(), &key).unwrap();
    assert_eq!(
        verify(&by_pem("rsa-1").await, &token).await,
        Err(AuthError::Signature)
    );
}

#[tokio::test]
async fn extensions_that_must_be_understood_are_refused() {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let mut critical = header(Algorithm::HS256, None);
    critical.crit = Some(vec!["b64".to_owned()]);
    let token = jsonwebtoken::encode(&critical, &claims(), &key).unwrap();
    assert_eq!(
        verify(&by_secret().await, &token).await,
        Err(AuthError::Malformed)
    );
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let verifier = by_secret().await;
    let long = hs256(&json!({ "padding": "x".repeat(8 * 1024) }));
    for token in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "anna",
        long.as_str(),
        &hs256(&json!({}))[1..],
    ] {
        assert_eq!(
            verify(&verifier, token).await,
            Err(AuthError::Malformed),
            "{}",
            token.len()
        );
    }
}

#[tokio::test]
async fn the_claims_are_checked_after_the_signature() {
    let verifier = Verifier::open(&secret_config(&[
        ("ISSUER", "https://shop"),
        ("WAYBILL_AUDIENCE", "waybill"),
    ]))
    .await
    .unwrap();
    let fine = json!({ "iss": "https://shop", "aud": "waybill" });
    assert_eq!(verify(&verifier, &hs256(&fine)).await, anna());
    for (claim, value, error) in [
        ("iss", json!("https://evil"), AuthError::Issuer),
        ("aud", json!("other"), AuthError::Audience),
        ("exp", json!(1), AuthError::Expired),
        ("exp", json!(null), AuthError::InvalidClaim("exp")),
        (
            "nbf",
            json!(Utc::now().timestamp() + 60),
            AuthError::NotYetValid,
        ),
    ] {
        let mut claims = fine.clone();
        claims[claim] = value;
        assert_eq!(
            verify(&verifier, &hs256(&claims)).await,
            Err(error),
            "{claim}"
        );
    }
}
