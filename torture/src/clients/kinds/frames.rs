//! Those who say on a WebSocket what is not to be said there.

use rand::Rng as _;
use serde_json::json;
use waybill_tests::hostile::{
    BINARY, COMPRESSED, GOES_ON, PING, PONG, Raw, TEXT, TEXT_BEGINS, bomb, frame, head,
};

use crate::clients::enemy::{Attempt, Enemy, closed_with};

/// Zeros that a bomb becomes.
const BOMB: usize = 64 << 20;
/// As much as any flood says at most; it is cut off long before.
const FLOOD: usize = 20_000;

/// Says `bytes` over and over until it is cut off, and returns how it was closed.
async fn until_closed(raw: &mut Raw, bytes: &[u8], times: usize) -> Option<u16> {
    for _ in 0..times {
        if raw.say(bytes).await.is_err() {
            break;
        }
    }
    raw.close_code().await
}

/// Frames that are, or say that they are, larger than any may be.
pub(super) async fn oversized(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.socket(&enemy.customer).await?;
    let length: u64 = match enemy.random.random_range(0..4) {
        0 => u64::MAX,
        1 => 1 << 40,
        2 => 17 << 10,
        _ => 1 << 20,
    };
    raw.say(&head(TEXT, length)).await?;
    let some = vec![b' '; usize::try_from(length.min(1 << 20))?];
    // It may be cut off in the middle.
    let _ = raw.say(&some).await;
    let code = raw.close_code().await;
    Ok(closed_with(code, &[4413, 4120], "an oversized frame"))
}

/// Messages that never end, whose parts are empty, or that begin within each other; pings between the parts.
pub(super) async fn in_parts(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.socket(&enemy.customer).await?;
    raw.frame(TEXT_BEGINS, b"{").await?;
    let (parts, fine): (Vec<u8>, &[u16]) = match enemy.random.random_range(0..4) {
        0 => (frame(GOES_ON, b"").repeat(600), &[4120]),
        1 => (frame(GOES_ON, b" "), &[4120]),
        2 => (
            [frame(GOES_ON, &[b' '; 4_000]), frame(PING, b"still there?")].concat(),
            &[4413, 4120],
        ),
        _ => (frame(TEXT_BEGINS, b"{"), &[4400, 4120]),
    };
    let code = until_closed(&mut raw, &parts, FLOOD).await;
    Ok(closed_with(code, fine, "a message in parts"))
}

/// As many small frames as the network takes.
pub(super) async fn flood(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.socket(&enemy.customer).await?;
    let one = match enemy.random.random_range(0..4) {
        0 => frame(TEXT, br#"{"type":"pong"}"#),
        1 => frame(TEXT, "{\"type\":\"pong\"}\n".repeat(1_000).as_bytes()),
        2 => frame(PING, b""),
        _ => frame(PONG, b""),
    };
    let code = until_closed(&mut raw, &one.repeat(100), FLOOD / 100).await;
    Ok(closed_with(code, &[4120], "a flood of frames"))
}

/// Subscriptions, each with a snapshot, as many as may be and more, taken back and begun again.
pub(super) async fn subscribes_without_end(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.socket(&enemy.customer).await?;
    let topic = if enemy.random.random() {
        "customer:me".to_owned()
    } else {
        format!("order:ORD-{}", enemy.random.random_range(10_000..11_000))
    };
    let mut all = Vec::new();
    for nth in 0..150 {
        let wish = json!({"type": "subscribe", "id": nth.to_string(), "topic": topic,
            "after": "earliest", "snapshot": nth % 2 == 0, "include": "order"});
        all.extend(frame(TEXT, wish.to_string().as_bytes()));
    }
    for nth in 0..150 {
        let wish = json!({"type": "unsubscribe", "id": nth.to_string()});
        all.extend(frame(TEXT, wish.to_string().as_bytes()));
    }
    let code = until_closed(&mut raw, &all, 100).await;
    Ok(closed_with(code, &[4120], "a flood of subscriptions"))
}

/// A few hundred kilobytes that would become sixty-four megabytes, where compression was asked for.
pub(super) async fn bombs(enemy: &mut Enemy) -> Attempt {
    if enemy.random.random() {
        return in_a_body(enemy).await;
    }
    let mut raw = enemy.connect().await?;
    let lines = format!(
        "{}sec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n",
        Enemy::signed(&enemy.customer)
    );
    let answer = raw.upgrade("/v1/ws", &lines).await?;
    if answer.to_lowercase().contains("permessage-deflate") {
        return Ok(Some("the node agreed to inflate messages".to_owned()));
    }
    raw.hear("\"welcome\"").await?;
    let _ = raw.frame(TEXT | COMPRESSED, &bomb(BOMB)).await;
    let code = raw.close_code().await;
    Ok(closed_with(code, &[4400, 4120], "a compressed frame"))
}

async fn in_a_body(enemy: &mut Enemy) -> Attempt {
    let gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff][..], &bomb(BOMB)].concat();
    let lines = format!(
        "{}content-type: application/json\r\ncontent-encoding: gzip\r\n",
        Enemy::signed(&enemy.staff)
    );
    let mut raw = enemy.connect().await?;
    raw.say(&enemy.request("POST", "/v1/orders", &lines, &gzip))
        .await?;
    let answer = raw.head().await?;
    let refused = answer.starts_with("HTTP/1.1 4");
    Ok((!refused).then(|| format!("a compressed body was answered with {answer}")))
}

/// Bytes that are no text, texts that are no JSON, JSON that is no frame.
pub(super) async fn no_text(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.socket(&enemy.customer).await?;
    let bytes = match enemy.random.random_range(0..6) {
        0 => frame(TEXT, b"\xff\xfe{}"),
        1 => [frame(TEXT_BEGINS, b"\xc3"), frame(0x80, b"\x28")].concat(),
        2 => frame(BINARY, b"{}"),
        3 => frame(TEXT, "[".repeat(16_000).as_bytes()),
        4 => frame(TEXT, br#"{"type":"subscribe","id":7,"topic":[]}"#),
        _ => frame(TEXT, br#"{"type":"hello","token":"\ud800"}"#),
    };
    raw.say(&bytes).await?;
    let code = raw.close_code().await;
    Ok(closed_with(code, &[4400, 4120], "what is no frame"))
}
