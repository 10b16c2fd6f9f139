//! The order's summary as of an event, for clients that keep filtered lists without fetching.

use std::num::NonZeroUsize;
use std::sync::Arc;

use bytes::Bytes;
use lru::LruCache;
use waybill_domain::{Audience, FoldedOrder, OrderId};
use waybill_infra::log::LogEvent;
use waybill_infra::orders::{LoadOrderError, Orders};

/// Orders remembered from one event to the next.
const FOLDS: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// Makes summaries for one reader that goes through events in order.
///
/// What a reader has just seen it folds on by itself, so that a replay from the beginning loads nothing.
pub struct Summaries {
    orders: Orders,
    /// Made when first needed: most readers never ask.
    folds: Option<LruCache<OrderId, Arc<FoldedOrder>>>,
}

impl Summaries {
    /// Nothing remembered yet.
    #[must_use]
    pub fn new(orders: Orders) -> Self {
        Self {
            orders,
            folds: None,
        }
    }

    /// The summary of `event`'s order as of `event`, as JSON that `audience` may see. Made once an
    /// audience and kept with the event. Nothing if the order cannot be read.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn of(
        &mut self,
        event: &LogEvent,
        audience: Audience,
    ) -> Result<Option<Bytes>, LoadOrderError> {
        event
            .summary(audience, async {
                let folded = self.order_after(event).await?;
                Ok(folded.map(|f| f.summary(audience).to_string().into()))
            })
            .await
    }

    /// Forgets every order: the log is no longer the one that they were folded from.
    pub fn forget(&mut self) {
        self.folds = None;
    }

    /// `event`'s order as of `event`, whole, for who renders it otherwise. Nothing if it cannot be read.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn order_after(
        &mut self,
        event: &LogEvent,
    ) -> Result<Option<Arc<FoldedOrder>>, LoadOrderError> {
        let envelope = &event.envelope;
        let Ok(change) = &event.event else {
            return Ok(None);
        };
        let folds = self.folds.get_or_insert_with(|| LruCache::new(FOLDS));
        let before = match folds.pop(&envelope.order_id) {
            Some(before) if before.version + 1 == envelope.version => Some(before),
            _ if envelope.version == 1 => Some(Arc::new(FoldedOrder::new(envelope.order_id))),
            _ => None,
        };
        let folded = match before {
            Some(mut before) => {
                Arc::make_mut(&mut before).apply(envelope, change);
                Some(before)
            }
            None => match self.orders.after(event).await {
                // An unreadable event further back: the order cannot be shown, the event can.
                Err(LoadOrderError::Unreadable { .. }) => None,
                other => other?,
            },
        };
        if let Some(folded) = &folded {
            folds.put(envelope.order_id, Arc::clone(folded));
        }
        Ok(folded)
    }
}
