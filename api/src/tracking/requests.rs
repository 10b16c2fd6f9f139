//! Guests' requests for links: counted, queued, and looked into once they have been answered.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use waybill_domain::{Email, OrderKey, OrderNumber};
use waybill_infra::orders::Orders;

use super::Links;
use super::notifier::{Notice, Notifier};
use crate::config::TrackingConfig;
use crate::rate_limit::{HourlyLimit, network_of};

/// How long looking into one request may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a guest says. It has no `Debug`, so that the address gets into no log.
pub struct Request {
    /// Which order.
    pub order_number: OrderNumber,
    /// Where its links are to be sent, as he says.
    pub email: Email,
}

/// Where requests are taken in.
pub(super) struct Desk {
    addresses: HourlyLimit<IpAddr>,
    sender: mpsc::Sender<Request>,
}

impl Desk {
    pub(super) fn new(
        config: &TrackingConfig,
        remembered: usize,
        sender: mpsc::Sender<Request>,
    ) -> Self {
        Self {
            addresses: HourlyLimit::new(config.requests_per_hour, remembered),
            sender,
        }
    }

    pub(super) fn ask(&self, request: Request, address: Option<IpAddr>) -> Result<(), Duration> {
        self.addresses.check(&network_of(address))?;
        metrics::counter!("waybill_tracking_requests_total").increment(1);
        if self.sender.try_send(request).is_err() {
            // The guest is told what all are told: how busy we are would tell him how we looked.
            metrics::counter!("waybill_tracking_requests_forgotten_total").increment(1);
            tracing::warn!("too many requests for tracking links wait; one is forgotten");
        }
        Ok(())
    }
}

/// Looks into requests, one after the other.
pub struct Worker {
    links: Links,
    lifetime: Duration,
    orders: Orders,
    notifier: Option<Arc<dyn Notifier>>,
    sent: HourlyLimit<OrderNumber>,
    receiver: mpsc::Receiver<Request>,
}

impl Worker {
    pub(super) fn new(
        config: &TrackingConfig,
        remembered: usize,
        links: Links,
        orders: Orders,
        notifier: Option<Arc<dyn Notifier>>,
        receiver: mpsc::Receiver<Request>,
    ) -> Self {
        Self {
            links,
            lifetime: config.lifetime,
            orders,
            notifier,
            sent: HourlyLimit::new(config.links_per_hour, remembered),
            receiver,
        }
    }

    /// Works until `stop`. What waits then is forgotten, as after a crash: the guest can ask again.
    pub async fn run(mut self, stop: CancellationToken) {
        while let Some(Some(request)) = stop.run_until_cancelled(self.receiver.recv()).await {
            let looking = tokio::time::timeout(PATIENCE, self.look_into(request));
            match stop.run_until_cancelled(looking).await {
                Some(Ok(Ok(()))) => {}
                Some(Ok(Err(error))) => {
                    tracing::warn!(%error, "a request for a tracking link came to nothing");
                }
                Some(Err(elapsed)) => {
                    tracing::warn!(error = %elapsed, "a request for a tracking link came to nothing");
                }
                None => return,
            }
        }
    }

    async fn look_into(&self, request: Request) -> anyhow::Result<()> {
        let Some(notifier) = &self.notifier else {
            return Ok(());
        };
        let key: OrderKey = request.order_number.as_str().parse()?;
        let Some(names) = self.orders.find(&key).await? else {
            return Ok(());
        };
        // A shop's reference may look like a number; only the number counts here.
        if names.order_number != request.order_number {
            return Ok(());
        }
        let order = self.orders.load(names.order_id).await?;
        let address = order
            .as_deref()
            .and_then(|order| order.order.state()?.shipping_address.as_ref());
        let Some(email) = address.and_then(|address| address.email.clone()) else {
            return Ok(());
        };
        // Counted only now: whoever does not know the address cannot use up what is the customer's.
        if !is_same(&email, &request.email) || self.sent.check(&names.order_number).is_err() {
            return Ok(());
        }
        let issued = self.links.issue(names.order_id, self.lifetime).await?;
        let notice = Notice {
            to: email,
            order_number: names.order_number,
            url: issued.url,
            expires_at: issued.pass.expires_at,
        };
        notifier.send(notice).await?;
        Ok(())
    }
}

/// Whether both are the same address, in whatever case they are written. Compared as hashes, to the last byte,
/// so that the time does not tell how much of them agrees.
fn is_same(one: &Email, other: &Email) -> bool {
    let hash = |email: &Email| Sha256::digest(email.to_string().trim().to_lowercase());
    let differing = hash(one)
        .iter()
        .zip(hash(other))
        .fold(0, |all, (one, other)| all | (one ^ other));
    differing == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_the_same_in_any_case_and_differ_in_any_letter() {
        let email = |text: &str| -> Email { text.parse().unwrap() };
        let ada = email("Ada.Sample@Example.COM");
        for same in ["ada.sample@example.com", "ADA.SAMPLE@EXAMPLE.COM"] {
            assert!(is_same(&ada, &email(same)), "{same}");
        }
        for other in [
            "ada.sample@example.co",
            "bda.sample@example.com",
            "ada.sample@example.con",
            "ada@example.com",
        ] {
            assert!(!is_same(&ada, &email(other)), "{other}");
        }
    }
}
