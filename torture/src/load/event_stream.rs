//! Following over `/v1/events/stream`.

use std::time::Duration;

use serde_json::Value;

use super::follower::{Follower, SILENCE};

/// One message of a stream.
#[derive(Debug, Default, PartialEq)]
struct Message {
    id: Option<String>,
    event: String,
    data: Value,
}

pub(super) async fn follow(me: &mut Follower) -> Option<Duration> {
    let include = if me.include { "&include=order" } else { "" };
    let (node, topic) = (me.node(), &me.topic);
    let url = format!("http://{node}/v1/events/stream?topic={topic}&after=earliest{include}");
    let mut request = reqwest::Client::new().get(url).bearer_auth(&me.token);
    if let Some(cursor) = &me.cursor {
        request = request.header("last-event-id", cursor);
    }
    let response = tokio::time::timeout(SILENCE, request.send()).await;
    let mut response = response.ok()?.ok()?;
    if !response.status().is_success() {
        let status = response.status();
        if status != 429 && status != 503 {
            me.wonder(&format!("a stream answered with {status}"));
        }
        return Some(Duration::from_secs(1));
    }
    let mut text = Vec::new();
    while !me.is_done() && !me.hangs_up() {
        let chunk = tokio::time::timeout(SILENCE, response.chunk()).await;
        text.extend_from_slice(&chunk.ok()?.ok()??);
        while let Some(message) = next(&mut text) {
            match message.event.as_str() {
                "" => {}
                "live" | "cursor" => me.keep(&message.data["cursor"]),
                "drain" => {
                    let within = message.data["retry_within_ms"].as_u64();
                    return within.map(Duration::from_millis);
                }
                "reset" => {
                    me.reset();
                    return None;
                }
                "end" => {
                    me.wonder(&format!("a stream ended: {}", message.data));
                    return None;
                }
                _ => {
                    me.handle(&message.data, &message.data["order"]);
                    if message.id.as_deref() != me.cursor.as_deref() {
                        me.wonder("an event with another cursor than its id");
                    }
                }
            }
        }
    }
    None
}

/// Takes the first whole message off the text; one that says nothing has no event.
fn next(text: &mut Vec<u8>) -> Option<Message> {
    let end = text.windows(2).position(|two| two == b"\n\n")?;
    let block: Vec<u8> = text.drain(..end + 2).collect();
    let mut message = Message::default();
    for line in String::from_utf8_lossy(&block).lines() {
        match line.split_once(": ") {
            Some(("id", value)) => message.id = Some(value.to_owned()),
            Some(("event", value)) => value.clone_into(&mut message.event),
            Some(("data", value)) => message.data = serde_json::from_str(value).unwrap_or_default(),
            _ => {}
        }
    }
    Some(message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn messages_are_taken_one_by_one_and_whole() {
        let mut text =
            b"retry: 7\n\nid: c1\nevent: order.created\ndata: {\"a\":1}\n\n: keep".to_vec();
        assert_eq!(next(&mut text), Some(Message::default()));
        let message = Message {
            id: Some("c1".into()),
            event: "order.created".into(),
            data: json!({"a": 1}),
        };
        assert_eq!(next(&mut text), Some(message));
        assert_eq!(next(&mut text), None);
        assert_eq!(text, b": keep");
    }
}
