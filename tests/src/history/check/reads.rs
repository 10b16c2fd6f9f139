//! Whether reads were as new as was asked for, and the list what a replay makes of the log.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use crate::history::{Extent, Finding, Log, Logged, Read, Row};

/// One pass over the log, reads by the position that they must reflect.
pub(super) fn check(reads: &[Read], log: &Log) -> Vec<Finding> {
    let first: HashMap<&str, &Logged> = log
        .events
        .iter()
        .filter(|event| event.version == 1)
        .map(|event| (event.order.as_str(), event))
        .collect();
    let mut reads: Vec<&Read> = reads.iter().collect();
    reads.sort_by_key(|read| due(read));
    let mut events = log.events.iter().peekable();
    let mut versions: BTreeMap<&str, u64> = BTreeMap::new();
    let newest: HashMap<&str, u64> = log
        .events
        .iter()
        .map(|event| (event.order.as_str(), event.version))
        .collect();
    let mut recorded: Recorded<'_> = HashMap::new();
    for event in &log.events {
        let order = recorded.entry(&event.order).or_default();
        order.insert(event.version, event.recorded_at);
    }
    let mut findings = Vec::new();
    for read in reads {
        while let Some(event) = events.next_if(|event| event.position <= due(read)) {
            versions.insert(&event.order, event.version);
        }
        if let Some(position) = read.position.filter(|at| *at < read.min_position) {
            let problem = format!("as of {position}, asked for {}", read.min_position);
            findings.push(old(read, problem));
        }
        for row in &read.rows {
            let made_up = newest
                .get(row.order.as_str())
                .is_none_or(|v| row.version > *v);
            findings.extend(look(read, row, first.get(row.order.as_str()), made_up));
            let wanted = versions.get(row.order.as_str()).copied().unwrap_or(0);
            if row.version < wanted && !row.stale {
                let (order, version, due) = (&row.order, row.version, due(read));
                let problem = format!("{order} in version {version}, at {due} it was {wanted}");
                findings.push(old(read, problem));
            }
        }
        findings.extend(absent(read, &versions, &first, &recorded));
    }
    findings
}

/// Up to where the answer must reflect the log: as far as was asked for, and as far as it says.
fn due(read: &Read) -> u64 {
    read.min_position.max(read.position.unwrap_or(0))
}

/// What is wrong with having been shown this row at all.
fn look(read: &Read, row: &Row, first: Option<&&Logged>, made_up: bool) -> Vec<Finding> {
    let (whom, what) = (
        format!("{}, reading {}", read.who, read.what),
        format!("order {} version {}", row.order, row.version),
    );
    let mut findings = Vec::new();
    if !row.above.is_empty() {
        let what = format!("{} of {what}", row.above.join(", "));
        let whom = whom.clone();
        findings.push(Finding::Shown { whom, what });
    }
    match first {
        _ if made_up => findings.push(Finding::MadeUp { whom, what }),
        Some(event) if !read.who.may_see(event) => findings.push(Finding::Shown { whom, what }),
        _ => {}
    }
    findings
}

/// When each version of each order was recorded.
type Recorded<'l> = HashMap<&'l str, BTreeMap<u64, i64>>;

/// The first order that should have been in the answer and is not.
///
/// Of the newest those are missing that were changed after the oldest that is shown. One may have been changed once more
/// before the answer was made, and a clock may have been set back in between: then it is as old as that change.
fn absent(
    read: &Read,
    versions: &BTreeMap<&str, u64>,
    first: &HashMap<&str, &Logged>,
    recorded: &Recorded<'_>,
) -> Option<Finding> {
    let oldest = match read.extent {
        Extent::One => return None,
        Extent::All => i64::MIN,
        Extent::Newest => {
            let rows = read.rows.iter();
            let rows = rows.filter_map(|r| recorded.get(r.order.as_str())?.get(&r.version));
            *rows.min()?
        }
    };
    let newer = |order: &str, version: u64| {
        let versions = recorded.get(order);
        versions.is_some_and(|all| all.range(version..).all(|(_, at)| *at > oldest))
    };
    let listed: HashSet<&str> = read.rows.iter().map(|row| row.order.as_str()).collect();
    let visible = |order: &&str| {
        first
            .get(order)
            .is_some_and(|event| read.who.may_see(event))
    };
    let (order, _) = versions.iter().find(|&(order, version)| {
        visible(order) && !listed.contains(order) && newer(order, *version)
    })?;
    let due = due(read);
    let problem = format!("order {order} is not in it, and was changed at {due} or before");
    Some(old(read, problem))
}

fn old(read: &Read, problem: String) -> Finding {
    Finding::OldRead {
        who: read.who.to_string(),
        what: read.what.clone(),
        problem,
    }
}

/// Holds the rows of the list against the folds of their events.
pub(super) fn check_list(listed: &[Value], log: &Log) -> Vec<Finding> {
    let mut left: BTreeMap<&str, &Value> = log
        .orders
        .iter()
        .map(|(id, order)| (id.as_str(), order))
        .collect();
    let mut findings = Vec::new();
    let mut find = |order: &str, problem: String| {
        let order = order.to_owned();
        findings.push(Finding::ReadModel { order, problem });
    };
    for row in listed {
        let order = row["order_id"].as_str().unwrap_or_default();
        let Some(folded) = left.remove(order) else {
            find(
                order,
                "it is listed, and not in the log or listed twice".to_owned(),
            );
            continue;
        };
        let names = folded
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name);
        let shown = row.as_object().into_iter().flatten().map(|(name, _)| name);
        let mut differing: Vec<&String> = names
            .chain(shown)
            .filter(|name| row[name.as_str()] != folded[name.as_str()])
            // The list's own remark, true of none if all is well.
            .filter(|name| *name != "stale" || row[name.as_str()] != false)
            .collect();
        differing.sort();
        differing.dedup();
        if !differing.is_empty() {
            find(order, format!("{differing:?}"));
        }
    }
    for order in left.into_keys() {
        find(order, "it is not listed".to_owned());
    }
    findings
}
