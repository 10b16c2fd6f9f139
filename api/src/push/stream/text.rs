//! How messages of an event stream are written (WHATWG HTML, section 9.2).

use std::time::Duration;

use serde_json::{Value, json};
use waybill_projections::push::{Delivery, Output};

use crate::push::frames::write_event_object;

/// How long after a connection broke a browser is to come back, at random between the two.
pub(super) const RECONNECT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3));
/// The same after a reset. Whoever does not do what a reset asks for comes back with the same cursor and is
/// told the same, for as long as he likes; so not often.
const AFTER_RESET: (Duration, Duration) = (Duration::from_secs(30), Duration::from_mins(1));
/// Who is asked to come back within a time waits for at least so long.
const SOONEST: Duration = Duration::from_millis(100);

/// A comment: nothing to a browser, and something to a proxy that would close a silent connection.
pub(super) const KEEP_ALIVE: &str = ": keep-alive\n\n";

/// When to come back after the connection has ended: at random, so that not all come back together.
pub(super) fn retry((least, most): (Duration, Duration)) -> String {
    let most = most.max(least + Duration::from_millis(1));
    format!("retry: {}\n\n", rand::random_range(least..most).as_millis())
}

/// A message with a place in the log, which the browser remembers.
pub(super) fn at(event: &str, cursor: &str) -> String {
    let data = json!({ "cursor": cursor });
    format!("id: {cursor}\nevent: {event}\ndata: {data}\n\n")
}

/// The browser keeps the id that it has.
fn without_place(event: &str, data: &Value) -> String {
    format!("event: {event}\ndata: {data}\n\n")
}

/// The cursor does not fit the log. The last thing that is said.
pub(super) fn reset(reason: &str) -> String {
    retry(AFTER_RESET) + &without_place("reset", &json!({ "reason": reason }))
}

/// Come back at a random moment within this time. The last thing that is said.
pub(super) fn drain(within: Duration) -> String {
    let data = json!({ "retry_within_ms": super::super::millis(within) });
    retry((SOONEST, within)) + &without_place("drain", &data)
}

/// The right to see this has ended. The last thing that is said.
pub(super) fn end(code: &str, detail: &str) -> String {
    without_place("end", &json!({ "code": code, "detail": detail }))
}

/// Writes `output` at the end of `buffer`, and says whether it was the last thing to say.
pub(super) fn write(buffer: &mut Vec<u8>, output: &Output) -> bool {
    match output {
        Output::Event(delivery) => write_event(buffer, delivery),
        Output::Live { cursor, .. } => buffer.extend_from_slice(at("live", cursor).as_bytes()),
        Output::Cursor { cursor, .. } => buffer.extend_from_slice(at("cursor", cursor).as_bytes()),
        Output::Reset { .. } => {
            buffer.extend_from_slice(reset("epoch").as_bytes());
            return true;
        }
    }
    false
}

/// The bytes that all clients share are JSON without line breaks, as `data` needs it.
fn write_event(buffer: &mut Vec<u8>, delivery: &Delivery) {
    let event = &delivery.event;
    let head = format!("id: {}\nevent: {}\ndata: ", event.cursor, event.wire_type());
    buffer.extend_from_slice(head.as_bytes());
    write_event_object(
        buffer,
        event.wire(delivery.audience),
        delivery.order.as_deref(),
    );
    buffer.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_back_does_so_at_random_and_never_at_once() {
        let waits = |text: String| -> u64 {
            let line = text.lines().next().unwrap();
            line.strip_prefix("retry: ").unwrap().parse().unwrap()
        };
        let within = Duration::from_secs(5);
        for _ in 0..100 {
            assert!((1_000..3_000).contains(&waits(retry(RECONNECT))));
            assert!((100..5_000).contains(&waits(drain(within))));
            assert!((30_000..60_000).contains(&waits(reset("ahead"))));
        }
        // Even where there is hardly any time.
        assert_eq!(waits(drain(Duration::ZERO)), 100);
        let all: std::collections::BTreeSet<u64> =
            (0..20).map(|_| waits(retry(RECONNECT))).collect();
        assert!(all.len() > 1, "not at random: {all:?}");
    }

    #[test]
    fn a_message_is_lines_and_a_blank_one() {
        assert_eq!(
            at("live", "abc"),
            "id: abc\nevent: live\ndata: {\"cursor\":\"abc\"}\n\n"
        );
        assert_eq!(
            end("token_revoked", "It is over."),
            "event: end\ndata: {\"code\":\"token_revoked\",\"detail\":\"It is over.\"}\n\n"
        );
    }
}
