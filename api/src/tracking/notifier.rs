//! How a link reaches the guest who asked for it.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use waybill_domain::{Email, OrderNumber};

/// What is to be sent. It has no `Debug`: whoever reads it can see the order.
pub struct Notice {
    /// To whom: the order's own address, not what the guest typed.
    pub to: Email,
    /// About which order.
    pub order_number: OrderNumber,
    /// The link.
    pub url: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Why it was not sent. Must not hold the address or the link.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotifyError(pub String);

/// Sends links.
pub trait Notifier: Send + Sync {
    /// Sends one. Not called again for the same request if it fails: the guest can ask again.
    fn send(&self, notice: Notice) -> BoxFuture<'_, Result<(), NotifyError>>;
}

/// Writes links into the log: for development only, since whoever reads the log can then see the orders. The
/// address is left out even so.
pub struct LogNotifier;

impl Notifier for LogNotifier {
    fn send(&self, notice: Notice) -> BoxFuture<'_, Result<(), NotifyError>> {
        tracing::warn!(
            order_number = %notice.order_number,
            url = notice.url,
            expires_at = %notice.expires_at,
            "a tracking link would be sent (WAYBILL_TRACKING_NOTIFIER=log is for development only)"
        );
        Box::pin(std::future::ready(Ok(())))
    }
}
