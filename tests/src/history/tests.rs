//! The checker, fed with histories in which each fault was planted.

use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::seq::IteratorRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use waybill_domain::Audience;

use super::legal::{history, seen_by};
use super::*;

/// Three orders of two customers: `tea` of ada in versions 1 to 4, `pot` of bob in 1 and 2, `cup` of ada in 1. Each
/// command made one event, but the one that made `tea` 3 and 4.
fn log() -> Log {
    let rows = [
        ("tea", 1, "ada", "place-tea"),
        ("pot", 1, "bob", "place-pot"),
        ("tea", 2, "ada", "pack-tea"),
        ("pot", 2, "bob", "pack-pot"),
        ("tea", 3, "ada", "ship-tea"),
        ("tea", 4, "ada", "ship-tea"),
        ("cup", 1, "ada", "place-cup"),
    ];
    let events = rows
        .iter()
        .zip(1..)
        .map(|((order, version, customer, mark), position)| Logged {
            position,
            event_id: format!("event-{position}"),
            order: (*order).to_owned(),
            version: *version,
            customer: (*customer).to_owned(),
            command: format!("command of {mark}"),
            mark: (*mark).to_owned(),
            recorded_at: position.cast_signed(),
        })
        .collect();
    let orders = [("tea", 4), ("pot", 2), ("cup", 1)].map(|(order, version)| {
        let row = json!({"order_id": order, "version": version, "total": 7});
        (order.to_owned(), row)
    });
    Log {
        events,
        orders: orders.into(),
    }
}

fn staff() -> Who {
    Who {
        subject: "ann".into(),
        audience: Audience::Staff,
    }
}

fn customer(name: &str) -> Who {
    Who {
        subject: name.into(),
        audience: Audience::Customer,
    }
}

fn command(mark: &str, order: Option<&str>, expected: Option<u64>, answers: &[Answer]) -> Command {
    Command {
        mark: mark.into(),
        order: order.map(str::to_owned),
        expected,
        answers: answers.to_vec(),
    }
}

fn applied(order: &str, version: u64, position: u64) -> Answer {
    Answer::Applied {
        order: order.into(),
        version,
        position: Some(position),
    }
}

fn follower(who: Who, topic: Topic, log: &Log) -> Account {
    let mut account = Account::new(who, Channel::WebSocket, topic, Begin::After(0));
    let events = log
        .events
        .iter()
        .filter(|event| account.topic.covers(event));
    account.seen = events.map(|event| seen_by(&account.who, event)).collect();
    account.complete = true;
    account
}

fn row(order: &str, version: u64) -> Row {
    Row {
        order: order.into(),
        version,
        stale: false,
        above: Vec::new(),
    }
}

/// What happened, seen by everybody.
fn clean() -> (History, Log) {
    let log = log();
    let read = Read {
        who: staff(),
        what: "the list".into(),
        min_position: 5,
        position: Some(6),
        rows: vec![row("tea", 4), row("pot", 2)],
        extent: Extent::All,
    };
    let guest = Who {
        subject: "tea".into(),
        audience: Audience::Guest,
    };
    let history = History {
        commands: vec![
            command("place-tea", None, None, &[applied("tea", 1, 1)]),
            command(
                "place-pot",
                None,
                None,
                &[Answer::Unknown, applied("pot", 1, 2)],
            ),
            command("pack-tea", Some("tea"), Some(1), &[applied("tea", 2, 3)]),
            command("pack-pot", Some("pot"), None, &[Answer::Unknown]),
            command("ship-tea", Some("tea"), Some(2), &[applied("tea", 4, 6)]),
            command("place-cup", None, None, &[]),
        ],
        accounts: vec![
            follower(staff(), Topic::Orders, &log),
            follower(customer("ada"), Topic::Customer("ada".into()), &log),
            follower(guest, Topic::Order("tea".into()), &log),
        ],
        reads: vec![read],
        listed: Some(log.orders.values().cloned().collect()),
    };
    (history, log)
}

/// What is found after `plant` has had its way with what happened.
fn found(plant: impl FnOnce(&mut History, &mut Log)) -> Vec<String> {
    let (mut history, mut log) = clean();
    plant(&mut history, &mut log);
    let findings = check(&history, &log);
    findings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_clean_history_gives_nothing() {
    assert!(found(|_, _| {}).is_empty());
}

#[test]
fn a_gap_in_the_log_and_an_id_that_comes_twice() {
    let positions = found(|history, log| {
        *history = History::default();
        log.events[6].position = 9;
    });
    assert_eq!(positions, ["the log has a gap: 9 comes after 6"]);
    let versions = found(|history, log| {
        *history = History::default();
        log.events[6].version = 2;
    });
    let gap = "the log has a gap: order cup has version 2 after 0, at 7";
    assert_eq!(versions, [gap]);
    let ids = found(|history, log| {
        *history = History::default();
        log.events[6].event_id = "event-1".into();
    });
    assert_eq!(ids, ["event event-1 is at 1 and at 7"]);
}

#[test]
fn an_acknowledged_command_that_is_missing() {
    let findings = found(|history, _| {
        let lost = command("pay", Some("tea"), None, &[applied("tea", 5, 8)]);
        history.commands.push(lost);
    });
    let lost = "command pay was acknowledged as tea version 5 and is not in the log";
    assert_eq!(findings, [lost]);
}

#[test]
fn a_command_that_was_applied_twice() {
    // Once as it was answered, once more under another command id.
    let findings = found(|_, log| log.events[6].mark = "place-pot".into());
    assert_eq!(
        findings,
        ["command place-pot was applied more than once, at [2, 7]"]
    );
    // Nobody knew of any of the two.
    let findings = found(|_, log| {
        log.events[6].mark = "pack-pot".into();
    });
    assert_eq!(
        findings,
        ["command pack-pot was applied more than once, at [4, 7]"]
    );
}

#[test]
fn an_answer_that_is_not_what_was_done() {
    let findings = found(|history, _| {
        history.commands[2].answers.push(applied("tea", 3, 5));
    });
    assert_eq!(
        findings,
        ["command pack-tea was said to be tea version 3 at 5, and the log has tea version 2 at 3"]
    );
}

#[test]
fn a_command_that_was_refused_and_done_all_the_same() {
    let refused = Answer::Refused {
        code: "version_conflict".into(),
    };
    let findings = found(|history, _| history.commands[3].answers.push(refused));
    assert_eq!(
        findings,
        ["command pack-pot was answered with version_conflict, and is in the log at 4"]
    );
    let findings = found(|history, _| {
        history.commands[3].answers.push(Answer::Unchanged {
            order: "pot".into(),
            version: 1,
        });
    });
    assert_eq!(
        findings,
        ["command pack-pot was answered with unchanged, and is in the log at 4"]
    );
}

#[test]
fn two_successes_on_one_expected_version() {
    let findings = found(|history, _| history.commands[4].expected = Some(1));
    assert_eq!(
        findings,
        [r#"commands ["pack-tea", "ship-tea"] both succeeded on tea version 1"#]
    );
    // The other one's answer was lost.
    let findings = found(|history, _| {
        history.commands[4].expected = Some(1);
        history.commands[4].answers.clear();
    });
    assert_eq!(
        findings,
        ["command ship-tea expected version 1 and was applied to 2"]
    );
}

#[test]
fn a_gap_a_repeat_and_a_disorder_on_any_subscription() {
    for (nth, name, length) in [
        (0, "ann of staff, orders over a WebSocket", 7),
        (1, "customer ada, customer:ada over a WebSocket", 5),
        (2, "the guest of tea, order:tea over a WebSocket", 4),
    ] {
        // Of the topic of all orders, what stands at 2 is at position 3, of the others at 5.
        let at = if nth == 0 { 3 } else { 5 };
        let gap = found(|history, _| {
            history.accounts[nth].seen.remove(2);
        });
        assert_eq!(
            gap,
            [format!("{name}: 1 events are missing, the first at {at}")]
        );
        let cut = found(|history, _| history.accounts[nth].seen.truncate(2));
        let missing = length - 2;
        let cut_at = format!("{name}: {missing} events are missing, the first at {at}");
        assert_eq!(cut, [cut_at]);
        let again = found(|history, _| {
            let seen = &mut history.accounts[nth].seen;
            seen.push(seen[2].clone());
        });
        assert_eq!(again, [format!("{name}: the event at {at} came again")]);
        let disorder = found(|history, _| history.accounts[nth].seen.swap(2, 3));
        let after = at + 1;
        let disordered = format!("{name}: the event at {at} came after {after}");
        assert_eq!(disorder, [disordered]);
    }
}

#[test]
fn whoever_had_no_time_to_see_the_end_misses_nothing() {
    let findings = found(|history, _| {
        for account in &mut history.accounts {
            account.seen.truncate(2);
            account.complete = false;
        }
    });
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn an_account_begins_where_it_says_or_with_what_it_sees_first() {
    let begin = |begin: Begin| {
        found(|history, _| {
            let account = &mut history.accounts[0];
            account.begin = begin;
            account.seen.drain(..2);
        })
    };
    assert!(begin(Begin::After(2)).is_empty());
    assert!(begin(Begin::Somewhere).is_empty());
    assert_eq!(begin(Begin::After(1)).len(), 1);
    assert_eq!(begin(Begin::After(3)).len(), 1);
}

#[test]
fn whoever_began_somewhere_and_was_never_shown_anything() {
    let shown_nothing = |events: u64, plant: fn(&mut Account)| {
        found(|history, log| {
            *history = History::default();
            log.events.truncate(1);
            for nth in 1..events {
                let mut next = log.events[0].clone();
                (next.position, next.version) = (nth + 1, nth + 1);
                next.event_id = format!("event-{}", nth + 1);
                log.events.push(next);
            }
            let mut account = follower(customer("ada"), Topic::Customer("ada".into()), log);
            account.begin = Begin::Somewhere;
            account.seen.clear();
            plant(&mut account);
            history.accounts.push(account);
        })
    };
    assert_eq!(
        shown_nothing(30, |_| {}),
        ["customer ada, customer:ada over a WebSocket: nothing was shown of 30 events"]
    );
    // There may have been nothing left to see.
    assert!(shown_nothing(20, |_| {}).is_empty());
    assert!(shown_nothing(30, |account| account.again = true).is_empty());
    assert!(shown_nothing(30, |account| account.complete = false).is_empty());
}

#[test]
fn an_event_that_is_not_for_whoever_saw_it() {
    let findings = found(|history, log| {
        let seen = seen_by(&customer("ada"), &log.events[1]);
        history.accounts[1].seen.insert(1, seen);
    });
    assert_eq!(
        findings,
        [
            "customer ada, customer:ada over a WebSocket was shown what is not for him: order pot version 1"
        ]
    );
    let findings = found(|history, log| {
        let seen = seen_by(&staff(), &log.events[0]);
        history.accounts[0].topic = Topic::Customer("bob".into());
        history.accounts[0].seen = vec![seen, seen_by(&staff(), &log.events[1])];
        history.accounts[0].complete = false;
    });
    assert_eq!(
        findings,
        ["ann of staff, customer:bob over a WebSocket: the event at 1 is none of this topic"]
    );
}

#[test]
fn a_field_that_is_not_for_whoever_saw_it() {
    let event = json!({"order_id": "tea", "version": 1, "data": {"internal_note": "rude"}});
    let order = json!({"order_id": "tea", "metadata": {}});
    let seen = Seen::of(&event, &order, Audience::Customer).unwrap();
    let findings = found(|history, _| history.accounts[1].seen[0] = seen);
    assert_eq!(
        findings,
        [
            "customer ada, customer:ada over a WebSocket was shown what is not for him: \
             metadata, data.internal_note of order tea version 1"
        ]
    );
    // The order may come in the event, and is then no member of its own.
    for (order, hidden) in [(json!({"city": "Bern"}), 0), (json!({"total": 7}), 1)] {
        let event = json!({"order_id": "tea", "version": 1, "order": order});
        let seen = Seen::of(&event, &serde_json::Value::Null, Audience::Guest).unwrap();
        assert_eq!(seen.above.len(), hidden, "{seen:?}");
    }
}

#[test]
fn an_event_that_never_happened() {
    for change in [
        |seen: &mut Seen| seen.version = 9,
        |seen: &mut Seen| seen.event_id = Some("event-9".into()),
        |seen: &mut Seen| seen.position = Some(9),
    ] {
        let findings = found(|history, _| {
            let mut seen = history.accounts[0].seen[6].clone();
            change(&mut seen);
            history.accounts[0].seen.push(seen);
        });
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].contains("which the log does not have"));
    }
}

#[test]
fn a_read_that_is_older_than_what_was_asked_for() {
    let findings = found(|history, _| history.reads[0].rows[0].version = 2);
    assert_eq!(
        findings,
        ["ann of staff read the list: tea in version 2, at 6 it was 4"]
    );
    let findings = found(|history, _| history.reads[0].position = Some(4));
    assert_eq!(
        findings,
        ["ann of staff read the list: as of 4, asked for 5"]
    );
    // A customer is not told a position.
    let findings = found(|history, _| {
        history.reads[0].who = customer("ada");
        history.reads[0].position = None;
        history.reads[0].rows = vec![row("tea", 2)];
    });
    assert_eq!(
        findings,
        ["customer ada read the list: tea in version 2, at 5 it was 3"]
    );
    let findings = found(|history, _| {
        history.reads[0].rows.pop();
    });
    assert_eq!(
        findings,
        ["ann of staff read the list: order pot is not in it, and was changed at 6 or before"]
    );
    let stale = found(|history, _| {
        history.reads[0].rows[0].version = 2;
        history.reads[0].rows[0].stale = true;
    });
    assert!(stale.is_empty(), "it was said to be stale: {stale:?}");
}

#[test]
fn the_newest_orders_without_one_that_is_among_them() {
    let shown = |due: u64, rows: &[Row], plant: fn(&mut Log)| {
        found(|history, log| {
            let read = &mut history.reads[0];
            read.extent = Extent::Newest;
            (read.min_position, read.position) = (due, None);
            read.rows = rows.to_vec();
            plant(log);
        })
    };
    let nothing = |_: &mut Log| {};
    let (tea, pot, cup) = (row("tea", 4), row("pot", 2), row("cup", 1));
    assert!(shown(7, &[cup.clone(), tea.clone()], nothing).is_empty());
    assert_eq!(
        shown(7, &[tea.clone(), pot.clone()], nothing),
        ["ann of staff read the list: order cup is not in it, and was changed at 7 or before"]
    );
    assert_eq!(
        shown(6, &[cup.clone(), pot.clone()], nothing),
        ["ann of staff read the list: order tea is not in it, and was changed at 6 or before"]
    );
    // Others have changed since, and fill the page.
    assert!(shown(4, &[cup, tea.clone()], nothing).is_empty());
    // A clock that was set back made it old.
    let set_back = |log: &mut Log| log.events[6].recorded_at = 0;
    assert!(shown(7, &[tea, pot], set_back).is_empty());
}

#[test]
fn a_read_that_shows_what_it_must_not() {
    let findings = found(|history, _| {
        history.reads[0].who = customer("ada");
        history.reads[0].position = None;
    });
    assert_eq!(
        findings,
        ["customer ada, reading the list was shown what is not for him: order pot version 2"]
    );
    let findings = found(|history, _| history.reads[0].rows[0].above = vec!["actor".into()]);
    assert_eq!(
        findings,
        [
            "ann of staff, reading the list was shown what is not for him: actor of order tea version 4"
        ]
    );
    let findings = found(|history, _| history.reads[0].rows[0].version = 5);
    assert_eq!(
        findings,
        [
            "ann of staff, reading the list was shown order tea version 5, which the log does not have"
        ]
    );
}

#[test]
fn a_read_model_that_differs_from_a_replay() {
    let list = |change: fn(&mut Vec<serde_json::Value>)| {
        found(|history, _| change(history.listed.as_mut().unwrap()))
    };
    assert_eq!(
        list(|rows| rows[2]["total"] = 8.into()),
        [r#"the list and a replay differ in order tea: ["total"]"#]
    );
    assert_eq!(
        list(|rows| rows[2]["stale"] = true.into()),
        [r#"the list and a replay differ in order tea: ["stale"]"#]
    );
    assert!(list(|rows| rows[2]["stale"] = false.into()).is_empty());
    assert_eq!(
        list(|rows| drop(rows.pop())),
        ["the list and a replay differ in order tea: it is not listed"]
    );
    assert_eq!(
        list(|rows| rows.push(json!({"order_id": "jar"}))),
        [
            "the list and a replay differ in order jar: it is listed, and not in the log or listed twice"
        ]
    );
}

/// Something in a history or its log is made wrong in one of the ways above. `None` if there is nothing that this way
/// applies to.
fn spoil(history: &mut History, log: &mut Log, chance: u64) -> Option<&'static str> {
    let mut random = StdRng::seed_from_u64(chance);
    let random = &mut random;
    let done = |command: &&mut Command| {
        let applied = |answer: &Answer| matches!(answer, Answer::Applied { .. });
        command.answers.iter().any(applied)
    };
    let with = |least: usize| move |account: &&mut Account| account.seen.len() >= least;
    Some(match random.random_range(0..12) {
        0 => {
            let command = history.commands.iter_mut().filter(done).choose(random)?;
            for event in log.events.iter_mut().filter(|e| e.mark == command.mark) {
                event.mark = "another".into();
            }
            "an acknowledged command is missing"
        }
        1 => {
            let mark = &history
                .commands
                .iter_mut()
                .filter(done)
                .choose(random)?
                .mark;
            let others = log.events.iter_mut().filter(|event| event.mark != *mark);
            others.choose(random)?.mark.clone_from(mark);
            "a command was applied twice"
        }
        2 => {
            let won = history.commands.iter_mut().filter(done);
            let won = won.filter(|command| command.order.is_some());
            let command = won.filter(|c| c.expected.is_some()).choose(random)?;
            let mut twin = command.clone();
            twin.mark = "twin".into();
            history.commands.push(twin);
            "two successes on one version, one of them lost"
        }
        3 => {
            let account = history.accounts.iter_mut().filter(with(3)).choose(random)?;
            let at = random.random_range(1..account.seen.len() - 1);
            account.seen.remove(at);
            "a gap"
        }
        4 => {
            let account = history.accounts.iter_mut().filter(with(1)).choose(random)?;
            let again = account.seen.iter().choose(random)?.clone();
            account.seen.push(again);
            "a repeat"
        }
        5 => {
            let account = history.accounts.iter_mut().filter(with(3)).choose(random)?;
            let at = random.random_range(1..account.seen.len() - 1);
            account.seen.swap(at, at + 1);
            "a disorder"
        }
        6 => {
            let account = history.accounts.iter_mut().filter(with(1)).choose(random)?;
            let seen = account.seen.iter_mut().choose(random)?;
            seen.above.push("data.internal_note".into());
            "a field above the audience"
        }
        7 => {
            let account = history.accounts.iter_mut().choose(random)?;
            let hidden = log
                .events
                .iter()
                .filter(|event| !account.who.may_see(event));
            let seen = seen_by(&account.who, hidden.choose(random)?);
            account.seen.push(seen);
            "an event for somebody else"
        }
        8 => {
            // What says itself how new it is cannot be one older.
            let reads = history
                .reads
                .iter_mut()
                .filter(|read| read.position.is_some());
            let rows = reads.flat_map(|read| &mut read.rows);
            rows.choose(random)?.version -= 1;
            "an old read"
        }
        9 => {
            let read = history.reads.iter_mut().filter(|r| r.min_position > 0);
            let read = read.choose(random)?;
            read.position = Some(read.min_position - 1);
            "a read as of too early"
        }
        10 => {
            let reads = history.reads.iter_mut();
            let mut newest = reads.filter(|r| r.extent == Extent::Newest && r.position.is_some());
            newest.find(|read| read.rows.len() > 1)?.rows.remove(0);
            "the newest without the very newest"
        }
        _ => {
            let rows = history.listed.as_mut()?;
            rows.iter_mut().choose(random)?["total"] = 8.into();
            "a read model that differs"
        }
    })
}

proptest! {
    #[test]
    fn whatever_may_happen_gives_nothing_and_each_single_fault_is_found(
        seed in any::<u64>(),
        commands in 1_usize..60,
        fault in any::<u64>(),
    ) {
        let (mut history, mut log) = history(seed, commands);
        let findings = check(&history, &log);
        prop_assert!(findings.is_empty(), "{findings:?}");
        if let Some(spoilt) = spoil(&mut history, &mut log, fault) {
            prop_assert!(!check(&history, &log).is_empty(), "{spoilt}");
        }
    }
}
