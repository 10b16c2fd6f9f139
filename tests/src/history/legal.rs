//! Histories that a service without faults could have, at random: a log, and clients who saw of it what they may.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use waybill_domain::Audience;

use super::{
    Account, Answer, Begin, Channel, Command, Extent, History, Log, Logged, Read, Row, Seen, Topic,
    Who,
};

const CUSTOMERS: [&str; 3] = ["ada", "bob", "cyd"];
/// Orders on a page of the newest.
const PAGE: usize = 3;

/// A log of `commands` commands that were tried, and its history.
pub(super) fn history(seed: u64, commands: usize) -> (History, Log) {
    let mut shop = Shop {
        random: StdRng::seed_from_u64(seed),
        log: Log::default(),
        history: History::default(),
    };
    for nth in 0..commands {
        shop.command(nth);
    }
    for nth in 0..8 {
        shop.follower(nth);
    }
    for _ in 0..8 {
        shop.reader();
    }
    for order in shop.versions() {
        let row = json!({"order_id": order.0, "version": order.1, "total": 7});
        shop.log.orders.insert(order.0, row);
    }
    let listed = shop.log.orders.values().cloned().map(|mut row| {
        row["stale"] = false.into();
        row
    });
    shop.history.listed = Some(listed.collect());
    (shop.history, shop.log)
}

struct Shop {
    random: StdRng,
    log: Log,
    history: History,
}

impl Shop {
    fn versions(&self) -> BTreeMap<String, u64> {
        let all = self.log.versions_at(u64::MAX).into_iter();
        all.map(|(order, version)| (order.to_owned(), version))
            .collect()
    }

    fn any_order(&mut self) -> Option<(String, u64)> {
        let all: Vec<_> = self.versions().into_iter().collect();
        all.choose(&mut self.random).cloned()
    }

    fn command(&mut self, nth: usize) {
        let mark = format!("mark-{nth}");
        let target = self.any_order().filter(|_| self.random.random_bool(0.7));
        let (order, version) = target.clone().unwrap_or((format!("order-{nth}"), 0));
        let expected = target.is_some() && self.random.random_bool(0.5);
        let mut command = Command {
            mark: mark.clone(),
            order: target.as_ref().map(|(order, _)| order.clone()),
            expected: expected.then_some(version),
            answers: Vec::new(),
        };
        // The answer to an attempt may be lost, whatever came of it.
        if self.random.random_bool(0.2) {
            command.answers.push(Answer::Unknown);
        }
        let outcome = match self.random.random_range(0..10) {
            0 if target.is_some() => Answer::Unchanged {
                order: order.clone(),
                version,
            },
            1 => Answer::Refused {
                code: "conflict".into(),
            },
            2 => Answer::Unknown, // and not applied
            _ => self.apply(&mark, &order, version),
        };
        if self.random.random_bool(0.9) {
            command.answers.push(outcome);
        }
        self.history.commands.push(command);
    }

    fn apply(&mut self, mark: &str, order: &str, version: u64) -> Answer {
        let events = if version == 0 {
            1
        } else {
            self.random.random_range(1..=2)
        };
        let theirs = self.log.events.iter().find(|event| event.order == order);
        let customer = theirs.map(|event| event.customer.clone());
        let any = CUSTOMERS[self.random.random_range(0..CUSTOMERS.len())];
        let customer = customer.unwrap_or_else(|| any.to_owned());
        for nth in 1..=events {
            let position = self.log.events.len() as u64 + 1;
            self.log.events.push(Logged {
                position,
                event_id: format!("event-{position}"),
                order: order.to_owned(),
                version: version + nth,
                customer: customer.clone(),
                command: format!("command of {mark}"),
                mark: mark.to_owned(),
                recorded_at: position.cast_signed(),
            });
        }
        let told = self.random.random_bool(0.5);
        Answer::Applied {
            order: order.to_owned(),
            version: version + events,
            position: told.then_some(self.log.events.len() as u64),
        }
    }

    fn anybody(&mut self) -> (Who, Topic) {
        let customer = CUSTOMERS[self.random.random_range(0..CUSTOMERS.len())].to_owned();
        let order = self
            .any_order()
            .map_or_else(String::new, |(order, _)| order);
        let who = |subject: &str, audience| Who {
            subject: subject.to_owned(),
            audience,
        };
        match self.random.random_range(0..5) {
            0 => (who("ann", Audience::Staff), Topic::Orders),
            1 => (who("ann", Audience::Staff), Topic::Customer(customer)),
            2 => (who("ann", Audience::Staff), Topic::Order(order)),
            3 => (
                who(&customer, Audience::Customer),
                Topic::Customer(customer),
            ),
            _ => (who(&order, Audience::Guest), Topic::Order(order)),
        }
    }

    fn follower(&mut self, nth: usize) {
        let (who, topic) = self.anybody();
        let after = self
            .random
            .random_range(0..=self.log.events.len() as u64 / 2);
        let begin = if self.random.random_bool(0.3) {
            Begin::Somewhere
        } else {
            Begin::After(after)
        };
        let channels = [
            Channel::WebSocket,
            Channel::EventStream,
            Channel::LongPoll,
            Channel::SocketIo,
        ];
        let mut account = Account::new(who, channels[nth % channels.len()], topic, begin);
        let seen = self
            .log
            .events
            .iter()
            .filter(|event| event.position > after);
        let seen = seen.filter(|event| account.topic.covers(event));
        account.seen = seen.map(|event| seen_by(&account.who, event)).collect();
        // Who began somewhere and saw nothing may have begun at the end.
        account.again = true;
        account.complete = self.random.random_bool(0.5);
        if !account.complete {
            let upto = self.random.random_range(0..=account.seen.len());
            account.seen.truncate(upto);
        }
        self.history.accounts.push(account);
    }

    fn reader(&mut self) {
        let (who, _) = self.anybody();
        let head = self.log.events.len() as u64;
        let min_position = self.random.random_range(0..=head);
        let position = self.random.random_range(min_position..=head);
        let visible = |order: &str| {
            let mut events = self.log.events.iter();
            events.any(|event| event.order == order && who.may_see(event))
        };
        let versions = self.log.versions_at(position).into_iter();
        let mut rows: Vec<Row> = versions
            .filter(|(order, _)| visible(order))
            .map(|(order, version)| Row {
                order: order.to_owned(),
                version,
                stale: false,
                above: Vec::new(),
            })
            .collect();
        let mut extent = Extent::All;
        if rows.len() > PAGE && self.random.random() {
            extent = Extent::Newest;
            rows.sort_by_key(|row| {
                let mut events = self.log.events.iter();
                let newest = events.find(|e| e.order == row.order && e.version == row.version);
                std::cmp::Reverse(newest.map(|event| event.recorded_at))
            });
            rows.truncate(PAGE);
        }
        self.history.reads.push(Read {
            position: (who.audience == Audience::Staff).then_some(position),
            who,
            what: "the list".into(),
            min_position,
            rows,
            extent,
        });
    }
}

/// The event as this one is shown it.
pub(super) fn seen_by(who: &Who, event: &Logged) -> Seen {
    Seen {
        order: event.order.clone(),
        version: event.version,
        event_id: (who.audience > Audience::Guest).then(|| event.event_id.clone()),
        position: (who.audience == Audience::Staff).then_some(event.position),
        above: Vec::new(),
    }
}
