//! The text of a message, as frames of the protocol.

use std::sync::Arc;

use serde_json::Value;
use waybill_domain::Audience;
use waybill_infra::log::Cursor;

use crate::push::frames::{ClientFrame, Subscribe, write_event};
use crate::push::refused::{check_id, refusal};
use crate::push::topic::Wish;
use crate::push::{check_types, parse_cursor, wire};

/// Reads the text of one message.
///
/// # Panics
/// If the same text twice over is not read as the same frames twice over, if what is accepted could not be written in an
/// answer, or if somebody but staff may name a bare position.
pub fn client_frame(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(frames) = wire::read(text) else {
        return;
    };
    assert!(!frames.is_empty());
    let shown: Vec<_> = frames.iter().map(|frame| format!("{frame:?}")).collect();
    let twice = wire::read(&format!("{text}\n{text}")).map(|frames| {
        let shown = frames.iter().map(|frame| format!("{frame:?}"));
        shown.collect::<Vec<_>>()
    });
    assert_eq!(twice.ok(), Some([&*shown, &*shown].concat()));
    for frame in frames {
        match frame {
            ClientFrame::Subscribe(wish) => subscribes(&wish),
            ClientFrame::Unsubscribe { id } => refuses(&id),
            ClientFrame::Hello { .. } | ClientFrame::Auth { .. } | ClientFrame::Pong {} => {}
        }
    }
}

fn subscribes(wish: &Subscribe) {
    refuses(&wish.id);
    if check_id(&wish.id).is_ok() {
        let (id, mut written): (Arc<str>, _) = (wish.id.as_str().into(), Vec::new());
        write_event(&mut written, &[Arc::clone(&id), id], b"{}", Some(b"{}"));
        let written: Value = serde_json::from_slice(&written).expect("an event is JSON");
        assert_eq!(written["ids"][1], wish.id);
    }
    if let Ok(types) = check_types(&wish.types) {
        assert!(types.is_empty() || !wish.types.is_empty());
    }
    match wish.topic.parse::<Wish>() {
        Ok(Wish::Orders) => assert_eq!(wish.topic, "orders"),
        Ok(Wish::Me) => assert_eq!(wish.topic, "customer:me"),
        Ok(Wish::Customer(id)) => assert_eq!(wish.topic, format!("customer:{id}")),
        Ok(Wish::Order(key)) => {
            let named = wish.topic.strip_prefix("order:");
            // A UUID may be written in capitals.
            assert!(named.is_some_and(|named| named.eq_ignore_ascii_case(&key.to_string())));
        }
        Err(_) => {}
    }
    let Some(after) = &wish.after else { return };
    for audience in Audience::ALL {
        match parse_cursor(after, audience) {
            Ok(Cursor::After(position)) => {
                assert_eq!(audience, Audience::Staff);
                assert_eq!(after.parse(), Ok(position.0));
            }
            Ok(Cursor::Opaque(text)) => assert_eq!(text, *after),
            Ok(Cursor::Earliest | Cursor::Now) | Err(_) => {}
        }
    }
}

/// Whatever the client calls its subscription, it can be told that it is not granted.
fn refuses(id: &str) {
    let frame = refusal(Some(id), "bad_id", "no", false);
    assert!(!frame.contains('\n'), "a frame is a line");
    let frame: Value = serde_json::from_str(&frame).expect("a frame is JSON");
    assert_eq!(frame["id"], id);
}
