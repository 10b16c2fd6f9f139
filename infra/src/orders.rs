//! Loading orders: folding their streams, with a bounded cache of those just handled.
//!
//! What is cached is never trusted for an answer by itself. Either it is read on from its version to
//! the stream's end, or what was decided on it is checked by the append.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use sqlx::Row;
use waybill_domain::stored::LoadError;
use waybill_domain::{CustomerId, FoldedOrder, OrderId, OrderKey, OrderNumber};

use crate::log::{Epoch, EventLog, LogEvent};

/// Events of one stream read at once.
const PAGE: usize = 1_000;

/// The unchanging names of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderNames {
    /// The order.
    pub order_id: OrderId,
    /// Its number for people.
    pub order_number: OrderNumber,
    /// Whose it is.
    pub customer_id: CustomerId,
}

/// Why an order could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadOrderError {
    /// One of its events cannot be read by this build.
    #[error("version {version} of order {order_id} cannot be read: {source}")]
    Unreadable {
        /// The order.
        order_id: OrderId,
        /// The version that the unreadable event made.
        version: u64,
        /// What is wrong with it.
        source: Arc<LoadError>,
    },
    /// The database could not be asked.
    #[error("the order could not be read: {0}")]
    Database(#[from] sqlx::Error),
}

/// With the epoch in which each was loaded: in another one it may be another order's past.
type Cache = LruCache<OrderId, (Epoch, Arc<FoldedOrder>)>;

/// Loads orders from the log. Cheap to clone.
#[derive(Clone)]
pub struct Orders {
    log: EventLog,
    cache: Arc<Mutex<Cache>>,
}

impl Orders {
    /// A loader that remembers at most `capacity` orders.
    #[must_use]
    pub fn new(log: EventLog, capacity: NonZeroUsize) -> Self {
        Self {
            log,
            cache: Arc::new(Mutex::new(LruCache::new(capacity))),
        }
    }

    /// The order as it stands in the database now, or nothing if there is none.
    ///
    /// # Errors
    /// [`LoadOrderError`].
    pub async fn load(&self, order: OrderId) -> Result<Option<Arc<FoldedOrder>>, LoadOrderError> {
        let epoch = self.epoch();
        let start = self.cached(order).unwrap_or_else(|| {
            metrics::counter!("waybill_orders_not_in_memory_total").increment(1);
            Arc::new(FoldedOrder::new(order))
        });
        let folded = self.read_on(start, None).await?;
        if folded.version == 0 {
            return Ok(None);
        }
        self.remember(epoch, Arc::clone(&folded));
        Ok(Some(folded))
    }

    /// The order as this node last saw it, which may be older than the database; loaded if need be.
    ///
    /// # Errors
    /// [`LoadOrderError`].
    pub async fn recent(&self, order: OrderId) -> Result<Option<Arc<FoldedOrder>>, LoadOrderError> {
        match self.cached(order) {
            Some(folded) => Ok(Some(folded)),
            None => self.load(order).await,
        }
    }

    /// The order as it was at `version`, or nothing if it never had it.
    ///
    /// # Errors
    /// [`LoadOrderError`].
    pub async fn at_version(
        &self,
        order: OrderId,
        version: u64,
    ) -> Result<Option<Arc<FoldedOrder>>, LoadOrderError> {
        let start = self
            .cached(order)
            .filter(|cached| cached.version <= version);
        let start = start.unwrap_or_else(|| Arc::new(FoldedOrder::new(order)));
        let folded = self.read_on(start, Some(version)).await?;
        Ok((version > 0 && folded.version == version).then_some(folded))
    }

    /// The order after `event`, which is taken from what is remembered or read from the log.
    ///
    /// # Errors
    /// [`LoadOrderError`].
    pub async fn after(
        &self,
        event: &LogEvent,
    ) -> Result<Option<Arc<FoldedOrder>>, LoadOrderError> {
        let epoch = self.epoch();
        let envelope = &event.envelope;
        if let (Some(before), Ok(change)) = (self.cached(envelope.order_id), &event.event)
            && before.version + 1 == envelope.version
        {
            let mut folded = FoldedOrder::clone(&before);
            folded.apply(envelope, change);
            let folded = Arc::new(folded);
            self.remember(epoch, Arc::clone(&folded));
            return Ok(Some(folded));
        }
        let folded = self.at_version(envelope.order_id, envelope.version).await?;
        if let Some(folded) = &folded {
            self.remember(epoch, Arc::clone(folded));
        }
        Ok(folded)
    }

    /// The order that `key` names, by id, number or reference. Never behind the log.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find(&self, key: &OrderKey) -> Result<Option<OrderNames>, sqlx::Error> {
        let (sql, value) = match key {
            OrderKey::Id(id) => (include_str!("sql/find_by_id.sql"), id.to_string()),
            OrderKey::NumberOrReference(name) => {
                (include_str!("sql/find_by_name.sql"), name.to_string())
            }
        };
        let mut session = self.log.db().session().await?;
        let row = sqlx::query(sql)
            .persistent(self.log.db().persistent())
            .bind(value)
            .fetch_optional(session.conn())
            .await?;
        let parse = |text: Result<&str, sqlx::Error>| text.map(str::to_owned);
        row.map(|row| {
            let bad = |e: &dyn std::fmt::Display| sqlx::Error::Decode(e.to_string().into());
            Ok(OrderNames {
                order_id: parse(row.try_get("order_id"))?
                    .parse()
                    .map_err(|e| bad(&e))?,
                order_number: parse(row.try_get("order_number"))?
                    .parse()
                    .map_err(|e| bad(&e))?,
                customer_id: parse(row.try_get("customer_id"))?
                    .parse()
                    .map_err(|e| bad(&e))?,
            })
        })
        .transpose()
    }

    /// The epoch in which what is loaded now is loaded.
    pub(crate) fn epoch(&self) -> Epoch {
        self.log.head().borrow().epoch
    }

    /// Keeps `folded`, which was made in `epoch`, for the next command; unless something newer is kept
    /// already, or the epoch is over: then it may be another order's past.
    pub(crate) fn remember(&self, epoch: Epoch, folded: Arc<FoldedOrder>) {
        if self.epoch() != epoch {
            return;
        }
        let mut cache = self.cache();
        let newer = cache
            .peek(&folded.order_id)
            .is_some_and(|(e, kept)| *e == epoch && kept.version > folded.version);
        if !newer {
            cache.put(folded.order_id, (epoch, folded));
        }
    }

    pub(crate) fn forget(&self, order: OrderId) {
        self.cache().pop(&order);
    }

    fn cached(&self, order: OrderId) -> Option<Arc<FoldedOrder>> {
        let epoch = self.epoch();
        self.cache()
            .get(&order)
            .filter(|(e, _)| *e == epoch)
            .map(|(_, folded)| Arc::clone(folded))
    }

    async fn read_on(
        &self,
        start: Arc<FoldedOrder>,
        upto: Option<u64>,
    ) -> Result<Arc<FoldedOrder>, LoadOrderError> {
        let mut folded = start;
        loop {
            let events = self
                .log
                .stream(folded.order_id, folded.version, upto, PAGE)
                .await?;
            let full = events.len() == PAGE;
            if !events.is_empty() {
                let changed = Arc::make_mut(&mut folded);
                for event in events {
                    match &event.event {
                        Ok(change) => changed.apply(&event.envelope, change),
                        Err(source) => {
                            return Err(LoadOrderError::Unreadable {
                                order_id: changed.order_id,
                                version: event.envelope.version,
                                source: Arc::clone(source),
                            });
                        }
                    }
                }
            }
            if !full {
                return Ok(folded);
            }
        }
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
