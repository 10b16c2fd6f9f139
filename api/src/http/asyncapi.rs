//! The `AsyncAPI` document: what goes over the push channels, made from the types that write it.
//!
//! `OpenAPI` describes requests and their answers; this describes what comes without being asked for. Each
//! frame is a message with a schema of its own, so that clients' types can be made from the document.

mod channels;
mod frames;
mod socketio;
mod stream;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::openapi;

/// All schemas by name.
type Schemas = Map<String, Value>;

const ABOUT: &str = "How clients follow orders. The guarantee is the same on every channel: a client that keeps \
the cursor of the last event that it handled, and gives it back when it reconnects, sees every event of its \
subscription that it may see, exactly once, in order.

`send` is what the service sends, `receive` what it takes from clients. docs/protocol.md tells the rest.";

/// The document as JSON text, with a newline at its end: what `waybill asyncapi` prints and
/// `docs/asyncapi.json` keeps.
#[must_use]
pub fn json() -> String {
    // The alternate form is indented; writing a value can't fail.
    format!("{:#}\n", document())
}

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let channels = channels::all(&mut schemas);
    let mut messages = Map::new();
    let mut described = Map::new();
    let mut operations = Map::new();
    for channel in &channels {
        for message in channel.sends.iter().chain(&channel.takes) {
            messages.insert(channel.key(message), message.described());
        }
        described.insert(channel.name.into(), channel.described());
        operations.extend(channel.operations());
    }
    openapi::without_nulls(&mut schemas);
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Waybill",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": env!("CARGO_PKG_LICENSE") },
        },
        "defaultContentType": "application/json",
        "servers": {
            "node": {
                "host": "127.0.0.1:8080",
                "protocol": "ws",
                "description": "Where `waybill dev` listens. Elsewhere TLS ends at a proxy: `wss`, `https`.",
            },
        },
        "channels": described,
        "operations": operations,
        "components": { "messages": messages, "schemas": schemas },
    })
}

/// Something that is sent: a frame, or an event of a stream.
struct Message {
    /// Its name on the channel.
    name: String,
    about: String,
    /// The schema of its content.
    schema: String,
}

impl Message {
    /// One whose content is a `T`, of which `about` says when it comes.
    fn of<T: ToSchema>(schemas: &mut Schemas, name: &str, about: &str) -> Self {
        Self {
            name: name.to_owned(),
            about: about.to_owned(),
            schema: add::<T>(schemas),
        }
    }

    /// Its name as the document allows it for keys.
    fn key(&self) -> String {
        self.name.replace([':', '.'], "_")
    }

    fn payload(&self) -> Value {
        json!({ "$ref": format!("#/components/schemas/{}", self.schema) })
    }

    fn described(&self) -> Value {
        json!({ "name": self.name, "summary": self.about, "payload": self.payload() })
    }
}

/// A way to follow orders.
struct Channel {
    name: &'static str,
    address: &'static str,
    about: &'static str,
    bindings: Value,
    sends: Vec<Message>,
    takes: Vec<Message>,
}

impl Channel {
    /// The name of a message among those of all channels.
    fn key(&self, message: &Message) -> String {
        format!("{}.{}", self.name, message.key())
    }

    fn described(&self) -> Value {
        let all = self.sends.iter().chain(&self.takes);
        let messages: Map<String, Value> = all
            .map(|message| {
                let to = format!("#/components/messages/{}", self.key(message));
                (message.key(), json!({ "$ref": to }))
            })
            .collect();
        json!({
            "address": self.address,
            "description": self.about,
            "messages": messages,
            "bindings": self.bindings,
        })
    }

    fn operations(&self) -> BTreeMap<String, Value> {
        let operation = |action: &str, messages: &[Message]| {
            let refs: Vec<Value> = messages
                .iter()
                .map(
                    |m| json!({ "$ref": format!("#/channels/{}/messages/{}", self.name, m.key()) }),
                )
                .collect();
            let named = format!("{}.{action}", self.name);
            let described = json!({
                "action": action,
                "channel": { "$ref": format!("#/channels/{}", self.name) },
                "messages": refs,
            });
            (!messages.is_empty()).then_some((named, described))
        };
        let sends = operation("send", &self.sends);
        sends
            .into_iter()
            .chain(operation("receive", &self.takes))
            .collect()
    }
}

/// Adds the schema of `T`, and of all that it refers to. Returns its name.
fn add<T: ToSchema>(schemas: &mut Schemas) -> String {
    let mut named = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut named);
    for (name, schema) in named {
        schemas.insert(name, serde_json::to_value(schema).unwrap_or_default());
    }
    T::name().into_owned()
}

#[cfg(test)]
mod tests;
