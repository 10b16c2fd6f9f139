//! The frame that all sides send: the one that a customer gets of a change of status.

use serde_json::{Value, json};

/// What stands before an event's number; a line without it holds no event.
pub const NUMBER: &[u8] = br#""order_number":"ORD-"#;
/// What stands before the time that an event carries.
pub const TIME: &[u8] = br#""recorded_at":""#;

/// For the peers, with the number and the time to be filled in. The event is ours, so that every side
/// sends as many bytes.
pub fn template() -> Value {
    json!({
        "event": {
            "aggregate_type": "order",
            "cursor": "QMBplbsBW7VTN32J-01bMg",
            "customer_id": "customer-1",
            "data": { "from": "pending", "to": "processing" },
            "event_id": "01a20019-8d89-75c2-87b6-01a4a8cfe633",
            "order_id": "01a20019-8813-7a30-9d04-8f1d2f0b6b51",
            "order_number": "ORD-0",
            "recorded_at": "",
            "type": "order.status_changed",
            "version": 2,
        },
        "ids": ["a"],
        "type": "event",
    })
}

/// The template as text, cut where number and time go.
pub struct Frame([String; 3]);

impl Frame {
    /// Cuts it.
    pub fn new() -> Self {
        let text = template().to_string();
        let (before, rest) = text.split_once(r"ORD-0").unwrap_or_default();
        let (between, after) = rest.split_once(r#""recorded_at":""#).unwrap_or_default();
        Self([
            format!("{before}ORD-"),
            format!(r#"{between}"recorded_at":""#),
            after.to_owned(),
        ])
    }

    /// The event of that number, as of now.
    pub fn now(&self, number: u64) -> String {
        let [before, between, after] = &self.0;
        let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        format!("{before}{number}{between}{now}{after}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_json_with_the_number_and_a_time_of_microseconds() {
        let frame: Value = serde_json::from_str(&Frame::new().now(17)).expect("JSON");
        assert_eq!(frame["event"]["order_number"], "ORD-17");
        let time = frame["event"]["recorded_at"].as_str().expect("text");
        assert_eq!(time.len(), "2025-01-01T12:00:00.000000Z".len());
        assert!((350..400).contains(&Frame::new().now(10_000).len()));
    }
}
