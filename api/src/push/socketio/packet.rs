//! Socket.IO's packets as text (protocol 5), as far as this service speaks them.
//!
//! `<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]`, in an Engine.IO message each. What has
//! binary attachments is refused: nothing here takes any.

use serde_json::Value;

/// The namespace that is served.
pub(super) const ROOT: &str = "/";

/// What a client says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ClientPacket {
    /// Opens a namespace.
    Connect {
        namespace: String,
        /// What the application gave as `auth`, and what the client adds to resume.
        auth: Value,
    },
    /// Leaves a namespace.
    Disconnect { namespace: String },
    /// An event.
    Event {
        namespace: String,
        /// By which the answer is to be known, if one is wanted.
        ack: Option<u64>,
        name: String,
        args: Vec<Value>,
    },
    /// An answer to an event of ours. We never ask for one.
    Ack,
}

/// Not a packet that a client may send.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PacketError {
    #[error("a packet without a type")]
    Empty,
    #[error("no packet of a client has this type")]
    Type,
    #[error("binary attachments are not taken")]
    Binary,
    #[error("the packet's payload is not what its type says")]
    Payload,
}

impl ClientPacket {
    /// Reads the text of one Engine.IO message.
    pub(super) fn parse(text: &str) -> Result<Self, PacketError> {
        let mut chars = text.chars();
        let kind = chars.next().ok_or(PacketError::Empty)?;
        if matches!(kind, '5' | '6') {
            return Err(PacketError::Binary);
        }
        let (namespace, rest) = namespace(chars.as_str());
        match kind {
            '0' => {
                let auth = match rest {
                    "" => Value::Null,
                    json => object(json)?,
                };
                Ok(Self::Connect { namespace, auth })
            }
            '1' if rest.is_empty() => Ok(Self::Disconnect { namespace }),
            '2' => {
                let (ack, json) = ack(rest)?;
                let mut args = array(json)?.into_iter();
                let Some(Value::String(name)) = args.next() else {
                    return Err(PacketError::Payload);
                };
                Ok(Self::Event {
                    namespace,
                    ack,
                    name,
                    args: args.collect(),
                })
            }
            '3' => {
                let (_, json) = ack(rest)?;
                array(json).map(|_| Self::Ack)
            }
            '1' => Err(PacketError::Payload),
            // 4, an error at connecting, is the server's.
            _ => Err(PacketError::Type),
        }
    }
}

/// The namespace that a packet begins with, and the rest. A query behind it is passed over.
fn namespace(text: &str) -> (String, &str) {
    if !text.starts_with('/') {
        return (ROOT.to_owned(), text);
    }
    let (name, rest) = text.split_once(',').unwrap_or((text, ""));
    let name = name.split('?').next().unwrap_or(ROOT);
    (name.to_owned(), rest)
}

fn ack(text: &str) -> Result<(Option<u64>, &str), PacketError> {
    let end = text
        .bytes()
        .position(|b| !b.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() {
        return Ok((None, rest));
    }
    match digits.parse() {
        Ok(id) => Ok((Some(id), rest)),
        Err(_) => Err(PacketError::Payload),
    }
}

fn object(json: &str) -> Result<Value, PacketError> {
    serde_json::from_str(json)
        .ok()
        .filter(Value::is_object)
        .ok_or(PacketError::Payload)
}

fn array(json: &str) -> Result<Vec<Value>, PacketError> {
    serde_json::from_str(json).map_err(|_| PacketError::Payload)
}

/// The answer to CONNECT. A client that gets a `pid` keeps the offset of each event, and gives both
/// back when it reconnects.
pub(super) fn connected(sid: &str, pid: &str) -> String {
    format!("0{}", serde_json::json!({ "sid": sid, "pid": pid }))
}

/// Refuses a namespace; the client does not try again by itself.
pub(super) fn connect_error(namespace: &str, message: &str) -> String {
    let json = serde_json::json!({ "message": message });
    if namespace == ROOT {
        format!("4{json}")
    } else {
        format!("4{namespace},{json}")
    }
}

/// The answer to an event of the client.
pub(super) fn ack_of(id: u64, answer: &Value) -> String {
    format!("3{id}[{answer}]")
}

/// An event of ours. `argument` is JSON already; the offset, which is the last argument, needs no
/// escaping.
pub(super) fn event(name: &str, argument: Option<&str>, offset: &str) -> String {
    let argument = argument.map_or(String::new(), |json| format!("{json},"));
    format!("2[\"{name}\",{argument}\"{offset}\"]")
}

#[cfg(test)]
mod tests;
