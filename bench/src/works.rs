//! The works of the bench, in the order in which `all` runs them.

use std::time::Duration;

/// A subcommand that measures something.
#[derive(Debug)]
pub struct Work {
    /// The subcommand.
    pub name: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// After which it is ended and counts as failed.
    pub bound: Duration,
    /// Likewise with `--quick`.
    pub quick_bound: Duration,
}

/// All of them. A line here and one in `main.rs` make a work part of the run.
pub const WORKS: &[Work] = &[
    work("commands", "commands in process", 5, 45),
    work("http", "commands over HTTP", 4, 45),
    work("locks", "candidates for the append's lock", 6, 45),
    work("fanout", "events to many clients", 9, 120),
    work("rebuild", "read models made anew under traffic", 5, 45),
    work("replay", "the whole log for one client", 5, 45),
    work("storm", "everybody comes back at once", 4, 45),
    work("growth", "ever longer logs", 16, 60),
];

const fn work(name: &'static str, title: &'static str, mins: u64, quick_secs: u64) -> Work {
    Work {
        name,
        title,
        bound: Duration::from_mins(mins),
        quick_bound: Duration::from_secs(quick_secs),
    }
}
