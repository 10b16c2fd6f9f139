//! A log that is cut short has several lives, and a history of all of them.
//!
//! When an older backup is restored, or a standby takes over that had lagged, the end of the log is gone, and other
//! events get its positions. What clients were told before agrees with the log as it was then, which is kept here, and
//! what they are told afterwards with the log as it is now. What was acknowledged and is only in an earlier life is
//! lost by design; that is counted.

use std::collections::HashSet;

use waybill_tests::history::{Answer, Finding, History, Log, Read, check};
use waybill_tests::postgres::Postgres;

use super::scene::Scene;
use crate::load::{Load, Loaded};
use crate::tried::Tried;

/// Findings that are told; more are only counted.
const TOLD: usize = 30;

/// A life of the log that is over.
pub struct Life {
    /// The log as it was at its end.
    log: Log,
    end: End,
    /// Followers' accounts that had begun when every node had noticed. Until then a node shows what it remembers.
    noticed: usize,
}

/// How far the history was when a life of the log ended.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// Followers' accounts that had begun by then.
    accounts: usize,
    /// Reads that were answered by then.
    reads: usize,
}

impl Scene {
    /// From now on nobody appends to the log as it is.
    pub fn end_life(&self) -> End {
        let history = self.recorder.so_far();
        End {
            accounts: history.accounts.len(),
            reads: history.reads.len(),
        }
    }

    /// Keeps the log of the life that has ended, from the Postgres that has it; to be called when every node has
    /// noticed. The load forgets what may be gone.
    pub async fn bury(&mut self, end: End, postgres: &Postgres, load: &Load) -> anyhow::Result<()> {
        let noticed = self.recorder.so_far().accounts.len();
        let log = Log::load(&postgres.owner_url()?).await?;
        self.lives.push(Life { log, end, noticed });
        load.forget();
        Ok(())
    }
}

/// Holds a history against all lives of the log.
pub fn judge(loaded: Loaded, lives: &[Life], newest: &Log, tried: &mut Tried) {
    tried.count("events in the log", newest.events.len() as u64);
    for (what, count) in &loaded.counts {
        tried.count(what, *count);
    }
    tried.findings.extend(not_reset(&loaded.history, lives));
    let (findings, cut_off) = held_against(loaded.history, lives, newest);
    tried.count("acknowledged commands that were cut off", cut_off);
    let mut unexpected = loaded.unexpected;
    unexpected.retain(|answer| !is_of_a_former_order(answer, lives, newest));
    let all = findings.len() + unexpected.len();
    let findings = findings.iter().map(ToString::to_string);
    tried.findings.extend(findings.chain(unexpected).take(TOLD));
    if all > TOLD {
        tried.findings.push(format!("and {} more", all - TOLD));
    }
}

/// Whether an answer says that there is no such order, and speaks of one that was cut off: a request that was under way
/// then comes to a log that has never had it.
fn is_of_a_former_order(answer: &str, lives: &[Life], newest: &Log) -> bool {
    let has = |log: &Log| {
        let mut events = log.events.iter();
        events.any(|event| answer.contains(&event.order))
    };
    answer.contains("404 Not Found not_found") && !has(newest) && lives.iter().any(|l| has(&l.log))
}

/// Whether all followers were told that a life had ended: each then begins another account.
fn not_reset(history: &History, lives: &[Life]) -> Vec<String> {
    let followers = lives.first().map_or(0, |life| life.end.accounts);
    let ends = lives.iter().map(|life| life.end.accounts);
    let next = ends.clone().skip(1).chain([history.accounts.len()]);
    let told = ends.zip(next).map(|(end, next)| next - end);
    told.filter(|told| *told < followers)
        .map(|told| format!("only {told} of {followers} followers were told `reset`"))
        .collect()
}

/// What is wrong, and how many acknowledged commands are in earlier lives only.
fn held_against(mut history: History, lives: &[Life], newest_log: &Log) -> (Vec<Finding>, u64) {
    let logs: Vec<&Log> = lives
        .iter()
        .map(|life| &life.log)
        .chain([newest_log])
        .collect();
    let newest = logs.len() - 1;
    let marks: Vec<HashSet<&str>> = logs
        .iter()
        .map(|log| log.events.iter().map(|event| event.mark.as_str()).collect())
        .collect();
    let mut parts: Vec<History> = logs.iter().map(|_| History::default()).collect();
    parts[newest].listed = history.listed.take();
    let mut cut_off = 0;
    for mut command in history.commands.drain(..) {
        // One that no log has is missing from the newest.
        let life = marks
            .iter()
            .rposition(|marks| marks.contains(command.mark.as_str()));
        let life = life.unwrap_or(newest);
        let acknowledged = |answer: &Answer| matches!(answer, Answer::Applied { .. });
        if life < newest && command.answers.iter().any(acknowledged) {
            cut_off += 1;
        }
        if life < newest {
            // Asked again after the cut, it was refused by a log that does not have it.
            let told = |answer: &Answer| matches!(answer, Answer::Applied { .. } | Answer::Unknown);
            command.answers.retain(told);
        }
        parts[life].commands.push(command);
    }
    let mut findings: Vec<Finding> = Vec::new();
    for (part, log) in parts.iter().zip(&logs) {
        findings.extend(check(part, log));
    }
    let life_of = |nth: usize, end: fn(&Life) -> usize| {
        let life = lives.iter().position(|life| nth < end(life));
        life.unwrap_or(newest)
    };
    for (nth, account) in history.accounts.into_iter().enumerate() {
        // Whoever began in one life and was not cut off may have seen the next one, before anybody noticed. But who was
        // never told that a life had ended must have seen the newest and nothing else.
        let first = if account.ended {
            life_of(nth, |life| life.noticed)
        } else {
            newest
        };
        let alone = History {
            accounts: vec![account],
            ..History::default()
        };
        findings.extend(agreeing(&alone, &logs[first..]));
    }
    let mut reads: Vec<Vec<Read>> = logs.iter().map(|_| Vec::new()).collect();
    for (nth, read) in history.reads.into_iter().enumerate() {
        reads[life_of(nth, |life| life.end.reads)].push(read);
    }
    for (life, reads) in reads.into_iter().enumerate() {
        // One that was under way when a life ended may be of either.
        let logs = &logs[life.saturating_sub(1)..];
        let of = |reads| History {
            reads,
            ..History::default()
        };
        let together = of(reads);
        if !check(&together, logs[logs.len().min(2) - 1]).is_empty() {
            let alone = together.reads.into_iter().map(|read| of(vec![read]));
            findings.extend(alone.flat_map(|read| agreeing(&read, logs)));
        }
    }
    (findings, cut_off)
}

/// What is wrong with it by the log that it agrees with most.
fn agreeing(history: &History, logs: &[&Log]) -> Vec<Finding> {
    let mut least: Option<Vec<Finding>> = None;
    for log in logs {
        let found = check(history, log);
        if found.is_empty() {
            return found;
        }
        if least.as_ref().is_none_or(|least| found.len() < least.len()) {
            least = Some(found);
        }
    }
    least.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use waybill_domain::Audience;
    use waybill_tests::history::{Account, Begin, Channel, Command, Logged, Seen, Topic, Who};

    use super::*;

    /// A log of orders that were placed by these commands, one after the other.
    fn log(marks: &[&str]) -> Log {
        let logged = |(position, mark): (u64, &&str)| Logged {
            position,
            event_id: format!("event of {mark}"),
            order: format!("order of {mark}"),
            version: 1,
            customer: "c".to_owned(),
            command: format!("command of {mark}"),
            mark: (*mark).to_owned(),
            recorded_at: position.cast_signed(),
        };
        Log {
            events: (1..).zip(marks).map(logged).collect(),
            ..Log::default()
        }
    }

    /// A life that nobody had asked for anything.
    fn over_at_once(log: Log) -> Life {
        let end = End {
            accounts: 0,
            reads: 0,
        };
        Life {
            log,
            end,
            noticed: 0,
        }
    }

    fn placed(mark: &str, position: u64) -> Command {
        Command {
            mark: mark.to_owned(),
            order: None,
            expected: None,
            answers: vec![Answer::Applied {
                order: format!("order of {mark}"),
                version: 1,
                position: Some(position),
            }],
        }
    }

    #[test]
    fn only_an_order_that_was_cut_off_may_be_missed_by_who_asks_for_it() {
        let lives = [over_at_once(log(&["a", "b"]))];
        let newest = log(&["a"]);
        let missed = |order: &str| {
            let answer = format!("/v1/orders/{order}: 404 Not Found not_found: There is none.");
            is_of_a_former_order(&answer, &lives, &newest)
        };
        let all = ["order of a", "order of b", "order of c"];
        assert_eq!(all.map(missed), [false, true, false]);
        let other = "/v1/orders/order of b: 500 Internal Server Error internal: ";
        assert!(!is_of_a_former_order(other, &lives, &newest));
    }

    #[test]
    fn what_an_earlier_life_has_was_cut_off_and_what_none_has_is_lost() {
        let life = over_at_once(log(&["a", "b", "c"]));
        let newest = log(&["a", "d"]);
        let mut history = History {
            commands: vec![
                placed("a", 1),
                placed("b", 2),
                placed("c", 3),
                placed("d", 2),
            ],
            ..History::default()
        };
        let lives = [life];
        let (findings, cut_off) = held_against(history.clone(), &lives, &newest);
        assert_eq!((findings, cut_off), (Vec::new(), 2));
        history.commands.push(placed("e", 3));
        let (findings, _) = held_against(history, &lives, &newest);
        assert!(
            matches!(findings[..], [Finding::Lost { .. }]),
            "{findings:?}"
        );
    }

    #[test]
    fn what_is_gone_may_be_shown_until_it_is_noticed_and_must_be_taken_back() {
        let former = log(&["a", "b"]);
        let newest = log(&["a", "d"]);
        let desk = Who {
            subject: "desk".to_owned(),
            audience: Audience::Staff,
        };
        let seen = |event: &Logged| Seen {
            order: event.order.clone(),
            version: event.version,
            event_id: Some(event.event_id.clone()),
            position: Some(event.position),
            above: Vec::new(),
        };
        let findings = |shown: &[&Logged], ended: bool, noticed: usize| {
            let begin = Begin::After(0);
            let mut account =
                Account::new(desk.clone(), Channel::EventStream, Topic::Orders, begin);
            account.seen = shown.iter().copied().map(seen).collect();
            (account.ended, account.complete) = (ended, !ended);
            let history = History {
                accounts: vec![account],
                ..History::default()
            };
            let mut life = over_at_once(former.clone());
            life.noticed = noticed;
            held_against(history, &[life], &newest).0.len()
        };
        let (a, b, d) = (&former.events[0], &former.events[1], &newest.events[1]);
        assert_eq!(
            findings(&[a, b], true, 1),
            0,
            "shown before anybody noticed"
        );
        assert_eq!(findings(&[a, d], false, 1), 0, "shown what is");
        assert_ne!(findings(&[a, b], true, 0), 0, "shown afterwards");
        assert_ne!(findings(&[a, b], false, 1), 0, "never taken back");
        assert_ne!(findings(&[a, b, d], true, 1), 0, "shown both");
    }
}
