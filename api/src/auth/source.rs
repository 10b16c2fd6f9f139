//! Where the keys of the moment come from: fixed ones, or a published set that is fetched, refreshed in
//! the background, and fetched again when a token names a key that is not known.
//!
//! Bounds: one fetch at a time, never two within the configured minimum, a time-out, a largest size.
//! While fetching fails the last keys are believed for the configured time, then none.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwapOption;
use jsonwebtoken::Algorithm;
use tokio::{sync::Mutex, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{AuthError, KeyError, keys::KeySet};
use crate::config::{AuthConfig, KeySource};

/// Largest key set that is read. Sets of large providers have some 10 KiB.
const SET_BYTES_MAX: usize = 256 * 1024;

pub(super) struct Keys {
    origin: Origin,
    accepted: Vec<Algorithm>,
    refresh: Duration,
    refetch_min: Duration,
    stale_max: Duration,
    current: ArcSwapOption<Fetched>,
    /// When the last fetch began; held during a fetch, so that there is one at a time.
    last_try: Mutex<Option<Instant>>,
}

enum Origin {
    Fixed,
    Url {
        client: reqwest::Client,
        url: url::Url,
    },
    File(PathBuf),
}

struct Fetched {
    set: KeySet,
    at: Instant,
}

/// The keys of one moment; stays valid while a newer set replaces it.
pub(super) struct CurrentKeys(Arc<Fetched>);

impl CurrentKeys {
    pub(super) fn set(&self) -> &KeySet {
        &self.0.set
    }
}

impl Keys {
    /// Fails on a secret or a file that can't be used. A set that can't be fetched is no failure: the
    /// issuer may start after us, and tokens are refused until then.
    pub(super) async fn open(config: &AuthConfig) -> Result<Self, KeyError> {
        let accepted: Vec<Algorithm> = config
            .algorithms
            .iter()
            .map(|&algorithm| algorithm.into())
            .collect();
        let (origin, fixed) = match &config.keys {
            KeySource::Secret(secret) => (Origin::Fixed, Some(KeySet::from_secret(secret))),
            KeySource::PemFile(file) => {
                let text = tokio::fs::read_to_string(file)
                    .await
                    .map_err(|source| unreadable(file, source))?;
                (Origin::Fixed, Some(KeySet::from_pem(&text, &accepted)?))
            }
            KeySource::JwksUrl(url) => (
                Origin::Url {
                    client: client(url, config.jwks_timeout)?,
                    url: url.clone(),
                },
                None,
            ),
            KeySource::JwksFile(file) => (Origin::File(file.clone()), None),
        };
        let is_file = matches!(origin, Origin::File(_));
        let keys = Self {
            origin,
            accepted,
            refresh: config.jwks_refresh,
            refetch_min: config.jwks_refetch_min,
            stale_max: config.jwks_stale_max,
            current: ArcSwapOption::from_pointee(fixed.map(|set| Fetched {
                set,
                at: Instant::now(),
            })),
            last_try: Mutex::new(None),
        };
        match keys.fetch_again().await {
            Err(error) if is_file => return Err(error),
            Err(error) => tracing::warn!(%error, "the issuer's keys are not there yet"),
            Ok(_) => {}
        }
        Ok(keys)
    }

    /// The keys to believe now.
    pub(super) fn current(&self) -> Result<CurrentKeys, AuthError> {
        let fetched = self.current.load_full().ok_or(AuthError::KeysUnavailable)?;
        let too_old =
            !matches!(self.origin, Origin::Fixed) && fetched.at.elapsed() > self.stale_max;
        if too_old {
            Err(AuthError::KeysUnavailable)
        } else {
            Ok(CurrentKeys(fetched))
        }
    }

    /// Looks for a newer set, unless that was done just now. Says whether there may be one that the
    /// caller hasn't seen.
    pub(super) async fn look_again(&self) -> bool {
        match self.fetch_again().await {
            Ok(changed) => changed,
            Err(error) => {
                tracing::warn!(%error, "the issuer's keys can't be fetched; the last ones are kept");
                false
            }
        }
    }

    /// Keeps the set fresh until `stop`. Returns at once for fixed keys.
    pub(super) async fn keep_fresh(&self, stop: CancellationToken) {
        if matches!(self.origin, Origin::Fixed) {
            // Nothing to do, but not done either: a task that ends early counts as failed.
            return stop.cancelled().await;
        }
        let mut pause = self.refresh;
        while stop
            .run_until_cancelled(tokio::time::sleep(pause))
            .await
            .is_some()
        {
            pause = match self.fetch_again().await {
                Ok(_) => self.refresh,
                Err(error) => {
                    tracing::warn!(%error, "the issuer's keys can't be fetched; the last ones are kept");
                    metrics::counter!("waybill_auth_key_fetch_failures_total").increment(1);
                    self.refetch_min.min(self.refresh)
                }
            };
        }
    }

    async fn fetch_again(&self) -> Result<bool, KeyError> {
        let seen = self.current.load_full().map(|fetched| fetched.at);
        let mut last_try = self.last_try.lock().await;
        let now = self.current.load_full().map(|fetched| fetched.at);
        if now != seen {
            // Somebody else fetched while we waited for the lock.
            return Ok(true);
        }
        if last_try.is_some_and(|at| at.elapsed() < self.refetch_min) {
            return Ok(false);
        }
        let json = match &self.origin {
            Origin::Fixed => return Ok(false),
            Origin::Url { client, url } => {
                *last_try = Some(Instant::now());
                fetch(client, url.clone()).await?
            }
            Origin::File(file) => {
                *last_try = Some(Instant::now());
                read(file).await?
            }
        };
        let set = KeySet::from_jwks(&json, &self.accepted)?;
        self.current.store(Some(Arc::new(Fetched {
            set,
            at: Instant::now(),
        })));
        Ok(true)
    }
}

fn client(url: &url::Url, timeout: Duration) -> Result<reqwest::Client, KeyError> {
    let builder = reqwest::Client::builder()
        .timeout(timeout)
        // Where a redirect leads nobody has vouched for.
        .redirect(reqwest::redirect::Policy::none());
    // Loopback is allowed without TLS, and no proxy leads there.
    let builder = if url.scheme() == "http" {
        builder.no_proxy()
    } else {
        builder.https_only(true)
    };
    Ok(builder.build()?)
}

async fn fetch(client: &reqwest::Client, url: url::Url) -> Result<Vec<u8>, KeyError> {
    let mut response = client
        .get(url)
        .header("accept", "application/json")
        .send()
        .await
        .map_err(without_url)?;
    if !response.status().is_success() {
        return Err(KeyError::Status(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(without_url)? {
        if body.len() + chunk.len() > SET_BYTES_MAX {
            return Err(KeyError::TooLarge {
                limit: SET_BYTES_MAX,
            });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The address may hold a key of its own in its query; it doesn't belong into a log.
fn without_url(error: reqwest::Error) -> KeyError {
    KeyError::Fetch(error.without_url())
}

async fn read(file: &Path) -> Result<Vec<u8>, KeyError> {
    let size = tokio::fs::metadata(file)
        .await
        .map_err(|source| unreadable(file, source))?
        .len();
    if size > SET_BYTES_MAX as u64 {
        return Err(KeyError::TooLarge {
            limit: SET_BYTES_MAX,
        });
    }
    tokio::fs::read(file)
        .await
        .map_err(|source| unreadable(file, source))
}

fn unreadable(file: &Path, source: std::io::Error) -> KeyError {
    KeyError::File {
        file: file.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
