//! Socket.IO: what its events carry.

use serde_json::json;

use super::{Channel, Message, Schemas};
use crate::push::socketio::contract::{
    SocketIoAdminUpdate, SocketIoError, SocketIoOrderEvent, SocketIoOrderName, SocketIoStatusEvent,
    SocketIoTrackingEvent,
};

const ABOUT: &str = "Socket.IO 4 (protocol 5), by WebSocket or polling, in the namespace `/`. A message's content \
is the event's first argument. The last argument of every event that the service sends is the offset, a text that \
`socket.io-client` keeps by itself; of `waybill:offset` it is the only one, described nowhere but here.";

/// The channel. A message's name is the event's.
pub(super) fn channel(schemas: &mut Schemas) -> Channel {
    let mut sends: Vec<Message> = [
        ("order:created", "An order of the caller's was placed."),
        (
            "order:updated",
            "Details of an order of the caller's changed.",
        ),
        (
            "order:cancelled",
            "An order of the caller's was called off. `order:status_changed` came right before.",
        ),
        (
            "order:completed",
            "An order of the caller's has arrived. `order:status_changed` came right before.",
        ),
    ]
    .map(|(name, about)| Message::of::<SocketIoOrderEvent>(schemas, name, about))
    .into();
    sends.extend([
        Message::of::<SocketIoStatusEvent>(
            schemas,
            "order:status_changed",
            "An order of the caller's has another status.",
        ),
        Message::of::<SocketIoTrackingEvent>(
            schemas,
            "order-status-updated",
            "An order that was joined has another status, tracking number or delivery date.",
        ),
        Message::of::<SocketIoError>(
            schemas,
            "order-tracking-error",
            "The order cannot be joined.",
        ),
        Message::of::<SocketIoError>(
            schemas,
            "admin-status-error",
            "The update was refused. Not sent where an acknowledgement says so.",
        ),
    ]);
    let takes = vec![
        Message::of::<SocketIoOrderName>(schemas, "join-order-tracking", "Follow one order."),
        Message::of::<SocketIoOrderName>(schemas, "leave-order-tracking", "Follow it no longer."),
        Message::of::<SocketIoAdminUpdate>(schemas, "admin-status-update", "Staff: move an order."),
    ];
    Channel {
        name: "socketio",
        address: "/socket.io/",
        about: ABOUT,
        bindings: json!({ "ws": { "method": "GET", "bindingVersion": "0.1.0" } }),
        sends,
        takes,
    }
}
