//! Where clients write down what they do.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::History;
use super::account::{Account, Begin, Seen};
use super::command::{Answer, Command};
use super::read::Read;

/// Takes down what happens, from any number of tasks and threads. Clones write into the same history.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<History>>);

/// A command that was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandId(usize);

/// An account that was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountId(usize);

impl Recorder {
    /// A command is about to be sent for the first time. To be called before it is sent.
    pub fn sent(&self, mark: &str, order: Option<&str>, expected: Option<u64>) -> CommandId {
        let mut history = self.history();
        history.commands.push(Command {
            mark: mark.to_owned(),
            order: order.map(str::to_owned),
            expected,
            answers: Vec::new(),
        });
        CommandId(history.commands.len() - 1)
    }

    /// It was answered, or no answer came.
    pub fn answered(&self, command: CommandId, answer: Answer) {
        if let Some(command) = self.history().commands.get_mut(command.0) {
            command.answers.push(answer);
        }
    }

    /// Somebody begins to follow.
    pub fn opened(&self, account: Account) -> AccountId {
        let mut history = self.history();
        history.accounts.push(account);
        AccountId(history.accounts.len() - 1)
    }

    /// An event was handled.
    pub fn saw(&self, account: AccountId, seen: Seen) {
        if let Some(account) = self.history().accounts.get_mut(account.0) {
            account.seen.push(seen);
        }
    }

    /// The cursor was answered with a reset: what this one sees from now on is another account, which begins there.
    #[must_use = "what comes next belongs to the other account"]
    pub fn reset(&self, account: AccountId, begin: Begin) -> AccountId {
        let mut history = self.history();
        let Some(old) = history.accounts.get_mut(account.0) else {
            return account;
        };
        old.ended = true;
        let mut new = Account::new(old.who.clone(), old.channel, old.topic.clone(), begin);
        new.again = true;
        history.accounts.push(new);
        AccountId(history.accounts.len() - 1)
    }

    /// Whoever follows had time and opportunity to see everything up to the end of the log.
    pub fn completed(&self) {
        for account in &mut self.history().accounts {
            account.complete = !account.ended;
        }
    }

    /// A read was answered with what was asked for.
    pub fn read(&self, read: Read) {
        self.history().reads.push(read);
    }

    /// All orders, as the list shows them when nothing happens any more.
    pub fn listed(&self, orders: Vec<Value>) {
        self.history().listed = Some(orders);
    }

    /// What was written down so far.
    pub fn so_far(&self) -> History {
        self.history().clone()
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use waybill_domain::Audience;

    use super::*;
    use crate::history::{Channel, Topic, Who};

    #[test]
    fn a_reset_ends_an_account_and_begins_another() {
        let recorder = Recorder::default();
        let who = Who {
            subject: "ann".into(),
            audience: Audience::Staff,
        };
        let account = Account::new(who, Channel::WebSocket, Topic::Orders, Begin::Somewhere);
        let first = recorder.opened(account);
        recorder.saw(first, Seen::default());
        let second = recorder.reset(first, Begin::After(0));
        recorder.saw(second, Seen::default());
        recorder.saw(second, Seen::default());
        recorder.completed();
        let accounts = recorder.so_far().accounts;
        let told: Vec<_> = accounts
            .iter()
            .map(|a| (a.seen.len(), a.begin, a.complete, a.again))
            .collect();
        assert_eq!(
            told,
            [
                (1, Begin::Somewhere, false, false),
                (2, Begin::After(0), true, true)
            ]
        );
    }
}
