//! One call of `waybill_append`: a batch of commands' events in, a verdict for each out.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};
use uuid::Uuid;
use waybill_domain::stored::StoredEvent;
use waybill_domain::{
    Actor, CommandId, CustomerId, Envelope, EventId, OrderEvent, OrderId, OrderNumber, Position,
    Reference, Timestamp,
};

/// By what a command is recognised when it comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CommandKey {
    /// SHA-256 over the caller's issuer, subject and key; random where the caller gave no key.
    pub key: [u8; 32],
    /// SHA-256 over what was asked for.
    pub request: [u8; 32],
}

impl CommandKey {
    /// A key that nobody else has, for a command that came without one.
    #[must_use]
    pub fn random() -> Self {
        Self {
            key: rand::random(),
            request: [0; 32],
        }
    }
}

/// What a command did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It appended events.
    Applied,
    /// Everything was already as it asked.
    Unchanged,
}

impl Outcome {
    /// The name under which it is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Unchanged => "unchanged",
        }
    }
}

/// One decided command, ready to be written.
#[derive(Clone, Debug)]
pub struct Append {
    /// By what a repeat is recognised.
    pub key: CommandKey,
    /// Names this try of the command.
    pub command_id: CommandId,
    /// The order that it is about.
    pub order_id: OrderId,
    /// The version of the order on which the command was decided; 0 for a new order.
    pub expected_version: u64,
    /// The order's customer.
    pub customer_id: CustomerId,
    /// The order's number.
    pub order_number: OrderNumber,
    /// The shop's own id; counts only for a new order.
    pub reference: Option<Reference>,
    /// What was decided; may be empty, to remember that the command changed nothing.
    pub events: Vec<OrderEvent>,
    /// Who gave the command.
    pub actor: Actor,
    /// Leads from the event to the request that caused it.
    pub correlation_id: String,
    /// What caused the request, if it was not its sender's own idea.
    pub causation_id: Option<String>,
}

/// What became of a command, as it can be told again later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The try that succeeded.
    pub command_id: CommandId,
    /// The order.
    pub order_id: OrderId,
    /// Whether events were appended.
    pub outcome: Outcome,
    /// The order's version afterwards.
    pub version: u64,
    /// Of the order's last event afterwards.
    pub position: Position,
    /// When it was written.
    pub recorded_at: Timestamp,
    /// Whether an earlier request with the same key did it, and this one did nothing.
    pub repeated: bool,
}

/// The log's answer to one command.
#[derive(Clone, Debug)]
pub enum Appended {
    /// Committed. The envelopes are those of the command's events, in order; empty for a repeat.
    Done(Receipt, Vec<Envelope>),
    /// The order has moved on; nothing was written.
    Conflict {
        /// The version at which the order stands.
        current: u64,
    },
    /// The new order's number belongs to another order.
    NumberTaken,
    /// The new order's reference belongs to another order.
    ReferenceTaken,
    /// The key was used before for another request.
    KeyReused,
}

/// Why the log gave no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// Nothing was written; the same command may be sent again.
    #[error("the log cannot be written at the moment")]
    Unavailable,
    /// The connection was lost while committing, and again while asking. Sending the command again
    /// under the same key tells, and does it at most once.
    #[error("whether the command was written is not known")]
    OutcomeUnknown,
    /// Postgres refuses this command's data; nothing was written.
    #[error("the command's events cannot be stored")]
    Refused,
    /// Too many commands are waiting; nothing was written.
    #[error("too many commands are waiting to be written")]
    Overloaded,
}

/// A command with all that does not change from one try to the next.
pub(super) struct Prepared {
    pub(super) append: Append,
    stored: Vec<StoredRow>,
    ids: Vec<EventId>,
    pub(super) bytes: usize,
}

/// About what an event's row holds beside its JSON, for the bounds of batches and of the ring.
pub(super) const ROW_BYTES: usize = 256;

/// An event in the form in which it is stored, its JSON written out once for every try.
struct StoredRow {
    event_type: &'static str,
    event_version: &'static str,
    payload: String,
    personal: Option<String>,
}

impl From<StoredEvent> for StoredRow {
    fn from(stored: StoredEvent) -> Self {
        Self {
            event_type: stored.event_type,
            event_version: stored.event_version,
            payload: stored.payload.to_string(),
            personal: stored.personal.map(|personal| personal.to_string()),
        }
    }
}

impl Prepared {
    pub(super) fn new(append: Append) -> Self {
        let stored: Vec<_> = append
            .events
            .iter()
            .map(|event| StoredRow::from(event.to_stored()))
            .collect();
        let ids = stored
            .iter()
            .map(|_| EventId::from(Uuid::now_v7()))
            .collect();
        let bytes = stored
            .iter()
            .map(|s| ROW_BYTES + s.payload.len() + s.personal.as_ref().map_or(0, String::len))
            .sum();
        Self {
            append,
            stored,
            ids,
            bytes,
        }
    }

    pub(super) fn envelopes(&self, first: Position, recorded_at: Timestamp) -> Vec<Envelope> {
        let a = &self.append;
        (0..)
            .zip(&self.ids)
            .map(|(nth, id)| Envelope {
                event_id: *id,
                order_id: a.order_id,
                order_number: a.order_number.clone(),
                customer_id: a.customer_id.clone(),
                version: a.expected_version + 1 + nth,
                position: Position(first.0 + nth),
                recorded_at,
                actor: a.actor.clone(),
                command_id: a.command_id,
                correlation_id: a.correlation_id.clone(),
                causation_id: a.causation_id.clone(),
            })
            .collect()
    }
}

/// What the database says of one command.
pub(super) enum Verdict {
    Ok {
        receipt: Receipt,
        first: Option<Position>,
    },
    Repeated(Receipt),
    KeyReused,
    Conflict {
        current: u64,
    },
    NumberTaken,
    ReferenceTaken,
    /// It is in the way of an earlier one of the same batch.
    Again,
}

/// Writes `batch` in one transaction and returns a verdict for each command, in order.
#[expect(
    clippy::too_many_lines,
    reason = "one line a parameter of the SQL function"
)]
pub(super) async fn call(
    connection: &mut PgConnection,
    batch: &[Prepared],
) -> Result<Vec<Verdict>, sqlx::Error> {
    let commands = || batch.iter().map(|p| &p.append);
    let events = || {
        (1..).zip(batch).flat_map(|(nth, p)| {
            (1..)
                .zip(p.stored.iter().zip(&p.ids))
                .map(move |(k, (stored, id))| (nth, k, p, stored, *id))
        })
    };
    let rows = sqlx::query(include_str!("sql/append.sql"))
        .bind(commands().map(|a| a.key.key.to_vec()).collect::<Vec<_>>())
        .bind(
            commands()
                .map(|a| a.key.request.to_vec())
                .collect::<Vec<_>>(),
        )
        .bind(
            commands()
                .map(|a| Uuid::from(a.command_id))
                .collect::<Vec<_>>(),
        )
        .bind(
            commands()
                .map(|a| a.order_id.to_string())
                .collect::<Vec<_>>(),
        )
        .bind(
            commands()
                .map(|a| a.expected_version.cast_signed())
                .collect::<Vec<_>>(),
        )
        .bind(commands().map(|a| outcome(a).as_str()).collect::<Vec<_>>())
        .bind(
            commands()
                .map(|a| a.customer_id.to_string())
                .collect::<Vec<_>>(),
        )
        .bind(
            commands()
                .map(|a| a.order_number.to_string())
                .collect::<Vec<_>>(),
        )
        .bind(
            commands()
                .map(|a| a.reference.as_ref().map(ToString::to_string))
                .collect::<Vec<_>>(),
        )
        .bind(events().map(|(nth, ..)| nth).collect::<Vec<i32>>())
        .bind(events().map(|(.., id)| Uuid::from(id)).collect::<Vec<_>>())
        .bind(
            events()
                .map(|(_, k, p, ..)| p.append.expected_version.cast_signed() + k)
                .collect::<Vec<i64>>(),
        )
        .bind(
            events()
                .map(|(_, _, _, s, _)| s.event_type)
                .collect::<Vec<&str>>(),
        )
        .bind(
            events()
                .map(|(_, _, _, s, _)| s.event_version)
                .collect::<Vec<&str>>(),
        )
        .bind(
            events()
                .map(|(_, _, _, s, _)| s.payload.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(
            events()
                .map(|(_, _, _, s, _)| s.personal.as_deref())
                .collect::<Vec<_>>(),
        )
        .bind(
            events()
                .map(|(_, _, p, ..)| metadata(&p.append))
                .collect::<Vec<_>>(),
        )
        .bind(
            events()
                .map(|(_, _, p, ..)| p.append.actor.kind.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(
            events()
                .map(|(_, _, p, ..)| p.append.actor.id.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(
            events()
                .map(|(_, _, p, ..)| p.append.correlation_id.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(
            events()
                .map(|(_, _, p, ..)| p.append.causation_id.as_deref())
                .collect::<Vec<_>>(),
        )
        .fetch_all(connection)
        .await?;
    if rows.len() != batch.len() {
        return Err(sqlx::Error::Protocol(format!(
            "{} verdicts for {} commands",
            rows.len(),
            batch.len()
        )));
    }
    rows.iter()
        .zip(batch)
        .map(|(row, prepared)| verdict(row, prepared))
        .collect::<Result<_, _>>()
        // The rows have come, so the commit may have: whatever is wrong with them, it is not known.
        .map_err(|error| sqlx::Error::Protocol(error.to_string()))
}

fn verdict(row: &PgRow, prepared: &Prepared) -> Result<Verdict, sqlx::Error> {
    let status: &str = row.try_get("status")?;
    let version = row.try_get::<i64, _>("version")?.cast_unsigned();
    Ok(match status {
        "ok" | "repeated" => {
            let receipt = receipt(row, version)?;
            if status == "ok" {
                let first: Option<i64> = row.try_get("first_position")?;
                Verdict::Ok {
                    receipt,
                    first: first.map(|p| Position(p.cast_unsigned())),
                }
            } else if receipt.command_id == prepared.append.command_id {
                // Our own earlier call committed although its answer was lost.
                let events = prepared.append.events.len() as u64;
                let first = (events > 0).then(|| Position(receipt.position.0 + 1 - events));
                Verdict::Ok {
                    receipt: Receipt {
                        repeated: false,
                        ..receipt
                    },
                    first,
                }
            } else {
                Verdict::Repeated(receipt)
            }
        }
        "key_reused" => Verdict::KeyReused,
        "conflict" => Verdict::Conflict { current: version },
        "number_taken" => Verdict::NumberTaken,
        "reference_taken" => Verdict::ReferenceTaken,
        "again" => Verdict::Again,
        other => return Err(sqlx::Error::Protocol(format!("unknown verdict {other}"))),
    })
}

/// Reads a [`Receipt`] from a row of the append or of `commands`, as told again.
pub(crate) fn receipt(row: &PgRow, version: u64) -> Result<Receipt, sqlx::Error> {
    let order_id: &str = row.try_get("order_id")?;
    Ok(Receipt {
        command_id: row.try_get::<Uuid, _>("command_id")?.into(),
        order_id: order_id
            .parse()
            .map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
        outcome: if row.try_get::<&str, _>("outcome")? == "applied" {
            Outcome::Applied
        } else {
            Outcome::Unchanged
        },
        version,
        position: Position(row.try_get::<i64, _>("position")?.cast_unsigned()),
        recorded_at: Timestamp::from(row.try_get::<DateTime<Utc>, _>("recorded_at")?),
        repeated: row.try_get::<&str, _>("status")? == "repeated",
    })
}

fn outcome(append: &Append) -> Outcome {
    if append.events.is_empty() {
        Outcome::Unchanged
    } else {
        Outcome::Applied
    }
}

/// What stock postgres-es hands on with an event: flat strings, nothing personal.
fn metadata(append: &Append) -> String {
    let mut map = BTreeMap::from([
        ("actor_kind", append.actor.kind.as_str()),
        ("correlation_id", append.correlation_id.as_str()),
    ]);
    if let Some(causation) = &append.causation_id {
        map.insert("causation_id", causation);
    }
    serde_json::to_string(&map).unwrap_or_default()
}
