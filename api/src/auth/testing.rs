//! What the tests of several modules need: callers, configurations, keys, and tokens signed by them.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};

use super::{AuthError, CredentialKind, Principal, Verifier};
use crate::config::{AuthConfig, Sources};

pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A caller with these roles, separated by spaces.
pub(crate) fn principal(subject: &str, roles: &str) -> Principal {
    Principal {
        subject: subject.parse().unwrap(),
        issuer: None,
        roles: roles.split(' ').map(|role| role.parse().unwrap()).collect(),
        token_id: Some("t1".to_owned()),
        session_id: None,
        issued_at: DateTime::from_timestamp(1_700_000_000, 0),
        expires_at: Utc::now() + TimeDelta::hours(1),
        credential: CredentialKind::Bearer,
    }
}

/// A configuration from variables; later ones win.
pub(crate) fn config(variables: &[(&str, &str)]) -> AuthConfig {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    AuthConfig::load(&Sources::from_variables(variables)).unwrap()
}

pub(crate) fn secret_config(variables: &[(&str, &str)]) -> AuthConfig {
    config(&[&[("ACCESS_TOKEN_SECRET", SECRET)], variables].concat())
}

pub(crate) fn key_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/keys")
        .join(name)
}

pub(crate) fn key_text(name: &str) -> String {
    std::fs::read_to_string(key_file(name)).unwrap()
}

/// A private key of the test keys: `rsa-1`, `p256`, `ed25519` …
pub(crate) fn signing_key(name: &str) -> (Algorithm, EncodingKey) {
    let pem = key_text(&format!("{name}.pem"));
    let pem = pem.as_bytes();
    match name {
        "p256" => (Algorithm::ES256, EncodingKey::from_ec_pem(pem).unwrap()),
        "p384" => (Algorithm::ES384, EncodingKey::from_ec_pem(pem).unwrap()),
        "ed25519" => (Algorithm::EdDSA, EncodingKey::from_ed_pem(pem).unwrap()),
        _ => (Algorithm::RS256, EncodingKey::from_rsa_pem(pem).unwrap()),
    }
}

/// The public half as an entry of a published set.
pub(crate) fn jwk(name: &str, id: &str) -> Value {
    let (algorithm, key) = signing_key(name);
    let mut jwk = Jwk::from_encoding_key(&key, algorithm).unwrap();
    jwk.common.key_id = Some(id.to_owned());
    serde_json::to_value(jwk).unwrap()
}

pub(crate) fn header(algorithm: Algorithm, id: Option<&str>) -> Header {
    Header {
        kid: id.map(str::to_owned),
        ..Header::new(algorithm)
    }
}

/// Claims that hold for a minute.
pub(crate) fn claims() -> Value {
    let now = Utc::now().timestamp();
    json!({ "sub": "anna", "iat": now, "exp": now + 60, "jti": "t1" })
}

/// A token for `anna`, signed by one of the test keys.
pub(crate) fn signed(name: &str, id: Option<&str>) -> String {
    let (algorithm, key) = signing_key(name);
    jsonwebtoken::encode(&header(algorithm, id), &claims(), &key).unwrap()
}

/// A token under the shared secret, with further claims.
pub(crate) fn hs256(more: &Value) -> String {
    let mut claims = claims();
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&header(Algorithm::HS256, None), &claims, &key).unwrap()
}

pub(crate) async fn verify(verifier: &Verifier, token: &str) -> Result<String, AuthError> {
    let found = verifier
        .verify(token, CredentialKind::Bearer, Utc::now())
        .await;
    found.map(|principal| principal.subject.to_string())
}

pub(crate) const SESSION_LIFETIME: Duration = Duration::from_mins(15);
