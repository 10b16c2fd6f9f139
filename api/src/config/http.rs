//! The listener and what it accepts.

use std::{fmt, net::SocketAddr, time::Duration};

use super::{ConfigErrors, Kind, Reader, Setting, Sources, Unless};

/// `WAYBILL_LISTEN`.
pub const LISTEN: Setting = Setting {
    name: "WAYBILL_LISTEN",
    key: "http.listen",
    kind: Kind::Address,
    unless: Unless::Default("127.0.0.1:8080"),
    meaning: "Where to listen. Port 0 takes a free one. `waybill dev` refuses anything but loopback.",
};
/// `FRONTEND_URL`.
pub const FRONTEND_URL: Setting = Setting {
    name: "FRONTEND_URL",
    key: "http.frontend_url",
    kind: Kind::Origins,
    unless: Unless::Unset("none but this server's own"),
    meaning: "Origins of the pages that may call from a browser: for CORS, WebSocket upgrades, and requests authenticated by a cookie. Compared exactly; no wildcards.",
};
/// `WAYBILL_PUBLIC_URL`.
pub const PUBLIC_URL: Setting = Setting {
    name: "WAYBILL_PUBLIC_URL",
    key: "http.public_url",
    kind: Kind::Origins,
    unless: Unless::Unset("the listening address, if loopback"),
    meaning: "The origin under which browsers reach this server, so that its own page may call it.",
};
/// `WAYBILL_NODE_NAME`.
pub const NODE_NAME: Setting = Setting {
    name: "WAYBILL_NODE_NAME",
    key: "http.node_name",
    kind: Kind::Text { max_bytes: 64 },
    unless: Unless::Unset("the machine's name and the port"),
    meaning: "What people are to call this node, on the page for operations and in `GET /v1/admin/node`.",
};
/// `WAYBILL_TRUSTED_PROXIES`.
pub const TRUSTED_PROXIES: Setting = Setting {
    name: "WAYBILL_TRUSTED_PROXIES",
    key: "http.trusted_proxies",
    kind: Kind::Integer { min: 0, max: 10 },
    unless: Unless::Default("0"),
    meaning: "How many proxies of yours stand in front. The caller's address is then the entry of `X-Forwarded-For` that the outermost of them wrote; with 0 the header is ignored.",
};
/// `WAYBILL_BODY_LIMIT_BYTES`.
pub const BODY_LIMIT: Setting = Setting {
    name: "WAYBILL_BODY_LIMIT_BYTES",
    key: "http.body_limit_bytes",
    kind: Kind::Integer {
        min: 16_384,
        max: 16_777_216,
    },
    unless: Unless::Default("1048576"),
    meaning: "Largest request body; a larger one is refused with 413.",
};
/// `WAYBILL_REQUEST_TIMEOUT_SECS`.
pub const REQUEST_TIMEOUT: Setting = Setting {
    name: "WAYBILL_REQUEST_TIMEOUT_SECS",
    key: "http.request_timeout_secs",
    kind: Kind::Seconds { min: 6, max: 300 },
    unless: Unless::Default("40"),
    meaning: "Longest time until a request's answer begins; then 503. Open sockets and streams are not bound by it.",
};
/// `WAYBILL_HTTP_CONNECTIONS_MAX`.
pub const CONNECTIONS_MAX: Setting = Setting {
    name: "WAYBILL_HTTP_CONNECTIONS_MAX",
    key: "http.connections_max",
    kind: Kind::Integer {
        min: 16,
        max: 2_000_000,
    },
    unless: Unless::Default("32000"),
    meaning: "Most connections open at a time, of every kind, those of sockets and streams among them; one more is closed at once. Never more than the process may have files open.",
};
/// `WAYBILL_SHUTDOWN_GRACE_SECS`.
pub const SHUTDOWN_GRACE: Setting = Setting {
    name: "WAYBILL_SHUTDOWN_GRACE_SECS",
    key: "http.shutdown_grace_secs",
    kind: Kind::Seconds { min: 1, max: 300 },
    unless: Unless::Default("20"),
    meaning: "After SIGTERM, longest wait for requests in flight and for sockets to drain.",
};
/// `WAYBILL_COOKIE_SECURE`.
pub const COOKIE_SECURE: Setting = Setting {
    name: "WAYBILL_COOKIE_SECURE",
    key: "http.cookie_secure",
    kind: Kind::Choice(&["auto", "always", "never"]),
    unless: Unless::Default("auto"),
    meaning: "Whether the session cookie is for https only. `auto`: yes, unless the server listens on loopback. Behind a proxy on the same machine set `always`.",
};

pub(super) const SETTINGS: &[&Setting] = &[
    &LISTEN,
    &FRONTEND_URL,
    &PUBLIC_URL,
    &NODE_NAME,
    &TRUSTED_PROXIES,
    &BODY_LIMIT,
    &REQUEST_TIMEOUT,
    &CONNECTIONS_MAX,
    &SHUTDOWN_GRACE,
    &COOKIE_SECURE,
];

/// The listener and what it accepts.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Pages of others that may call from a browser.
    pub frontend: Vec<Origin>,
    /// This server as browsers see it.
    pub public: Vec<Origin>,
    /// What people are to call this node.
    pub node_name: Option<String>,
    /// Proxies of our own in front.
    pub trusted_proxies: usize,
    /// Largest body, in bytes.
    pub body_limit: usize,
    /// Longest time until an answer begins.
    pub request_timeout: Duration,
    /// Most connections of every kind at a time.
    pub connections_max: usize,
    /// Longest wait for the end after SIGTERM.
    pub shutdown_grace: Duration,
    /// Whether the session cookie is for https only.
    pub cookie_secure: CookieSecurity,
}

impl HttpConfig {
    /// Reads this concern alone, so that `waybill dev` can refuse an address before it starts anything.
    pub fn load(sources: &Sources) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(sources);
        let config = Self::read(&mut reader);
        reader.finish(config)
    }

    /// From `WAYBILL_LISTEN`, `FRONTEND_URL`, `WAYBILL_PUBLIC_URL`, `WAYBILL_NODE_NAME`,
    /// `WAYBILL_TRUSTED_PROXIES`, `WAYBILL_BODY_LIMIT_BYTES`, `WAYBILL_REQUEST_TIMEOUT_SECS`,
    /// `WAYBILL_HTTP_CONNECTIONS_MAX`, `WAYBILL_SHUTDOWN_GRACE_SECS`, `WAYBILL_COOKIE_SECURE`.
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            listen: reader.address(&LISTEN),
            frontend: reader.list(&FRONTEND_URL, Origin::parse),
            public: reader.list(&PUBLIC_URL, Origin::parse),
            node_name: reader.text(&NODE_NAME),
            trusted_proxies: reader.integer(&TRUSTED_PROXIES),
            body_limit: reader.integer(&BODY_LIMIT),
            request_timeout: reader.duration(&REQUEST_TIMEOUT),
            connections_max: reader.integer(&CONNECTIONS_MAX),
            shutdown_grace: reader.duration(&SHUTDOWN_GRACE),
            cookie_secure: reader.choice(
                &COOKIE_SECURE,
                CookieSecurity::named,
                CookieSecurity::Auto,
            ),
        }
    }

    /// Whether the session cookie carries `Secure`.
    #[must_use]
    pub fn secure_cookies(&self) -> bool {
        match self.cookie_secure {
            CookieSecurity::Auto => !self.listen.ip().is_loopback(),
            CookieSecurity::Always => true,
            CookieSecurity::Never => false,
        }
    }
}

/// Whether the session cookie is for https only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieSecurity {
    /// Yes, unless the server listens on loopback.
    Auto,
    /// Yes.
    Always,
    /// No.
    Never,
}

impl CookieSecurity {
    fn named(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "always" => Some(Self::Always),
            "never" => Some(Self::Never),
            _ => None,
        }
    }
}

/// A web origin in the form in which a browser sends it: scheme, host in lower case, and the port
/// unless it is the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin(String);

impl Origin {
    /// Parses `https://shop.example` or `http://localhost:3006/`. Refuses wildcards, paths, and schemes
    /// other than http and https; the error says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = url::Url::parse(text).map_err(|error| format!("{text:?}: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("{text:?} is neither http nor https"));
        }
        if url.host_str().is_some_and(|host| host.contains('*')) {
            return Err(format!("{text:?} holds a wildcard"));
        }
        let more_than_origin = url.path() != "/"
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some();
        if more_than_origin {
            return Err(format!("{text:?} has more than scheme, host and port"));
        }
        Ok(Self(url.origin().ascii_serialization()))
    }

    /// As a browser sends it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
