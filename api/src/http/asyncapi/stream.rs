//! Server-sent events. What a message says besides events is small; it is described here.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use waybill_domain::EventKind;
use waybill_domain::wire::UNREADABLE;

use super::{Channel, Message, Schemas};
use crate::http::schema::Event;
use crate::push::frames::ResetReason;

/// Where the stream stands.
#[derive(Debug, Serialize, ToSchema)]
struct StreamPlace {
    /// The same as the message's `id`.
    cursor: String,
}

/// The client's state is of no use any more.
#[derive(Debug, Serialize, ToSchema)]
struct StreamReset {
    /// Why.
    reason: ResetReason,
}

/// Come back.
#[derive(Debug, Serialize, ToSchema)]
struct StreamDrain {
    /// At a random moment within this time.
    retry_within_ms: u64,
}

/// The right to see this has ended.
#[derive(Debug, Serialize, ToSchema)]
struct StreamEnd {
    /// `token_expired` or `token_revoked`.
    code: String,
    /// Why, for people.
    detail: String,
}

/// The channel. A message's name is the `event` of the message, its content the `data`.
pub(super) fn channel(schemas: &mut Schemas) -> Channel {
    let kinds = EventKind::ALL.iter().map(|kind| kind.wire_type());
    let mut sends: Vec<Message> = kinds
        .chain([UNREADABLE])
        .map(|kind| Message::of::<Event>(schemas, kind, "An event; `id` is its cursor."))
        .collect();
    sends.extend([
        Message::of::<StreamPlace>(schemas, "live", "The replay is over; `id` is the cursor."),
        Message::of::<StreamPlace>(
            schemas,
            "cursor",
            "Nothing for this stream up to here; `id` is the cursor.",
        ),
        Message::of::<StreamReset>(
            schemas,
            "reset",
            "The cursor does not fit the log. The last message.",
        ),
        Message::of::<StreamDrain>(
            schemas,
            "drain",
            "The node stops or has no room. The last message.",
        ),
        Message::of::<StreamEnd>(
            schemas,
            "end",
            "The token has ended or was revoked. The last message.",
        ),
    ]);
    Channel {
        name: "stream",
        address: "/v1/events/stream",
        about: "Server-sent events: what a plain `EventSource` can follow. Its parameters are in openapi.json.",
        bindings: json!({ "http": { "bindingVersion": "0.3.0" } }),
        sends,
        takes: Vec::new(),
    }
}
