//! Following over `/v1/ws`.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use rand::Rng as _;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::follower::{Follower, SILENCE};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What a frame means for the connection.
enum Next {
    GoOn,
    ComeBack(Option<Duration>),
}

pub(super) async fn follow(me: &mut Follower) -> Option<Duration> {
    let url = format!("ws://{}/v1/ws", me.node());
    let connecting = tokio_tungstenite::connect_async(url);
    let (mut socket, _) = tokio::time::timeout(SILENCE, connecting).await.ok()?.ok()?;
    let hello = json!({"type": "hello", "token": me.token});
    say(&mut socket, &hello).await?;
    while !me.is_done() && !me.hangs_up() {
        let message = tokio::time::timeout(SILENCE, socket.next()).await.ok()??;
        let text = match message.ok()? {
            Message::Text(text) => text,
            Message::Close(close) => return closed(me, close.as_ref()),
            _ => continue,
        };
        for line in text.lines() {
            let Ok(frame) = serde_json::from_str::<Value>(line) else {
                me.wonder("a frame that is no JSON");
                return None;
            };
            if let Next::ComeBack(hint) = take(me, &mut socket, &frame).await? {
                return hint;
            }
        }
    }
    // Half the time without a word.
    if me.random.random() {
        let _ = socket.close(None).await;
    }
    None
}

async fn say(socket: &mut Socket, frame: &Value) -> Option<()> {
    let sending = socket.send(Message::text(frame.to_string()));
    tokio::time::timeout(SILENCE, sending).await.ok()?.ok()
}

async fn take(me: &mut Follower, socket: &mut Socket, frame: &Value) -> Option<Next> {
    match frame["type"].as_str().unwrap_or_default() {
        "welcome" => subscribe(me, socket).await?,
        "event" => me.handle(&frame["event"], &frame["order"]),
        "subscribed" | "live" | "cursor" => me.keep(&frame["cursor"]),
        "ping" => say(socket, &json!({"type": "pong"})).await?,
        "reset" => {
            me.reset();
            subscribe(me, socket).await?;
        }
        "drain" => {
            let within = frame["retry_within_ms"].as_u64().map(Duration::from_millis);
            return Some(Next::ComeBack(within));
        }
        "error" => {
            if frame["retry"] != true {
                me.wonder(&format!("{} {}", frame["code"], frame["detail"]));
            }
            return Some(Next::ComeBack(None));
        }
        // A client passes over what it does not know.
        _ => {}
    }
    Some(Next::GoOn)
}

async fn subscribe(me: &Follower, socket: &mut Socket) -> Option<()> {
    let after = me.cursor.as_deref().unwrap_or("earliest");
    let topic = me.topic.to_string();
    let mut wish = json!({"type": "subscribe", "id": "a", "topic": topic, "after": after});
    if me.include {
        wish["include"] = "order".into();
    }
    say(socket, &wish).await
}

/// What a good client is closed for passes by itself.
fn closed(me: &Follower, close: Option<&CloseFrame>) -> Option<Duration> {
    let close = close?;
    let code = u16::from(close.code);
    if (4_400..4_500).contains(&code) && code != 4_408 {
        me.wonder(&format!("closed with {code}: {}", close.reason));
    }
    let (_, within) = close.reason.split_once("retry_within_ms=")?;
    within.parse().ok().map(Duration::from_millis)
}
