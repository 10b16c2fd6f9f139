//! From a command to its events: load, decide, append.
//!
//! Commands on one order queue behind each other within a node, so that a hot order does not fight
//! itself; across nodes the append finds the conflict. An answer that appends nothing is always decided
//! on freshly loaded state, and only after the command's key has been looked up once more.

use std::sync::Arc;

use sqlx::Row;
use uuid::Uuid;
use waybill_domain::{
    Actor, CommandId, CustomerId, DecisionContext, FoldedOrder, OrderCommand, OrderError, OrderId,
    OrderNumber, Policy, Reference, decide,
};

use crate::keyed_lock::KeyedLock;
use crate::log::{Append, AppendError, Appended, CommandKey, EventLog, Outcome, Receipt};
use crate::orders::{LoadOrderError, Orders};

/// Tries on freshly loaded state when other nodes keep changing the order.
const TRIES: usize = 5;

/// A command and everything that comes with it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The order; for a new one its id, chosen by the caller.
    pub order_id: OrderId,
    /// What is to be done.
    pub command: OrderCommand,
    /// Who wants it.
    pub actor: Actor,
    /// The version that the order must have, if the caller says so.
    pub expected_version: Option<u64>,
    /// By what a repeat is recognised, if the caller gave a key.
    pub key: Option<CommandKey>,
    /// Leads from the event to the request.
    pub correlation_id: String,
    /// What caused the request.
    pub causation_id: Option<String>,
}

/// A command that succeeded.
#[derive(Clone, Debug)]
pub struct Executed {
    /// What became of it.
    pub receipt: Receipt,
    /// The order at the receipt's version.
    pub order: Arc<FoldedOrder>,
}

/// Why a command did nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// There is no such order.
    #[error("there is no such order")]
    NotFound,
    /// The order's rules forbid it.
    #[error(transparent)]
    Refused(#[from] OrderError),
    /// The order is not at the version that the caller expected, or keeps moving.
    #[error("the order is at version {current}, not {expected}")]
    Conflict {
        /// What the caller expected, or the last version that was decided on.
        expected: u64,
        /// Where the order stands.
        current: u64,
    },
    /// The idempotency key belongs to another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// Another order has this reference.
    #[error("another order has this reference")]
    ReferenceTaken,
    /// Another order has this number.
    #[error("another order has this number")]
    NumberTaken,
    /// The log did not take it.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The order could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadOrderError),
}

impl From<sqlx::Error> for CommandError {
    fn from(error: sqlx::Error) -> Self {
        Self::Load(LoadOrderError::Database(error))
    }
}

/// Takes commands from load through decide to append. Cheap to clone.
#[derive(Clone)]
pub struct CommandHandler {
    log: EventLog,
    orders: Orders,
    policy: Policy,
    order_locks: Arc<KeyedLock<OrderId>>,
    key_locks: Arc<KeyedLock<[u8; 32]>>,
}

impl CommandHandler {
    /// A handler for the orders of `log`.
    #[must_use]
    pub fn new(log: EventLog, orders: Orders, policy: Policy) -> Self {
        Self {
            log,
            orders,
            policy,
            order_locks: Arc::default(),
            key_locks: Arc::default(),
        }
    }

    /// Does what `request` asks, once, however often it is sent under one key.
    ///
    /// # Errors
    /// [`CommandError`]; in every case but [`AppendError::OutcomeUnknown`] nothing was written.
    pub async fn execute(&self, request: Request) -> Result<Executed, CommandError> {
        // A repeat that comes while the first is under way waits for it, and then finds its answer.
        let _one_at_a_time = match &request.key {
            Some(key) => Some(self.key_locks.lock(key.key).await),
            None => None,
        };
        if let Some(receipt) = self.earlier(&request).await? {
            return self.tell_again(receipt).await;
        }
        let _in_turn = self.order_locks.lock(request.order_id).await;
        match self.decide_and_append(&request).await {
            // Perhaps refused only because the same request has just been done by another node.
            Err(
                error @ (CommandError::Refused(_)
                | CommandError::Conflict { .. }
                | CommandError::ReferenceTaken),
            ) => match self.earlier(&request).await? {
                Some(receipt) => self.tell_again(receipt).await,
                None => Err(error),
            },
            other => other,
        }
    }

    /// The answer that was given to this key before, for callers who must know before they look further.
    ///
    /// # Errors
    /// [`CommandError::KeyReused`], or that the database cannot be read.
    pub async fn replayed(&self, key: &CommandKey) -> Result<Option<Executed>, CommandError> {
        match self.look_up(key).await? {
            Some(receipt) => self.tell_again(receipt).await.map(Some),
            None => Ok(None),
        }
    }

    async fn decide_and_append(&self, request: &Request) -> Result<Executed, CommandError> {
        let creates = request.command.placing().is_some();
        let command_id = CommandId::from(Uuid::now_v7());
        let epoch = self.orders.epoch();
        let mut order = if creates {
            None
        } else {
            self.orders.recent(request.order_id).await?
        };
        let mut fresh = creates;
        let mut last = (0, 0);
        for _ in 0..TRIES {
            let before = match order.take() {
                Some(order) => order,
                None if creates => Arc::new(FoldedOrder::new(request.order_id)),
                None => return Err(CommandError::NotFound),
            };
            let decided = self.decide(request, &before);
            let settled = matches!(&decided, Ok(events) if !events.is_empty());
            if !settled && !fresh {
                order = self.orders.load(request.order_id).await?;
                fresh = true;
                continue;
            }
            let events = decided?;
            if events.is_empty() && request.key.is_none() {
                return Ok(unchanged(command_id, before));
            }
            let (customer_id, order_number, reference) =
                names(&before, &request.command).ok_or(CommandError::NotFound)?;
            let append = Append {
                key: request.key,
                command_id,
                order_id: request.order_id,
                expected_version: before.version,
                customer_id,
                order_number,
                reference,
                events,
                actor: request.actor.clone(),
                correlation_id: request.correlation_id.clone(),
                causation_id: request.causation_id.clone(),
            };
            match self.log.append(append).await? {
                Appended::Done(receipt, _) if receipt.repeated => {
                    return self.tell_again(receipt).await;
                }
                Appended::Done(receipt, events) => {
                    let mut after = Arc::unwrap_or_clone(before);
                    for event in &events {
                        if let Ok(change) = &event.event {
                            after.apply(&event.envelope, change);
                        }
                    }
                    let order = Arc::new(after);
                    self.orders.remember(epoch, Arc::clone(&order));
                    return Ok(Executed { receipt, order });
                }
                Appended::Conflict { current } => {
                    last = (before.version, current);
                    self.orders.forget(request.order_id);
                    if creates {
                        break;
                    }
                    order = self.orders.load(request.order_id).await?;
                    fresh = true;
                }
                Appended::NumberTaken => return Err(CommandError::NumberTaken),
                Appended::ReferenceTaken => return Err(CommandError::ReferenceTaken),
                Appended::KeyReused => return Err(CommandError::KeyReused),
            }
        }
        Err(CommandError::Conflict {
            expected: last.0,
            current: last.1,
        })
    }

    fn decide(
        &self,
        request: &Request,
        order: &FoldedOrder,
    ) -> Result<Vec<waybill_domain::OrderEvent>, CommandError> {
        let context = DecisionContext {
            actor: request.actor.clone(),
            now: crate::log::now(),
            policy: self.policy,
        };
        // Whether the caller may know of the order at all comes before what version it has.
        let events = decide(&order.order, &request.command, &context);
        if let Err(error) = &events
            && matches!(error, OrderError::NotFound | OrderError::NotYours)
        {
            return Err(CommandError::NotFound);
        }
        match request.expected_version {
            Some(expected) if expected != order.version => Err(CommandError::Conflict {
                expected,
                current: order.version,
            }),
            _ => Ok(events?),
        }
    }

    async fn earlier(&self, request: &Request) -> Result<Option<Receipt>, CommandError> {
        match &request.key {
            Some(key) => self.look_up(key).await,
            None => Ok(None),
        }
    }

    async fn look_up(&self, key: &CommandKey) -> Result<Option<Receipt>, CommandError> {
        let db = self.log.db();
        let mut session = db.session().await?;
        let row = sqlx::query(include_str!("sql/find_command.sql"))
            .persistent(db.persistent())
            .bind(key.key.as_slice())
            .fetch_optional(session.conn())
            .await?;
        let Some(row) = row else { return Ok(None) };
        if row.try_get::<&[u8], _>("request")? != key.request {
            return Err(CommandError::KeyReused);
        }
        let version = row.try_get::<i64, _>("version")?.cast_unsigned();
        Ok(Some(crate::log::receipt(&row, version)?))
    }

    async fn tell_again(&self, receipt: Receipt) -> Result<Executed, CommandError> {
        let order = self
            .orders
            .at_version(receipt.order_id, receipt.version)
            .await?;
        let order = order.ok_or(CommandError::NotFound)?;
        Ok(Executed { receipt, order })
    }
}

/// Under which names the log files the command's events; only a new order brings a reference.
fn names(
    before: &FoldedOrder,
    command: &OrderCommand,
) -> Option<(CustomerId, OrderNumber, Option<Reference>)> {
    match (command.placing(), before.order.state()) {
        (Some(create), _) => {
            let new = &create.order;
            Some((
                new.customer_id.clone(),
                create.order_number.clone(),
                new.reference.clone(),
            ))
        }
        (None, Some(state)) => Some((state.customer_id.clone(), state.order_number.clone(), None)),
        (None, None) => None,
    }
}

fn unchanged(command_id: CommandId, order: Arc<FoldedOrder>) -> Executed {
    let receipt = Receipt {
        command_id,
        order_id: order.order_id,
        outcome: Outcome::Unchanged,
        version: order.version,
        position: order.position,
        recorded_at: order.updated_at,
        repeated: false,
    };
    Executed { receipt, order }
}
