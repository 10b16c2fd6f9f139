//! Holds a history against the log.

mod accounts;
mod commands;
mod log;
mod reads;

use super::{Finding, History, Log};

/// Everything in the history that does not agree with the log, and what is wrong with the log itself.
///
/// What has no answer, or one that leaves it open, may be in the log or not, but not twice. Events that nobody in the
/// history asked for are no finding: others may have written, too.
pub fn check(history: &History, log: &Log) -> Vec<Finding> {
    let mut findings = log::check(log);
    findings.extend(commands::check(&history.commands, log));
    let index = accounts::Index::new(log);
    for account in &history.accounts {
        findings.extend(accounts::check(account, &index));
    }
    findings.extend(reads::check(&history.reads, log));
    if let Some(listed) = &history.listed {
        findings.extend(reads::check_list(listed, log));
    }
    findings
}
