//! Whether the log is whole.

use std::collections::HashMap;

use crate::history::{Finding, Log};

pub(super) fn check(log: &Log) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut versions: HashMap<&str, u64> = HashMap::new();
    let mut ids: HashMap<&str, u64> = HashMap::new();
    let mut last = 0;
    for event in &log.events {
        let position = event.position;
        if position != last + 1 {
            let gap = format!("{position} comes after {last}");
            findings.push(Finding::LogGap(gap));
        }
        last = position;
        let version = versions.entry(&event.order).or_default();
        if event.version != *version + 1 {
            let (order, found) = (&event.order, event.version);
            let gap = format!("order {order} has version {found} after {version}, at {position}");
            findings.push(Finding::LogGap(gap));
        }
        *version = event.version;
        if let Some(first) = ids.insert(&event.event_id, position) {
            findings.push(Finding::LogRepeat {
                event: event.event_id.clone(),
                first,
                second: position,
            });
        }
    }
    findings
}
