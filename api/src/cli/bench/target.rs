//! Which server is measured, and who we are to it.

use std::time::Duration;

use anyhow::Context as _;
use chrono::Utc;
use serde::Deserialize;
use url::{Host, Url};
use uuid::Uuid;

use crate::auth::{Minter, Role, TokenRequest};
use crate::config::auth::TOKEN_SECRET;
use crate::config::{AuthConfig, Sources};

/// Longest wait for an answer; a server that takes longer has failed the command.
const PATIENCE: Duration = Duration::from_secs(15);

/// A server that may be written to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    base: Url,
    authority: (String, u16),
}

impl Target {
    /// Takes an address of this machine, or one that was confirmed by naming its host again.
    pub(super) fn new(url: &Url, confirmed: Option<&str>) -> anyhow::Result<Self> {
        anyhow::ensure!(
            url.scheme() == "http",
            "--url must begin with http://: the bench speaks no TLS, so point it behind the proxy that ends it"
        );
        let port = url.port_or_known_default().unwrap_or(80);
        let here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => anyhow::bail!("--url names no host"),
        };
        let host = url.host_str().unwrap_or_default();
        anyhow::ensure!(
            here || confirmed == Some(host),
            "{host} is another machine, and the bench writes real orders, which nothing takes away again; if that is \
             wanted, add --yes-write-to {host}"
        );
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        Ok(Self {
            base: url.clone(),
            authority: (bare.to_owned(), port),
        })
    }

    /// Host and port, for a connection.
    pub(super) fn authority(&self) -> (&str, u16) {
        (&self.authority.0, self.authority.1)
    }

    /// The address of an endpoint.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base.as_str().trim_end_matches('/'))
    }

    /// The address of the WebSocket.
    pub(super) fn socket(&self) -> String {
        self.at("/v1/ws").replacen("http://", "ws://", 1)
    }
}

/// Where tokens come from.
pub(super) enum Credentials {
    /// One that was given, for everything.
    Given(String),
    /// Ours: everybody is somebody of his own, as in life, so that limits for one account hold nobody up.
    Minted {
        minter: Box<Minter>,
        lifetime: Duration,
    },
}

impl Credentials {
    /// A given token; or else the secret, from the command line or the settings.
    pub(super) fn new(
        token: Option<&str>,
        secret: Option<&str>,
        mut sources: Sources,
        lifetime: Duration,
    ) -> anyhow::Result<Self> {
        if let Some(token) = token {
            return Ok(Self::Given(token.to_owned()));
        }
        if let Some(secret) = secret {
            sources.flag(&TOKEN_SECRET, "--secret", secret);
        }
        anyhow::ensure!(
            sources.is_set(&TOKEN_SECRET),
            "whose orders are these? Give --token with a token of staff or of a service, or --secret \
             (ACCESS_TOKEN_SECRET) with the server's own secret, from which tokens are made"
        );
        let config = AuthConfig::load(&sources)?;
        let lifetime = lifetime.min(config.lifetime_max);
        let minter = Box::new(Minter::new(&config)?);
        Ok(Self::Minted { minter, lifetime })
    }

    /// A token for `subject` in `role`, or the one that was given.
    pub(super) fn token(&self, subject: &str, role: Role) -> anyhow::Result<String> {
        match self {
            Self::Given(token) => Ok(token.clone()),
            Self::Minted { minter, lifetime } => {
                let request = TokenRequest {
                    subject: subject.parse()?,
                    roles: vec![role],
                    lifetime: *lifetime,
                    session_id: None,
                };
                Ok(minter.mint(&request, Utc::now())?)
            }
        }
    }
}

#[derive(Deserialize)]
struct Me {
    roles: Vec<String>,
}

/// A problem, as the server tells it.
#[derive(Deserialize)]
pub(super) struct Problem {
    pub(super) code: String,
    #[serde(default)]
    pub(super) detail: String,
}

/// A client for `connections` requests at once.
pub(super) fn http(connections: usize) -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(connections)
        .tcp_nodelay(true)
        .timeout(PATIENCE)
        .build()?)
}

/// Asks the server who the bearer of `token` is, and whether he may do what the bench does.
pub(super) async fn introduce(
    http: &reqwest::Client,
    target: &Target,
    token: &str,
) -> anyhow::Result<()> {
    let (host, port) = target.authority();
    let answer = http
        .get(target.at("/v1/me"))
        .bearer_auth(token)
        .send()
        .await
        .map_err(reqwest::Error::without_url)
        .with_context(|| format!("no server answers at {host}:{port} (--url)"))?;
    let status = answer.status();
    let body = answer.bytes().await?;
    if !status.is_success() {
        let problem: Option<Problem> = serde_json::from_slice(&body).ok();
        let Some(problem) = problem else {
            anyhow::bail!(
                "what answers at {host}:{port} is no Waybill: /v1/me was answered with {status}"
            );
        };
        let advice = if status.as_u16() == 401 {
            "; is it from the same secret and ISSUER as the server's?"
        } else {
            ""
        };
        anyhow::bail!(
            "the server refuses the token: {} ({}){advice}",
            problem.detail,
            problem.code
        );
    }
    let me: Me = serde_json::from_slice(&body)
        .with_context(|| format!("what answers at {host}:{port} is no Waybill"))?;
    let may = |role: &str| matches!(role, "staff" | "admin" | "service");
    anyhow::ensure!(
        me.roles.iter().any(|role| may(role)),
        "the bench places orders and moves them along, for which it needs a token of staff, admin or service; this \
         one is for {}",
        me.roles.join(", ")
    );
    Ok(())
}

/// The names that a run gives: everything of it can be found again by them.
#[derive(Clone, Debug)]
pub(super) struct Names {
    run: String,
}

impl Names {
    pub(super) fn new() -> Self {
        let random = Uuid::new_v4().simple().to_string();
        Self {
            run: format!("bench-{}", &random[..8]),
        }
    }

    /// What references, customers and accounts of the run begin with.
    pub(super) fn run(&self) -> &str {
        &self.run
    }

    /// The customer that client `nth` is.
    pub(super) fn customer(&self, nth: usize) -> String {
        format!("{}-{nth}", self.run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str, confirmed: Option<&str>) -> Result<Target, String> {
        Target::new(&url.parse().unwrap(), confirmed).map_err(|error| error.to_string())
    }

    #[test]
    fn another_machine_is_written_to_only_if_it_is_named_again() {
        for here in [
            "http://127.0.0.1:8080",
            "http://localhost",
            "http://[::1]:80/",
        ] {
            assert!(target(here, None).is_ok(), "{here}");
        }
        let refused = target("http://shop.test:8080", None).unwrap_err();
        assert!(refused.contains("--yes-write-to shop.test"), "{refused}");
        assert!(target("http://10.0.0.7", Some("10.0.0.8")).is_err());
        assert!(target("http://shop.test:8080", Some("shop.test")).is_ok());
        assert!(
            target("https://127.0.0.1", None)
                .unwrap_err()
                .contains("TLS")
        );
    }

    #[test]
    fn addresses_are_made_whether_or_not_the_base_ends_in_a_slash() {
        for base in ["http://[::1]:80/api", "http://[::1]:80/api/"] {
            let target = target(base, None).unwrap();
            assert_eq!(target.socket(), "ws://[::1]/api/v1/ws");
            assert_eq!(target.authority(), ("::1", 80));
        }
    }
}
