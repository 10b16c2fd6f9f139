//! The caller's address, through as many proxies as are ours.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap},
};

/// The caller's address, where it is known. Kept in the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl ClientAddress {
    /// Each proxy appends the address that it was called from to `X-Forwarded-For`. So, counted from the
    /// end and beginning with the peer itself, the entries are as true as the proxies that wrote them: with
    /// `trusted` proxies of ours the entry after them is the caller. What stands before it he may have
    /// invented.
    pub(super) fn of(extensions: &Extensions, headers: &HeaderMap, trusted: usize) -> Self {
        let peer = extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| info.0.ip());
        if trusted == 0 {
            return Self(peer);
        }
        let entries = headers
            .get_all("x-forwarded-for")
            .into_iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .map(|entry| parse(entry.trim()));
        let mut chain: Vec<Option<IpAddr>> = entries.collect();
        chain.push(peer);
        let at = chain.len().saturating_sub(1 + trusted);
        Self(chain[at].or(peer))
    }
}

/// An address, with or without a port.
fn parse(entry: &str) -> Option<IpAddr> {
    let with_port = || entry.parse::<SocketAddr>().map(|address| address.ip()).ok();
    entry
        .trim_matches(['[', ']'])
        .parse()
        .ok()
        .or_else(with_port)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn address(forwarded: &[&'static str], trusted: usize) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 9], 5))));
        let lines = forwarded.iter().map(|line| {
            (
                "x-forwarded-for".parse().unwrap(),
                HeaderValue::from_static(line),
            )
        });
        ClientAddress::of(&extensions, &lines.collect(), trusted)
            .0
            .unwrap()
            .to_string()
    }

    #[test]
    fn the_header_counts_as_far_as_our_proxies_wrote_it() {
        assert_eq!(address(&["1.1.1.1"], 0), "10.0.0.9");
        assert_eq!(address(&[], 1), "10.0.0.9");
        assert_eq!(address(&["6.6.6.6, 1.1.1.1"], 1), "1.1.1.1");
        assert_eq!(address(&["6.6.6.6, 1.1.1.1, 2.2.2.2"], 2), "1.1.1.1");
        assert_eq!(address(&["6.6.6.6", "1.1.1.1, 2.2.2.2"], 2), "1.1.1.1");
        assert_eq!(address(&["1.1.1.1"], 3), "1.1.1.1");
        assert_eq!(address(&["1.1.1.1:443"], 1), "1.1.1.1");
        assert_eq!(address(&["[2001:db8::1]"], 1), "2001:db8::1");
        assert_eq!(address(&["garbage"], 1), "10.0.0.9");
    }
}
