//! Following over `/socket.io/`: a customer's own orders, with the library's way of resuming.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use waybill_tests::history::Seen;

use super::follower::{Follower, SILENCE};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The cursor of such a follower is `pid offset`.
pub(super) async fn follow(me: &mut Follower) -> Option<Duration> {
    let node = me.node();
    let url = format!("ws://{node}/socket.io/?EIO=4&transport=websocket");
    let connecting = tokio_tungstenite::connect_async(url);
    let (mut socket, _) = tokio::time::timeout(SILENCE, connecting).await.ok()?.ok()?;
    let mut pid = None;
    while !me.is_done() && !me.hangs_up() {
        let message = tokio::time::timeout(SILENCE * 2, socket.next())
            .await
            .ok()??;
        let Message::Text(text) = message.ok()? else {
            return None;
        };
        match (text.get(..1).unwrap_or_default(), text.get(1..2)) {
            ("0", _) => say(&mut socket, connect(me)).await?,
            ("2", _) => say(&mut socket, "3".to_owned()).await?,
            ("4", Some("0")) => pid = Some(connected(me, &text[2..])?),
            ("4", Some("2")) => take(me, pid.as_deref()?, &text[2..]),
            ("4", Some("4")) => {
                me.wonder(&format!("not connected: {text}"));
                return None;
            }
            _ => {}
        }
    }
    None
}

async fn say(socket: &mut Socket, packet: String) -> Option<()> {
    let sending = socket.send(Message::text(packet));
    tokio::time::timeout(SILENCE, sending).await.ok()?.ok()
}

fn connect(me: &Follower) -> String {
    let mut wish = json!({"token": me.token});
    if let Some((pid, offset)) = me.cursor.as_deref().and_then(|c| c.split_once(' ')) {
        (wish["pid"], wish["offset"]) = (pid.into(), offset.into());
    }
    format!("40{wish}")
}

/// The session; one of another name means that nothing was resumed.
fn connected(me: &mut Follower, answer: &str) -> Option<String> {
    let answer: Value = serde_json::from_str(answer).ok()?;
    let pid = answer["pid"].as_str()?.to_owned();
    let before = me.cursor.as_deref().and_then(|c| c.split_once(' '));
    if before.is_some_and(|(before, _)| before != pid) {
        me.reset();
    }
    Some(pid)
}

fn take(me: &mut Follower, pid: &str, packet: &str) {
    let Ok(Value::Array(arguments)) = serde_json::from_str::<Value>(packet) else {
        return me.wonder(&format!("a packet that is none: {packet}"));
    };
    let name = arguments
        .first()
        .and_then(Value::as_str)
        .unwrap_or_default();
    if name.starts_with("order:") {
        let body = arguments.get(1).unwrap_or(&Value::Null);
        // Where an event is two packets, the second one is what has been handled.
        let halved = name == "order:status_changed"
            && (body["newStatus"] == "cancelled" || body["newStatus"] == "delivered");
        let order = &body["order"];
        let hidden = ["metadata", "position", "internal_note"];
        match (order["_id"].as_str(), order["version"].as_u64()) {
            _ if halved => {}
            (Some(id), Some(version)) => me.saw(Seen {
                order: id.to_owned(),
                version,
                above: hidden
                    .iter()
                    .filter(|name| packet.contains(&format!("\"{name}\"")))
                    .map(|name| (*name).to_owned())
                    .collect(),
                ..Seen::default()
            }),
            _ => me.wonder(&format!("an event without its order: {packet}")),
        }
    }
    if let Some(offset) = arguments.last().and_then(Value::as_str) {
        me.cursor = Some(format!("{pid} {offset}"));
    }
}
