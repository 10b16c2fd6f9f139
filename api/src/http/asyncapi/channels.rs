//! The channels, and what goes over each.

use serde_json::json;

use super::{Channel, Schemas, frames, socketio, stream};
use crate::push::frames::{ClientFrame, EventFrame, ServerFrame};

/// Every channel; the schemas of what goes over them are added to `schemas`.
pub(super) fn all(schemas: &mut Schemas) -> Vec<Channel> {
    vec![
        socket(schemas),
        stream::channel(schemas),
        socketio::channel(schemas),
    ]
}

fn socket(schemas: &mut Schemas) -> Channel {
    let takes = frames::split::<ClientFrame>(schemas);
    let mut sends = frames::split::<ServerFrame>(schemas);
    sends.extend(frames::join::<EventFrame>(schemas, "ServerFrame"));
    Channel {
        name: "socket",
        address: "/v1/ws",
        about: "WebSocket, subprotocol `waybill.v1.json`. A message holds one or more frames, one a line.",
        bindings: json!({ "ws": { "method": "GET", "bindingVersion": "0.1.0" } }),
        sends,
        takes,
    }
}
