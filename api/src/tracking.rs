//! Tracking links: issuing them, and sending them to guests who ask.
//!
//! A guest's request is answered before anything is looked up. It waits in a bounded queue, and one task looks
//! into one after the other; so neither the answer, nor its time, nor whether it can be given at all hangs on the
//! order. For the same reason no metric tells what became of requests: `/metrics` may be open.

pub mod notifier;
mod requests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use url::Url;
use waybill_domain::OrderId;
use waybill_infra::orders::Orders;
use waybill_infra::revocations::Revocations;

use crate::auth::{AuthError, Authenticator, TrackingPass};
use crate::config::{Config, HttpConfig, TrackingConfig};
use notifier::Notifier;
pub use requests::{Request, Worker};

/// A link just issued.
pub struct IssuedLink {
    /// What its holder shows.
    pub token: String,
    /// The page, with the token as the fragment.
    pub url: String,
    /// What it lets its holder see, and until when.
    pub pass: TrackingPass,
}

/// Why no link was issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The database could not be asked.
    #[error("the link could not be recorded: {0}")]
    Database(#[from] sqlx::Error),
    /// The token could not be made.
    #[error("the token could not be signed: {0}")]
    Token(#[from] AuthError),
}

/// Issues links. Cheap to clone.
#[derive(Clone)]
pub struct Links {
    revocations: Revocations,
    auth: Authenticator,
    page: Arc<Url>,
}

impl Links {
    /// `page` is where links lead to.
    #[must_use]
    pub fn new(revocations: Revocations, auth: Authenticator, page: Url) -> Self {
        Self {
            revocations,
            auth,
            page: Arc::new(page),
        }
    }

    /// A fresh link of an order, which the caller knows to exist.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn issue(
        &self,
        order: OrderId,
        lifetime: Duration,
    ) -> Result<IssuedLink, IssueError> {
        let times = self.revocations.issue_link(order, lifetime).await?;
        let keys = self.auth.links();
        let (token, pass) = keys.issue(order, times.issued_at, times.expires_at)?;
        let mut url = Url::clone(&self.page);
        url.set_fragment(Some(&token));
        Ok(IssuedLink {
            token,
            url: url.into(),
            pass,
        })
    }
}

/// What the handlers need.
pub struct Tracking {
    /// Issues links.
    pub links: Links,
    requests: requests::Desk,
}

impl Tracking {
    /// The parts, and the task that looks into requests, to be run by a serving node.
    #[must_use]
    pub fn new(
        config: &Config,
        links: Links,
        orders: Orders,
        notifier: Option<Arc<dyn Notifier>>,
    ) -> (Self, Worker) {
        // As many addresses and numbers as other callers whose rate is remembered.
        let remembered = config.limits.rate_callers_max;
        let config = &config.tracking;
        let (sender, receiver) = mpsc::channel(config.queue);
        let worker = Worker::new(
            config,
            remembered,
            links.clone(),
            orders,
            notifier,
            receiver,
        );
        let requests = requests::Desk::new(config, remembered, sender);
        (Self { links, requests }, worker)
    }

    /// Takes a request in, or says how long its address has to wait. What becomes of it is told to nobody.
    ///
    /// # Errors
    /// For how long no further request of this address is taken.
    pub fn ask(&self, request: Request, address: Option<std::net::IpAddr>) -> Result<(), Duration> {
        self.requests.ask(request, address)
    }
}

/// Where links lead to: the configured page, or the service's own.
#[must_use]
pub fn page(config: &TrackingConfig, http: &HttpConfig, bound: SocketAddr) -> Option<Url> {
    if let Some(page) = &config.page_url {
        return Some(page.clone());
    }
    let own = match http.public.first() {
        Some(public) => public.as_str().to_owned(),
        // Listening everywhere is no address to go to.
        None if bound.ip().is_unspecified() => format!("http://127.0.0.1:{}", bound.port()),
        None => format!("http://{bound}"),
    };
    Url::parse(&own).ok()?.join("/track").ok()
}

#[cfg(test)]
mod tests;
