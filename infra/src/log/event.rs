//! One event of the log, as it is shared by everything that reads it.

use std::sync::{Arc, OnceLock};

use tokio::sync::OnceCell;

use super::append::ROW_BYTES;
use bytes::Bytes;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;
use waybill_domain::stored::{self, LoadError};
use waybill_domain::wire;
use waybill_domain::{
    Actor, ActorKind, Audience, Envelope, EventId, OrderEvent, Position, Timestamp,
};

/// An event with its envelope. Loaded once and shared; its wire form is made once an audience, when
/// somebody first asks.
#[derive(Debug)]
pub struct LogEvent {
    /// Who, when, where in the log.
    pub envelope: Envelope,
    /// What happened, or why this build cannot read it. One unreadable event blocks nobody.
    pub event: Result<OrderEvent, Arc<LoadError>>,
    /// The cursor that stands for this event's place.
    pub cursor: String,
    /// Bytes of the stored event, for the ring's bound.
    size: usize,
    wire: [OnceLock<Bytes>; 3],
    summary: [OnceCell<Option<Bytes>>; 3],
}

impl LogEvent {
    pub(crate) fn new(
        envelope: Envelope,
        event: Result<OrderEvent, Arc<LoadError>>,
        cursor: String,
        size: usize,
    ) -> Self {
        Self {
            envelope,
            event,
            cursor,
            size,
            wire: Default::default(),
            summary: Default::default(),
        }
    }

    /// The event's JSON as `audience` may see it, without anything that it may not.
    pub fn wire(&self, audience: Audience) -> &Bytes {
        self.wire[slot(audience)].get_or_init(|| {
            Bytes::from(match &self.event {
                Ok(event) => wire::event_text(&self.envelope, event, &self.cursor, audience),
                Err(_) => wire::unreadable(&self.envelope, &self.cursor, audience).to_string(),
            })
        })
    }

    /// The order's summary as of this event, as `audience` may see it; `make` is run for the
    /// first who asks.
    ///
    /// # Errors
    /// Those of `make`; it is then run again for the next who asks.
    pub async fn summary<E>(
        &self,
        audience: Audience,
        make: impl Future<Output = Result<Option<Bytes>, E>>,
    ) -> Result<Option<Bytes>, E> {
        self.summary[slot(audience)]
            .get_or_try_init(|| make)
            .await
            .cloned()
    }

    /// The name of its type on every channel, such as `order.created`.
    #[must_use]
    pub fn wire_type(&self) -> &'static str {
        self.event
            .as_ref()
            .map_or(wire::UNREADABLE, |event| event.kind().wire_type())
    }

    /// About how many bytes it takes up as it is stored, for bounds on what is kept.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Its place in the log.
    #[must_use]
    pub fn position(&self) -> Position {
        self.envelope.position
    }
}

fn slot(audience: Audience) -> usize {
    match audience {
        Audience::Guest => 0,
        Audience::Customer => 1,
        Audience::Staff => 2,
    }
}

/// The columns of an event, by their place in every query: looking them up by name, row by row, costs more
/// than decoding them.
mod column {
    pub(super) const POSITION: usize = 0;
    pub(super) const EVENT_ID: usize = 1;
    pub(super) const ORDER_ID: usize = 2;
    pub(super) const SEQUENCE: usize = 3;
    pub(super) const TYPE: usize = 4;
    pub(super) const VERSION: usize = 5;
    pub(super) const PAYLOAD: usize = 6;
    pub(super) const PERSONAL: usize = 7;
    pub(super) const CUSTOMER: usize = 8;
    pub(super) const NUMBER: usize = 9;
    pub(super) const RECORDED_AT: usize = 10;
    pub(super) const ACTOR_KIND: usize = 11;
    pub(super) const ACTOR_ID: usize = 12;
    pub(super) const COMMAND: usize = 13;
    pub(super) const CORRELATION: usize = 14;
    pub(super) const CAUSATION: usize = 15;
}

/// An event from its row.
pub(crate) fn from_row(
    row: &PgRow,
    seal: impl Fn(Position, Uuid) -> String,
) -> Result<LogEvent, sqlx::Error> {
    // `json` comes over the wire as its text.
    let payload: &str = row.try_get_unchecked(column::PAYLOAD)?;
    let personal: Option<&str> = row.try_get_unchecked(column::PERSONAL)?;
    let size = payload.len() + personal.map_or(0, str::len) + ROW_BYTES;
    let event = stored::load_text(
        row.try_get(column::TYPE)?,
        row.try_get(column::VERSION)?,
        payload,
        personal,
    );
    let event = event.map_err(Arc::new);
    let envelope = envelope(row)?;
    let cursor = seal(envelope.position, envelope.event_id.into());
    Ok(LogEvent::new(envelope, event, cursor, size))
}

fn envelope(row: &PgRow) -> Result<Envelope, sqlx::Error> {
    let bad = |e: &dyn std::fmt::Display| sqlx::Error::Decode(e.to_string().into());
    let order_id: &str = row.try_get(column::ORDER_ID)?;
    let kind: &str = row.try_get(column::ACTOR_KIND)?;
    Ok(Envelope {
        event_id: EventId::from(row.try_get::<Uuid, _>(column::EVENT_ID)?),
        order_id: order_id.parse().map_err(|e| bad(&e))?,
        order_number: row
            .try_get::<&str, _>(column::NUMBER)?
            .parse()
            .map_err(|e| bad(&e))?,
        customer_id: row
            .try_get::<&str, _>(column::CUSTOMER)?
            .parse()
            .map_err(|e| bad(&e))?,
        version: row.try_get::<i64, _>(column::SEQUENCE)?.cast_unsigned(),
        position: Position(row.try_get::<i64, _>(column::POSITION)?.cast_unsigned()),
        recorded_at: Timestamp::from(
            row.try_get::<chrono::DateTime<chrono::Utc>, _>(column::RECORDED_AT)?,
        ),
        actor: Actor {
            // A later build may know kinds that this one does not; that blocks nobody.
            kind: kind.parse().unwrap_or(ActorKind::System),
            id: row.try_get(column::ACTOR_ID)?,
        },
        command_id: row.try_get::<Uuid, _>(column::COMMAND)?.into(),
        correlation_id: row.try_get(column::CORRELATION)?,
        causation_id: row.try_get(column::CAUSATION)?,
    })
}
