//! Whose tokens are believed, and what is read from them.

use std::{path::PathBuf, time::Duration};

use super::{ConfigErrors, Kind, Reader, Secret, Setting, Sources, Unless};

/// `ACCESS_TOKEN_SECRET`.
pub const TOKEN_SECRET: Setting = Setting {
    name: "ACCESS_TOKEN_SECRET",
    key: "auth.access_token_secret",
    kind: Kind::Secret { min_bytes: 32 },
    unless: Unless::Unset("one source of keys is required"),
    meaning: "Secret shared with whoever issues tokens, for HS256.",
};
/// `WAYBILL_JWT_PUBLIC_KEY_FILE`.
pub const PUBLIC_KEY_FILE: Setting = Setting {
    name: "WAYBILL_JWT_PUBLIC_KEY_FILE",
    key: "auth.public_key_file",
    kind: Kind::Path,
    unless: Unless::Unset("one source of keys is required"),
    meaning: "PEM file with one to eight public keys: RSA of 2048 bits or more (RS256), P-256 (ES256) or Ed25519 (EdDSA). Read at start.",
};
/// `WAYBILL_JWKS_URL`.
pub const JWKS_URL: Setting = Setting {
    name: "WAYBILL_JWKS_URL",
    key: "auth.jwks_url",
    kind: Kind::TrustedUrl,
    unless: Unless::Unset("one source of keys is required"),
    meaning: "Where the issuer publishes its public keys. Fetched at start, then in the background, and when a token names a key that is not known.",
};
/// `WAYBILL_JWKS_FILE`.
pub const JWKS_FILE: Setting = Setting {
    name: "WAYBILL_JWKS_FILE",
    key: "auth.jwks_file",
    kind: Kind::Path,
    unless: Unless::Unset("one source of keys is required"),
    meaning: "The same as a file, for machines without a way out. Read again in the background, like the address.",
};
/// `WAYBILL_JWT_ALGORITHMS`.
pub const ALGORITHMS: Setting = Setting {
    name: "WAYBILL_JWT_ALGORITHMS",
    key: "auth.algorithms",
    kind: Kind::Choices(&["HS256", "RS256", "ES256", "EdDSA"]),
    unless: Unless::Unset("all that fit the source of keys"),
    meaning: "Algorithms that are accepted. HS256 goes with the secret only, the others with public keys only; each key serves one algorithm.",
};
/// `ISSUER`.
pub const ISSUER: Setting = Setting {
    name: "ISSUER",
    key: "auth.issuer",
    kind: Kind::Text { max_bytes: 512 },
    unless: Unless::Unset("not checked"),
    meaning: "What the claim `iss` must be; a token without it is then refused.",
};
/// `WAYBILL_AUDIENCE`.
pub const AUDIENCE: Setting = Setting {
    name: "WAYBILL_AUDIENCE",
    key: "auth.audience",
    kind: Kind::List,
    unless: Unless::Unset("not checked"),
    meaning: "The claim `aud` must hold one of these; a token without it is then refused.",
};
/// `WAYBILL_CLAIM_SUBJECT`.
pub const CLAIM_SUBJECT: Setting = Setting {
    name: "WAYBILL_CLAIM_SUBJECT",
    key: "auth.claim_subject",
    kind: Kind::Text { max_bytes: 128 },
    unless: Unless::Default("sub"),
    meaning: "Claim that says who the caller is; for a customer it is the `customer_id` of his orders. Dots lead into objects.",
};
/// `WAYBILL_CLAIM_ROLES`.
pub const CLAIM_ROLES: Setting = Setting {
    name: "WAYBILL_CLAIM_ROLES",
    key: "auth.claim_roles",
    kind: Kind::Text { max_bytes: 128 },
    unless: Unless::Default("roles"),
    meaning: "Claim with the roles `customer`, `staff`, `admin`, `service`: an array, or words separated by spaces or commas. Dots lead into objects (`realm_access.roles`). Without it the caller is a customer.",
};
/// `WAYBILL_CLAIM_SESSION`.
pub const CLAIM_SESSION: Setting = Setting {
    name: "WAYBILL_CLAIM_SESSION",
    key: "auth.claim_session",
    kind: Kind::Text { max_bytes: 128 },
    unless: Unless::Default("sid"),
    meaning: "Claim with the id of the issuer's session, so that a whole session can be revoked.",
};
/// `WAYBILL_JWT_LEEWAY_SECS`.
pub const LEEWAY: Setting = Setting {
    name: "WAYBILL_JWT_LEEWAY_SECS",
    key: "auth.leeway_secs",
    kind: Kind::Seconds { min: 0, max: 120 },
    unless: Unless::Default("5"),
    meaning: "How far the issuer's clock may be off when `exp` and `nbf` are checked.",
};
/// `WAYBILL_TOKEN_LIFETIME_MAX_SECS`.
pub const LIFETIME_MAX: Setting = Setting {
    name: "WAYBILL_TOKEN_LIFETIME_MAX_SECS",
    key: "auth.token_lifetime_max_secs",
    kind: Kind::Seconds {
        min: 60,
        max: 31_622_400,
    },
    unless: Unless::Default("2592000"),
    meaning: "A token that expires later than this from now is refused. It bounds how long a revocation must be remembered.",
};
/// `WAYBILL_SESSION_LIFETIME_SECS`.
pub const SESSION_LIFETIME: Setting = Setting {
    name: "WAYBILL_SESSION_LIFETIME_SECS",
    key: "auth.session_lifetime_secs",
    kind: Kind::Seconds { min: 60, max: 3600 },
    unless: Unless::Default("900"),
    meaning: "How long the cookie of `POST /v1/session` lives; never longer than the token it was given for.",
};
/// `WAYBILL_JWKS_REFRESH_SECS`.
pub const JWKS_REFRESH: Setting = Setting {
    name: "WAYBILL_JWKS_REFRESH_SECS",
    key: "auth.jwks_refresh_secs",
    kind: Kind::Seconds {
        min: 1,
        max: 86_400,
    },
    unless: Unless::Default("300"),
    meaning: "How often the keys are fetched in the background. A key that the issuer took back is believed for that long.",
};
/// `WAYBILL_JWKS_REFETCH_MIN_SECS`.
pub const JWKS_REFETCH_MIN: Setting = Setting {
    name: "WAYBILL_JWKS_REFETCH_MIN_SECS",
    key: "auth.jwks_refetch_min_secs",
    kind: Kind::Seconds { min: 1, max: 3600 },
    unless: Unless::Default("10"),
    meaning: "Shortest time between two fetches, so that made-up key ids can't be used to flood the issuer.",
};
/// `WAYBILL_JWKS_STALE_MAX_SECS`.
pub const JWKS_STALE_MAX: Setting = Setting {
    name: "WAYBILL_JWKS_STALE_MAX_SECS",
    key: "auth.jwks_stale_max_secs",
    kind: Kind::Seconds {
        min: 60,
        max: 604_800,
    },
    unless: Unless::Default("86400"),
    meaning: "How long the last keys are believed while the issuer can't be reached; after that tokens are answered with 503.",
};
/// `WAYBILL_JWKS_TIMEOUT_MS`.
pub const JWKS_TIMEOUT: Setting = Setting {
    name: "WAYBILL_JWKS_TIMEOUT_MS",
    key: "auth.jwks_timeout_ms",
    kind: Kind::Millis {
        min: 100,
        max: 30_000,
    },
    unless: Unless::Default("3000"),
    meaning: "Longest fetch of the keys.",
};

pub(super) const SETTINGS: &[&Setting] = &[
    &TOKEN_SECRET,
    &PUBLIC_KEY_FILE,
    &JWKS_URL,
    &JWKS_FILE,
    &ALGORITHMS,
    &ISSUER,
    &AUDIENCE,
    &CLAIM_SUBJECT,
    &CLAIM_ROLES,
    &CLAIM_SESSION,
    &LEEWAY,
    &LIFETIME_MAX,
    &SESSION_LIFETIME,
    &JWKS_REFRESH,
    &JWKS_REFETCH_MIN,
    &JWKS_STALE_MAX,
    &JWKS_TIMEOUT,
];

const KEY_SOURCES: [&Setting; 4] = [&TOKEN_SECRET, &PUBLIC_KEY_FILE, &JWKS_URL, &JWKS_FILE];

/// Whose tokens are believed, and what is read from them.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// Where the keys come from.
    pub keys: KeySource,
    /// Accepted algorithms, all of them fit for `keys`; never empty.
    pub algorithms: Vec<TokenAlgorithm>,
    /// What `iss` must be.
    pub issuer: Option<String>,
    /// One of these must be in `aud`; empty: not checked.
    pub audience: Vec<String>,
    /// Which claims are read.
    pub claims: ClaimNames,
    /// Tolerance for the issuer's clock.
    pub leeway: Duration,
    /// Longest remaining life of a token that is accepted.
    pub lifetime_max: Duration,
    /// Life of a session cookie.
    pub session_lifetime: Duration,
    /// Time between two fetches of keys in the background.
    pub jwks_refresh: Duration,
    /// Shortest time between two fetches.
    pub jwks_refetch_min: Duration,
    /// How long keys are believed that can't be fetched anew.
    pub jwks_stale_max: Duration,
    /// Longest fetch.
    pub jwks_timeout: Duration,
}

/// Where the keys come from. One only, so that no token can choose between two.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A shared secret.
    Secret(Secret),
    /// Public keys in a PEM file.
    PemFile(PathBuf),
    /// A key set at an address.
    JwksUrl(url::Url),
    /// A key set in a file.
    JwksFile(PathBuf),
}

/// The signature algorithms that are known. `none` is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenAlgorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl TokenAlgorithm {
    fn named(word: &str) -> Option<Self> {
        match word {
            "HS256" => Some(Self::Hs256),
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// Which claims say who the caller is. Dots lead into objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNames {
    /// The caller.
    pub subject: String,
    /// His roles.
    pub roles: String,
    /// The issuer's session.
    pub session: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            subject: "sub".to_owned(),
            roles: "roles".to_owned(),
            session: "sid".to_owned(),
        }
    }
}

impl AuthConfig {
    /// Whether the environment or the file names a source of keys; if not, `waybill dev` supplies one.
    #[must_use]
    pub fn has_key_source(sources: &Sources) -> bool {
        KEY_SOURCES.iter().any(|setting| sources.is_set(setting))
    }

    /// Reads this concern alone, for `waybill token`.
    pub fn load(sources: &Sources) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(sources);
        let config = Self::read(&mut reader);
        reader.finish(config)
    }

    /// From `ACCESS_TOKEN_SECRET`, `WAYBILL_JWT_PUBLIC_KEY_FILE`, `WAYBILL_JWKS_URL`, `WAYBILL_JWKS_FILE`,
    /// `WAYBILL_JWT_ALGORITHMS`, `ISSUER`, `WAYBILL_AUDIENCE`, `WAYBILL_CLAIM_SUBJECT`,
    /// `WAYBILL_CLAIM_ROLES`, `WAYBILL_CLAIM_SESSION`, `WAYBILL_JWT_LEEWAY_SECS`,
    /// `WAYBILL_TOKEN_LIFETIME_MAX_SECS`, `WAYBILL_SESSION_LIFETIME_SECS`, `WAYBILL_JWKS_REFRESH_SECS`,
    /// `WAYBILL_JWKS_REFETCH_MIN_SECS`, `WAYBILL_JWKS_STALE_MAX_SECS`, `WAYBILL_JWKS_TIMEOUT_MS`.
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let keys = read_keys(reader);
        let algorithms = read_algorithms(reader, &keys);
        let defaults = ClaimNames::default();
        Self {
            keys,
            algorithms,
            issuer: reader.text(&ISSUER),
            audience: reader.list(&AUDIENCE, |text| Ok(text.to_owned())),
            claims: ClaimNames {
                subject: reader.text(&CLAIM_SUBJECT).unwrap_or(defaults.subject),
                roles: reader.text(&CLAIM_ROLES).unwrap_or(defaults.roles),
                session: reader.text(&CLAIM_SESSION).unwrap_or(defaults.session),
            },
            leeway: reader.duration(&LEEWAY),
            lifetime_max: reader.duration(&LIFETIME_MAX),
            session_lifetime: reader.duration(&SESSION_LIFETIME),
            jwks_refresh: reader.duration(&JWKS_REFRESH),
            jwks_refetch_min: reader.duration(&JWKS_REFETCH_MIN),
            jwks_stale_max: reader.duration(&JWKS_STALE_MAX),
            jwks_timeout: reader.duration(&JWKS_TIMEOUT),
        }
    }
}

fn read_keys(reader: &mut Reader<'_>) -> KeySource {
    let set: Vec<&Setting> = KEY_SOURCES
        .into_iter()
        .filter(|setting| reader.is_set(setting))
        .collect();
    match set.len() {
        0 => reader.conflict(
            &KEY_SOURCES,
            "one of these must be set, so that tokens can be checked",
        ),
        1 => {}
        _ => reader.conflict(&set, "only one source of keys may be set"),
    }
    let secret = reader.secret(&TOKEN_SECRET).map(KeySource::Secret);
    let pem = reader.path(&PUBLIC_KEY_FILE).map(KeySource::PemFile);
    let url = reader.trusted_url(&JWKS_URL).map(KeySource::JwksUrl);
    let file = reader.path(&JWKS_FILE).map(KeySource::JwksFile);
    secret
        .or(pem)
        .or(url)
        .or(file)
        .unwrap_or_else(|| KeySource::Secret(Secret::new("")))
}

fn read_algorithms(reader: &mut Reader<'_>, keys: &KeySource) -> Vec<TokenAlgorithm> {
    use TokenAlgorithm::{EdDsa, Es256, Hs256, Rs256};
    let fitting: &[TokenAlgorithm] = match keys {
        KeySource::Secret(_) => &[Hs256],
        _ => &[Rs256, Es256, EdDsa],
    };
    let asked = reader.list(&ALGORITHMS, |word| {
        TokenAlgorithm::named(word).ok_or_else(|| format!("{word:?} is not known"))
    });
    if asked.is_empty() {
        return fitting.to_vec();
    }
    if asked.iter().any(|algorithm| !fitting.contains(algorithm)) {
        reader.conflict(
            &[&ALGORITHMS],
            "HS256 goes with ACCESS_TOKEN_SECRET only, the others with public keys only",
        );
    }
    asked
}
