//! Reads cookies from a request's headers (RFC 6265, section 5.4 as servers see it).

use axum::http::{HeaderMap, header};

/// The cookie in which the shops' own log-in keeps its token.
pub const ACCESS_TOKEN_COOKIE: &str = "accessToken";
/// Waybill's own session cookie.
pub const SESSION_COOKIE: &str = "waybill_session";

/// The value of the first cookie of that name, which is the one with the most specific path. Quotes around
/// it are taken off; an empty value is none.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim())
        .map(|value| {
            value
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'))
                .unwrap_or(value)
        })
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        let lines = lines
            .iter()
            .map(|line| (header::COOKIE, HeaderValue::from_str(line).unwrap()));
        lines.collect()
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        for (lines, expected) in [
            (vec!["accessToken=abc"], Some("abc")),
            (vec!["theme=dark; accessToken=abc; x=y"], Some("abc")),
            (vec!["theme=dark;accessToken=abc"], Some("abc")),
            (vec!["theme=dark", "accessToken=abc"], Some("abc")),
            (vec!["accessToken=\"abc\""], Some("abc")),
            (vec!["accessToken=a=b"], Some("a=b")),
            (vec!["accessToken=first; accessToken=second"], Some("first")),
            (vec!["xaccessToken=abc"], None),
            (vec!["AccessToken=abc"], None),
            (vec!["x=accessToken=abc"], None),
            (vec!["accessToken"], None),
            (vec!["accessToken="], None),
            (vec![], None),
        ] {
            assert_eq!(
                cookie(&headers(&lines), ACCESS_TOKEN_COOKIE),
                expected,
                "{lines:?}"
            );
        }
    }
}
