//! Keys by which signatures are checked. Each serves one algorithm, so that no token can have a public
//! key taken for an HMAC secret.

use jsonwebtoken::{
    Algorithm, DecodingKey, Header,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;

use super::{AuthError, KeyError};
use crate::config::{Secret, TokenAlgorithm};

/// Most keys of a set that are looked at.
const KEYS_MAX: usize = 64;
/// Most keys that one token is tried with.
const TRIES_MAX: usize = 8;
/// An RSA modulus of 2048 bits; NIST SP 800-131A forbids smaller ones.
const RSA_MODULUS_BYTES: usize = 256;

impl From<TokenAlgorithm> for Algorithm {
    fn from(algorithm: TokenAlgorithm) -> Self {
        match algorithm {
            TokenAlgorithm::Hs256 => Self::HS256,
            TokenAlgorithm::Rs256 => Self::RS256,
            TokenAlgorithm::Es256 => Self::ES256,
            TokenAlgorithm::EdDsa => Self::EdDSA,
        }
    }
}

pub(super) struct VerifyingKey {
    id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

impl VerifyingKey {
    pub(super) fn hs256(key: DecodingKey) -> Self {
        Self {
            id: None,
            algorithm: Algorithm::HS256,
            key,
        }
    }
}

/// The keys that are believed at a time.
pub(super) struct KeySet(Vec<VerifyingKey>);

impl KeySet {
    pub(super) fn from_secret(secret: &Secret) -> Self {
        Self(vec![VerifyingKey::hs256(DecodingKey::from_secret(
            secret.expose().as_bytes(),
        ))])
    }

    /// The public keys of a PEM file. Unlike in a published set, every block must be usable: whoever
    /// wrote the file wants to know.
    pub(super) fn from_pem(text: &str, accepted: &[Algorithm]) -> Result<Self, KeyError> {
        let refuse = |reason: &str| KeyError::Pem(reason.to_owned());
        let mut keys = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("-----BEGIN ") {
            rest = &rest[start..];
            let (_, label) = rest.split_at("-----BEGIN ".len());
            let label = label.split("-----").next().unwrap_or_default();
            match label {
                "PUBLIC KEY" | "RSA PUBLIC KEY" => {}
                label if label.ends_with("PRIVATE KEY") => {
                    return Err(refuse(
                        "the file holds a private key; give the public one (openssl pkey -pubout)",
                    ));
                }
                "CERTIFICATE" => {
                    return Err(refuse(
                        "the file holds a certificate; give its key (openssl x509 -pubkey -noout)",
                    ));
                }
                _ => return Err(refuse("the file holds something else than public keys")),
            }
            let end_mark = format!("-----END {label}-----");
            let end = rest
                .find(&end_mark)
                .ok_or_else(|| refuse("a block has no end"))?
                + end_mark.len();
            let key = from_pem_block(&rest.as_bytes()[..end]).ok_or_else(|| {
                refuse("a key is none of RSA (2048 bits or more), P-256, Ed25519")
            })?;
            if !accepted.contains(&key.algorithm) {
                return Err(refuse(
                    "a key is for an algorithm that WAYBILL_JWT_ALGORITHMS leaves out",
                ));
            }
            keys.push(key);
            rest = &rest[end..];
        }
        match keys.len() {
            0 => Err(refuse("the file holds no PEM block")),
            1..=TRIES_MAX => Ok(Self(keys)),
            _ => Err(refuse(
                "the file holds more than eight keys; publish a key set with ids instead",
            )),
        }
    }

    /// A published set. Keys that can't be used (encryption, shared secrets, unknown kinds) are
    /// normal there and passed over.
    pub(super) fn from_jwks(json: &[u8], accepted: &[Algorithm]) -> Result<Self, KeyError> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<serde_json::Value>,
        }
        let document: Document = serde_json::from_slice(json).map_err(KeyError::NotAKeySet)?;
        let looked_at = document.keys.len();
        let keys: Vec<VerifyingKey> = document
            .keys
            .into_iter()
            .take(KEYS_MAX)
            .filter_map(|value| serde_json::from_value(value).ok())
            .filter_map(|jwk: Jwk| from_jwk(&jwk))
            .filter(|key| accepted.contains(&key.algorithm))
            .collect();
        if keys.is_empty() {
            Err(KeyError::NoUsableKey { looked_at })
        } else {
            Ok(Self(keys))
        }
    }

    /// The keys that a token may be signed with: by its key id where the set has ids, else all of its
    /// algorithm. None is [`AuthError::UnknownKey`], which is worth a look at a newer set.
    pub(super) fn candidates(&self, header: &Header) -> Result<Vec<&VerifyingKey>, AuthError> {
        let set_has_ids = self.0.iter().any(|key| key.id.is_some());
        let by_id: Vec<&VerifyingKey> = match &header.kid {
            Some(id) if set_has_ids => self
                .0
                .iter()
                .filter(|key| key.id.as_ref() == Some(id))
                .collect(),
            _ => self.0.iter().collect(),
        };
        if by_id.is_empty() {
            return Err(AuthError::UnknownKey);
        }
        let fitting: Vec<_> = by_id
            .into_iter()
            .filter(|key| key.algorithm == header.alg)
            .take(TRIES_MAX)
            .collect();
        if fitting.is_empty() {
            Err(AuthError::Algorithm)
        } else {
            Ok(fitting)
        }
    }
}

fn from_pem_block(block: &[u8]) -> Option<VerifyingKey> {
    let rsa = || Some((DecodingKey::from_rsa_pem(block).ok()?, Algorithm::RS256));
    let ec = || Some((DecodingKey::from_ec_pem(block).ok()?, Algorithm::ES256));
    let ed = || Some((DecodingKey::from_ed_pem(block).ok()?, Algorithm::EdDSA));
    // Each refuses the others' keys by their object identifier.
    let (key, algorithm) = ed().or_else(ec).or_else(rsa)?;
    usable(VerifyingKey {
        id: None,
        algorithm,
        key,
    })
}

fn from_jwk(jwk: &Jwk) -> Option<VerifyingKey> {
    let common = &jwk.common;
    if common
        .public_key_use
        .as_ref()
        .is_some_and(|purpose| *purpose != PublicKeyUse::Signature)
    {
        return None;
    }
    if common
        .key_operations
        .as_ref()
        .is_some_and(|operations| !operations.contains(&KeyOperations::Verify))
    {
        return None;
    }
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            Algorithm::ES256
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            Algorithm::EdDSA
        }
        _ => return None,
    };
    if common
        .key_algorithm
        .is_some_and(|stated| stated != algorithm.into())
    {
        return None;
    }
    let key = DecodingKey::from_jwk(jwk).ok()?;
    usable(VerifyingKey {
        id: common.key_id.clone(),
        algorithm,
        key,
    })
}

/// Refuses keys that are too short or malformed, now rather than at the first token.
fn usable(key: VerifyingKey) -> Option<VerifyingKey> {
    use jsonwebtoken::DecodingKeyKind::{RsaModulusExponent, SecretOrDer};
    let long_enough = match (key.algorithm, key.key.kind()) {
        (Algorithm::RS256, RsaModulusExponent { n, .. }) => n.len() >= RSA_MODULUS_BYTES,
        // DER of modulus and exponent, which a modulus of the next smaller usual size can't reach.
        (Algorithm::RS256, SecretOrDer(der)) => der.len() >= RSA_MODULUS_BYTES,
        // Uncompressed point.
        (Algorithm::ES256, SecretOrDer(point)) => point.len() == 65,
        // `jsonwebtoken` cuts 32 bytes out without looking.
        (Algorithm::EdDSA, SecretOrDer(point)) => point.len() == 32,
        _ => false,
    };
    // An unfit key is an error here, a signature that doesn't fit merely `false`.
    let works =
        long_enough && jsonwebtoken::crypto::verify("AA", b"", &key.key, key.algorithm).is_ok();
    works.then_some(key)
}

#[cfg(test)]
mod tests;
