//! Whether every command is in the log as its sender was told.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::history::{Answer, Command, Finding, Log, Logged};

/// By their marks.
type Rows<'l> = HashMap<&'l str, Vec<&'l Logged>>;

pub(super) fn check(commands: &[Command], log: &Log) -> Vec<Finding> {
    let mut rows: Rows<'_> = HashMap::new();
    for event in &log.events {
        rows.entry(&event.mark).or_default().push(event);
    }
    let mut findings = Vec::new();
    let mut winners: BTreeMap<(&str, u64), BTreeSet<&str>> = BTreeMap::new();
    let mut doubled = BTreeSet::new();
    for command in commands {
        let mark = command.mark.as_str();
        let rows = rows.get(mark).map_or(&[][..], Vec::as_slice);
        if is_doubled(rows) {
            if doubled.insert(mark) {
                let positions = rows.iter().map(|row| row.position).collect();
                let mark = mark.to_owned();
                findings.push(Finding::AppliedTwice { mark, positions });
            }
            continue;
        }
        findings.extend(answers(command, rows));
        let applied = |answer: &Answer| matches!(answer, Answer::Applied { .. });
        if let (Some(expected), Some(order)) = (command.expected, &command.order)
            && command.answers.iter().any(applied)
        {
            winners.entry((order, expected)).or_default().insert(mark);
        }
    }
    winners.retain(|_, marks| marks.len() > 1);
    for command in commands {
        let Some(row) = rows
            .get(command.mark.as_str())
            .and_then(|rows| rows.first())
        else {
            continue;
        };
        let Some(expected) = command.expected else {
            continue;
        };
        let mut told = winners.values().flatten();
        if row.version != expected + 1 && !told.any(|mark| *mark == command.mark) {
            findings.push(Finding::OtherVersion {
                mark: command.mark.clone(),
                expected,
                found: row.version - 1,
            });
        }
    }
    findings.extend(winners.into_iter().map(|((order, expected), marks)| {
        let marks = marks.into_iter().map(str::to_owned).collect();
        Finding::TwoSuccesses {
            order: order.to_owned(),
            expected,
            marks,
        }
    }));
    findings
}

/// The events of one command stand side by side, in one order, under one command id.
fn is_doubled(rows: &[&Logged]) -> bool {
    rows.windows(2).any(|two| {
        let [one, next] = two else { return false };
        one.command != next.command || one.order != next.order || one.position + 1 != next.position
    })
}

fn answers(command: &Command, rows: &[&Logged]) -> Vec<Finding> {
    let answers = command.answers.iter();
    answers
        .filter_map(|answer| one(command, answer, rows))
        .collect()
}

fn one(command: &Command, answer: &Answer, rows: &[&Logged]) -> Option<Finding> {
    let mark = command.mark.clone();
    let done_all_the_same = |answer: String| {
        rows.first().map(|row| Finding::DoneAllTheSame {
            mark: command.mark.clone(),
            answer,
            position: row.position,
        })
    };
    match answer {
        Answer::Unknown => None,
        Answer::Refused { code } => done_all_the_same(code.clone()),
        Answer::Unchanged { .. } => done_all_the_same("unchanged".to_owned()),
        Answer::Applied {
            order,
            version,
            position,
        } => {
            let Some(last) = rows.last() else {
                let (order, version) = (order.clone(), *version);
                return Some(Finding::Lost {
                    mark,
                    order,
                    version,
                });
            };
            let place = position.unwrap_or(last.position);
            let right = last.order == *order
                && last.version == *version
                && last.position == place
                && command.order.as_ref().is_none_or(|asked| asked == order);
            (!right).then(|| Finding::Misreported {
                mark,
                said: format!("{order} version {version} at {place}"),
                logged: format!(
                    "{} version {} at {}",
                    last.order, last.version, last.position
                ),
            })
        }
    }
}
