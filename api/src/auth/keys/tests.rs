use serde_json::{Value, json};

use super::*;
use crate::auth::testing::*;

const ACCEPTED: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

fn pem(names: &[&str]) -> Result<KeySet, String> {
    let text: String = names.iter().map(|name| key_text(name)).collect();
    KeySet::from_pem(&text, &ACCEPTED).map_err(|error| error.to_string())
}

fn jwks(keys: &[Value]) -> Result<KeySet, KeyError> {
    KeySet::from_jwks(json!({ "keys": keys }).to_string().as_bytes(), &ACCEPTED)
}

fn with(mut key: Value, name: &str, value: Value) -> Value {
    key[name] = value;
    key
}

#[test]
fn a_pem_file_may_hold_several_keys_of_several_kinds() {
    let set = pem(&[
        "rsa-1.pub.pem",
        "p256.pub.pem",
        "ed25519.pub.pem",
        "rsa-2.pub.pem",
    ])
    .unwrap();
    for (name, count) in [("rsa-1", 2), ("p256", 1), ("ed25519", 1)] {
        let (algorithm, _) = signing_key(name);
        // An id means nothing where the keys have none.
        for id in [None, Some("whatever")] {
            assert_eq!(
                set.candidates(&header(algorithm, id)).unwrap().len(),
                count,
                "{name}"
            );
        }
    }
    assert!(pem(&["rsa-1.pkcs1.pub.pem"]).is_ok());
}

#[test]
fn a_pem_file_that_can_not_be_right_is_refused_and_says_why() {
    for (files, reason) in [
        (vec!["rsa-1.pem"], "private key"),
        (vec!["p256.pub.pem", "ed25519.pem"], "private key"),
        (vec!["certificate.pem"], "certificate"),
        (vec!["rsa-small.pub.pem"], "2048"),
        (vec!["p384.pub.pem"], "P-256"),
        (vec!["README.md"], "no PEM block"),
        (vec!["p256.pub.pem"; 9], "more than eight"),
    ] {
        let reason_given = pem(&files).err().unwrap();
        assert!(reason_given.contains(reason), "{files:?}: {reason_given}");
    }
    for broken in [
        "-----BEGIN PUBLIC KEY-----\nAAAA",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
    ] {
        assert!(KeySet::from_pem(broken, &ACCEPTED).is_err());
    }
    // Cut off in the middle: jsonwebtoken itself would panic at the first token.
    let short = key_text("ed25519.pub.pem").replace("MCowBQYDK2VwAyEA", "MCkwBQYDK2VwAyAA");
    assert!(KeySet::from_pem(&short, &ACCEPTED).is_err());
}

#[test]
fn in_a_published_set_what_can_not_be_used_is_passed_over() {
    let good = jwk("rsa-1", "good");
    let secret = json!({ "kty": "oct", "kid": "s", "alg": "HS256", "k": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY" });
    let unusable = [
        secret,
        with(jwk("rsa-2", "enc"), "use", json!("enc")),
        with(jwk("rsa-2", "ops"), "key_ops", json!(["encrypt"])),
        with(jwk("rsa-2", "alg"), "alg", json!("RS512")),
        with(jwk("p256", "short"), "x", json!("AAAA")),
        with(jwk("ed25519", "short"), "x", json!("AAAA")),
        jwk("rsa-small", "small"),
        jwk("p384", "p384"),
        json!({ "kty": "martian" }),
        json!(7),
    ];
    let all: Vec<Value> = unusable.iter().cloned().chain([good]).collect();
    assert_eq!(jwks(&all).unwrap().0.len(), 1);
    let none = jwks(&unusable).err().unwrap();
    assert!(
        matches!(none, KeyError::NoUsableKey { looked_at: 10 }),
        "{none}"
    );
    for text in ["", "[]", "{}", "<html>"] {
        assert!(
            matches!(
                KeySet::from_jwks(text.as_bytes(), &ACCEPTED),
                Err(KeyError::NotAKeySet(_))
            ),
            "{text}"
        );
    }
}

#[test]
fn a_key_is_found_by_its_id_and_serves_its_own_algorithm_only() {
    let set = jwks(&[jwk("rsa-1", "a"), jwk("rsa-2", "b"), jwk("p256", "c")]).unwrap();
    let ids = |algorithm, id| {
        let found = set.candidates(&header(algorithm, id));
        found.map(|keys| {
            keys.into_iter()
                .map(|key| key.id.clone().unwrap())
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(ids(Algorithm::RS256, Some("b")), Ok(vec!["b".to_owned()]));
    assert_eq!(
        ids(Algorithm::RS256, None),
        Ok(vec!["a".to_owned(), "b".to_owned()])
    );
    assert_eq!(ids(Algorithm::RS256, Some("d")), Err(AuthError::UnknownKey));
    assert_eq!(ids(Algorithm::RS256, Some("c")), Err(AuthError::Algorithm));
    assert_eq!(ids(Algorithm::EdDSA, None), Err(AuthError::Algorithm));
}
