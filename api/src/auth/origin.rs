//! Which pages may call from a browser.

use std::{collections::BTreeSet, net::SocketAddr};

use axum::http::{HeaderMap, HeaderValue, Method, header};

use super::CredentialKind;
use crate::config::HttpConfig;

/// What a browser says of how the page that asks stands to us (W3C Fetch Metadata).
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// The exact list of origins whose pages may call: those of `FRONTEND_URL`, and this server's own.
#[derive(Debug, Clone)]
pub struct AllowedOrigins(BTreeSet<String>);

impl AllowedOrigins {
    /// `bound` is the address that is really listened on, whose port may have been left open. On loopback
    /// its own page is reached under three names; elsewhere `WAYBILL_PUBLIC_URL` says under which.
    #[must_use]
    pub fn new(config: &HttpConfig, bound: SocketAddr) -> Self {
        let named = config
            .frontend
            .iter()
            .chain(&config.public)
            .map(|origin| origin.as_str().to_owned());
        let mut origins: BTreeSet<String> = named.collect();
        if config.public.is_empty() && bound.ip().is_loopback() {
            let port = bound.port();
            origins.extend(
                ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("http://{host}:{port}")),
            );
        }
        Self(origins)
    }

    /// Whether an `Origin` header's value is on the list.
    #[must_use]
    pub fn contains(&self, origin: &HeaderValue) -> bool {
        origin.to_str().is_ok_and(|origin| self.0.contains(origin))
    }

    /// The list, for CORS.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether a request may act with its credential. One that changes something and was recognised by a
    /// cookie, which the browser sends by itself, must come from a page on the list.
    #[must_use]
    pub fn permit_request(
        &self,
        method: &Method,
        headers: &HeaderMap,
        credential: CredentialKind,
    ) -> bool {
        let safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        safe || !credential.is_cookie()
            || headers
                .get(header::ORIGIN)
                .is_some_and(|origin| self.contains(origin))
    }

    /// Whether a socket may be opened: CORS doesn't guard them. A browser always says from where, so a
    /// missing origin is only fine where no cookie speaks for the caller (`credential` is `None` when
    /// the token comes later).
    #[must_use]
    pub fn permit_upgrade(&self, headers: &HeaderMap, credential: Option<CredentialKind>) -> bool {
        match headers.get(header::ORIGIN) {
            Some(origin) => self.contains(origin),
            None => !credential.is_some_and(CredentialKind::is_cookie),
        }
    }

    /// Whether a stream may be opened. Its page can read it only if CORS lets it; but a cookie that comes
    /// by itself must not keep one open for a page that can't. Browsers send no origin to their own, and none
    /// where a foreign page asks for an image or the like; but then they say how the page stands to us.
    #[must_use]
    pub fn permit_stream(&self, headers: &HeaderMap, credential: CredentialKind) -> bool {
        if !credential.is_cookie() {
            return true;
        }
        match headers.get(header::ORIGIN) {
            Some(origin) => self.contains(origin),
            None => headers
                .get(SEC_FETCH_SITE)
                .is_none_or(|site| site == "same-origin" || site == "none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    fn allowed(variables: &[(&str, &str)], bound: &str) -> AllowedOrigins {
        let base = [
            ("DATABASE_URL", "postgres://db/waybill"),
            ("ACCESS_TOKEN_SECRET", "0123456789abcdef0123456789abcdef"),
            ("FRONTEND_URL", "https://shop.example"),
        ];
        let config = Config::load(&Sources::from_variables(
            base.iter().chain(variables).copied(),
        ))
        .unwrap();
        AllowedOrigins::new(&config.http, bound.parse().unwrap())
    }

    fn from(origin: Option<&'static str>) -> HeaderMap {
        origin
            .into_iter()
            .map(|origin| (header::ORIGIN, HeaderValue::from_static(origin)))
            .collect()
    }

    #[test]
    fn the_own_page_is_on_the_list_under_loopback_or_its_public_name() {
        let local: Vec<String> = allowed(&[], "127.0.0.1:9")
            .iter()
            .map(str::to_owned)
            .collect();
        assert_eq!(
            local,
            [
                "http://127.0.0.1:9",
                "http://[::1]:9",
                "http://localhost:9",
                "https://shop.example"
            ]
        );
        let open = allowed(&[], "10.0.0.1:9");
        assert_eq!(open.iter().collect::<Vec<_>>(), ["https://shop.example"]);
        let named = allowed(
            &[("WAYBILL_PUBLIC_URL", "https://orders.example")],
            "127.0.0.1:9",
        );
        assert_eq!(
            named.iter().collect::<Vec<_>>(),
            ["https://orders.example", "https://shop.example"]
        );
    }

    #[test]
    fn a_change_by_cookie_needs_an_origin_on_the_list() {
        let allowed = allowed(&[], "10.0.0.1:9");
        let cookie = CredentialKind::AccessTokenCookie;
        for (method, origin, credential, permitted) in [
            (Method::POST, Some("https://shop.example"), cookie, true),
            (
                Method::POST,
                Some("https://shop.example"),
                CredentialKind::SessionCookie,
                true,
            ),
            (Method::POST, Some("https://evil.example"), cookie, false),
            (
                Method::POST,
                Some("https://shop.example.evil.example"),
                cookie,
                false,
            ),
            (Method::POST, Some("null"), cookie, false),
            (Method::POST, None, cookie, false),
            (Method::PATCH, None, CredentialKind::SessionCookie, false),
            (Method::DELETE, None, cookie, false),
            (Method::GET, Some("https://evil.example"), cookie, true),
            (
                Method::POST,
                Some("https://evil.example"),
                CredentialKind::Bearer,
                true,
            ),
            (Method::POST, None, CredentialKind::Bearer, true),
        ] {
            assert_eq!(
                allowed.permit_request(&method, &from(origin), credential),
                permitted,
                "{method} {origin:?} {credential:?}"
            );
        }
    }

    #[test]
    fn a_socket_needs_an_origin_on_the_list_unless_no_browser_opens_it() {
        let allowed = allowed(&[], "10.0.0.1:9");
        for (origin, credential, permitted) in [
            (Some("https://shop.example"), None, true),
            (Some("https://evil.example"), None, false),
            (
                Some("https://evil.example"),
                Some(CredentialKind::Bearer),
                false,
            ),
            (None, None, true),
            (None, Some(CredentialKind::Bearer), true),
            (None, Some(CredentialKind::SessionCookie), false),
        ] {
            assert_eq!(
                allowed.permit_upgrade(&from(origin), credential),
                permitted,
                "{origin:?} {credential:?}"
            );
        }
    }

    #[test]
    fn a_stream_by_cookie_is_not_for_pages_that_could_not_read_it() {
        let allowed = allowed(&[], "10.0.0.1:9");
        let cookie = CredentialKind::SessionCookie;
        for (origin, credential, permitted) in [
            (None, cookie, true),
            (Some("https://shop.example"), cookie, true),
            (Some("https://evil.example"), cookie, false),
            (Some("null"), cookie, false),
            (Some("https://evil.example"), CredentialKind::Bearer, true),
        ] {
            assert_eq!(
                allowed.permit_stream(&from(origin), credential),
                permitted,
                "{origin:?} {credential:?}"
            );
        }
    }
}
