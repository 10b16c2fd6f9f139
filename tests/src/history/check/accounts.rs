//! Whether every follower has seen what it should, once, in order, and nothing else.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::history::{Account, Begin, Finding, Log, Logged, Seen};

/// Of so many events whoever follows from the beginning has come in time for one, if he was not told from where.
const SOON: usize = 20;

/// The log, by what is known of an event on every channel and to everybody.
pub(super) struct Index<'l> {
    log: &'l Log,
    orders: HashMap<&'l str, BTreeMap<u64, &'l Logged>>,
}

impl<'l> Index<'l> {
    pub(super) fn new(log: &'l Log) -> Self {
        let mut orders: HashMap<&str, BTreeMap<u64, &Logged>> = HashMap::new();
        for event in &log.events {
            let order = orders.entry(&event.order).or_default();
            order.insert(event.version, event);
        }
        Self { log, orders }
    }

    fn find(&self, seen: &Seen) -> Option<&'l Logged> {
        let order = self.orders.get(seen.order.as_str())?;
        order.get(&seen.version).copied()
    }
}

pub(super) fn check(account: &Account, index: &Index<'_>) -> Vec<Finding> {
    Checking::new(account, index).run()
}

struct Checking<'c> {
    account: &'c Account,
    index: &'c Index<'c>,
    /// Who, how and what.
    name: String,
    /// The positions that this one should see.
    expected: BTreeSet<u64>,
    handled: BTreeSet<u64>,
    /// How far it has come.
    last: u64,
    findings: Vec<Finding>,
}

impl<'c> Checking<'c> {
    fn new(account: &'c Account, index: &'c Index<'_>) -> Self {
        let (who, channel, topic) = (&account.who, account.channel, &account.topic);
        let begin = match account.begin {
            Begin::After(position) => position,
            Begin::Somewhere => {
                let first = account.seen.iter().find_map(|seen| index.find(seen));
                first.map_or(u64::MAX, |event| event.position - 1)
            }
        };
        let events = index.log.events.iter();
        Self {
            account,
            index,
            name: format!("{who}, {topic} over {channel}"),
            expected: events
                .filter(|e| e.position > begin && topic.covers(e) && who.may_see(e))
                .map(|e| e.position)
                .collect(),
            handled: BTreeSet::new(),
            last: begin,
            findings: Vec::new(),
        }
    }

    fn run(mut self) -> Vec<Finding> {
        for seen in &self.account.seen {
            if let Some(event) = self.known(seen) {
                self.take(event);
            }
        }
        let upto = if self.account.complete {
            u64::MAX
        } else {
            self.last
        };
        if self.account.complete && self.is_blank() {
            let events = self.index.log.events.iter();
            let (who, topic) = (&self.account.who, &self.account.topic);
            let events = events.filter(|e| topic.covers(e) && who.may_see(e)).count();
            let account = self.name.clone();
            if events > SOON {
                self.findings.push(Finding::Nothing { account, events });
            }
        }
        let missing = self.expected.difference(&self.handled);
        let missing: Vec<u64> = missing.copied().filter(|p| *p <= upto).collect();
        if let Some(first) = missing.first() {
            self.findings.push(Finding::Gap {
                account: self.name,
                first: *first,
                count: missing.len(),
            });
        }
        self.findings
    }

    /// Whether it saw nothing, and cannot be told by that what it should have seen.
    fn is_blank(&self) -> bool {
        let Account {
            begin, again, seen, ..
        } = self.account;
        *begin == Begin::Somewhere && !again && seen.is_empty()
    }

    /// The event of the log that was seen, if it is one and may be seen.
    fn known(&mut self, seen: &Seen) -> Option<&'c Logged> {
        let (order, version) = (&seen.order, seen.version);
        let what = || format!("order {order} version {version}");
        if !seen.above.is_empty() {
            self.shown(format!("{} of {}", seen.above.join(", "), what()));
        }
        let event = self.index.find(seen);
        let same = |event: &&Logged| {
            seen.event_id
                .as_ref()
                .is_none_or(|id| *id == event.event_id)
                && seen.position.is_none_or(|at| at == event.position)
        };
        let Some(event) = event.filter(same) else {
            let (whom, what) = (self.name.clone(), what());
            self.findings.push(Finding::MadeUp { whom, what });
            return None;
        };
        if !self.account.who.may_see(event) {
            self.shown(what());
            return None;
        }
        Some(event)
    }

    fn shown(&mut self, what: String) {
        let whom = self.name.clone();
        self.findings.push(Finding::Shown { whom, what });
    }

    fn take(&mut self, event: &Logged) {
        let (account, position) = (self.name.clone(), event.position);
        if !self.account.topic.covers(event) {
            self.findings.push(Finding::OffTopic { account, position });
            return;
        }
        if !self.handled.insert(position) {
            self.findings.push(Finding::Repeat { account, position });
        } else if position <= self.last {
            let after = self.last;
            self.findings.push(Finding::Disorder {
                account,
                position,
                after,
            });
        }
        self.last = self.last.max(position);
    }
}
