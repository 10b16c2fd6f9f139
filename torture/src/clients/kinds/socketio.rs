//! Those who misbehave on Socket.IO, over its WebSocket and by polling.

use std::time::Duration;

use rand::Rng as _;
use serde_json::json;
use waybill_tests::hostile::{
    BINARY, COMPRESSED, GOES_ON, PING, PONG, Raw, TEXT, TEXT_BEGINS, bomb, frame, head,
};

use crate::clients::enemy::{Attempt, Enemy, end_of};

const SOCKET: &str = "/socket.io/?EIO=4&transport=websocket";
const POLLING: &str = "/socket.io/?EIO=4&transport=polling";
/// As much as any flood says at most.
const FLOOD: usize = 20_000;

/// One of the ways.
pub(super) async fn misbehaves(enemy: &mut Enemy) -> Attempt {
    match enemy.random.random_range(0..4) {
        0 => polls_badly(enemy).await,
        1 => stays_silent(enemy).await,
        _ => over_a_socket(enemy).await,
    }
}

/// A connection that was let in.
async fn connected(enemy: &Enemy) -> std::io::Result<Raw> {
    let mut raw = enemy.connect().await?;
    let head = raw.upgrade(SOCKET, "").await?;
    if !head.starts_with("HTTP/1.1 101") {
        return Err(std::io::ErrorKind::ConnectionRefused.into());
    }
    let hello = format!("40{}", json!({ "token": enemy.customer }));
    raw.frame(TEXT, hello.as_bytes()).await?;
    raw.hear("40{").await?;
    Ok(raw)
}

async fn over_a_socket(enemy: &mut Enemy) -> Attempt {
    let mut raw = connected(enemy).await?;
    let join = br#"421["join-order-tracking","ORD-10001"]"#;
    let bytes = match enemy.random.random_range(0..9) {
        0 => frame(TEXT, join).repeat(100),
        1 => frame(TEXT, b"3").repeat(600),
        2 => frame(PING, b"").repeat(600),
        3 => frame(PONG, b"").repeat(600),
        4 => [frame(TEXT_BEGINS, b""), frame(GOES_ON, b"").repeat(600)].concat(),
        5 => head(TEXT, 1 << 40),
        6 => frame(BINARY, b"451-[]"),
        7 => frame(TEXT | COMPRESSED, &bomb(1 << 20)),
        _ => frame(TEXT, b"42[\"\xff\"]"),
    };
    for _ in 0..FLOOD / 100 {
        if raw.say(&bytes).await.is_err() {
            return Ok(None);
        }
    }
    // Whatever it was, it was too much, or a heartbeat stays away.
    end_of(&mut raw).await;
    Ok(None)
}

/// Large bodies, many requests, packets for nobody.
async fn polls_badly(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.connect().await?;
    raw.say(&enemy.request("GET", POLLING, "", b"")).await?;
    let head = raw.head().await?;
    if !head.starts_with("HTTP/1.1 200") {
        return Ok(None);
    }
    let opened = raw.body(&head).await?;
    let sid = opened.split("\"sid\":\"").nth(1);
    let sid = sid
        .and_then(|rest| rest.split('"').next())
        .unwrap_or("none");
    let path = format!("{POLLING}&sid={sid}");
    let large = vec![b'4'; 1 << 20];
    let mut answers = Vec::new();
    for body in [&large[..], b"\xff\xfe", b"40\x1e40\x1e40"] {
        let mut raw = enemy.connect().await?;
        // It may be refused before all of it was sent.
        let _ = raw.say(&enemy.request("POST", &path, "", body)).await;
        answers.push(raw.head().await.unwrap_or_default());
    }
    for _ in 0..300 {
        let request = enemy.request("POST", &path, "", b"3");
        if raw.say(&request).await.is_err() {
            break;
        }
    }
    let bad = answers.into_iter().find(|a| a.starts_with("HTTP/1.1 5"));
    Ok(bad.map(|answer| format!("a poll was answered with {answer}")))
}

/// Begins sessions and leaves them.
async fn stays_silent(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.connect().await?;
    if enemy.random.random() {
        raw.upgrade(SOCKET, "").await?;
        end_of(&mut raw).await;
    } else {
        raw.say(&enemy.request("GET", POLLING, "", b"")).await?;
        raw.head().await?;
        enemy.wait(Duration::from_secs(5)).await;
    }
    Ok(None)
}
