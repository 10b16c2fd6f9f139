//! Following over `/v1/events`.

use std::time::Duration;

use serde_json::Value;

use super::follower::{Follower, SILENCE};

/// How long a node may wait for an event, in seconds.
const WAIT_SECS: u64 = 2;
/// Events that are asked for at once, few enough for pages to end between any two.
const LIMIT: u64 = 20;

pub(super) async fn follow(me: &mut Follower) -> Option<Duration> {
    let http = reqwest::Client::builder().timeout(SILENCE).build().ok()?;
    let node = me.node();
    while !me.is_done() && !me.hangs_up() {
        let after = me.cursor.as_deref().unwrap_or("earliest");
        let include = if me.include { "&include=order" } else { "" };
        let topic = &me.topic;
        let url = format!(
            "http://{node}/v1/events?topic={topic}&after={after}&limit={LIMIT}&wait={WAIT_SECS}{include}"
        );
        let response = http.get(url).bearer_auth(&me.token).send().await.ok()?;
        let status = response.status();
        let page: Value = response.json().await.ok()?;
        match status.as_u16() {
            200 => {}
            410 => {
                me.reset();
                continue;
            }
            429 | 503 => return Some(Duration::from_secs(1)),
            _ => {
                me.wonder(&format!("a poll answered with {status} {}", page["code"]));
                return Some(Duration::from_secs(1));
            }
        }
        for event in page["data"].as_array().into_iter().flatten() {
            me.handle(event, &event["order"]);
        }
        me.keep(&page["cursor"]);
    }
    None
}
