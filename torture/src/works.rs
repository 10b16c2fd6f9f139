//! The works, in the order in which `all` runs them and the report tells of them.

use std::time::Duration;

use futures::future::LocalBoxFuture;

use crate::kill_node;
use crate::openapi;
use crate::options::Options;
use crate::tried::Tried;

/// Something that is tried. One in [`WORKS`] is a subcommand, a part of `all`, and a section of the report.
pub struct Work {
    /// The subcommand.
    pub name: &'static str,
    /// What is done, in a few words; the heading in the report.
    pub title: &'static str,
    /// What is done, and what would be found: for `--help`, and in the report.
    pub about: &'static str,
    /// After which it is ended and counts as failed.
    pub bound: Duration,
    /// Likewise with `--quick`.
    pub quick_bound: Duration,
    /// Does it. What it found is in [`Tried::findings`]; an error means that it could not be tried.
    pub run: for<'a> fn(&'a Options) -> LocalBoxFuture<'a, anyhow::Result<Tried>>,
}

/// All of them. A line here and a module make a work.
pub const WORKS: &[Work] = &[
    Work {
        name: kill_node::NAME,
        title: "kill -9 of a node",
        about: kill_node::ABOUT,
        bound: Duration::from_mins(30),
        quick_bound: Duration::from_mins(2),
        run: |options| Box::pin(kill_node::run(options)),
    },
    Work {
        name: openapi::NAME,
        title: "everything that the OpenAPI document allows",
        about: openapi::ABOUT,
        bound: Duration::from_mins(20),
        quick_bound: Duration::from_mins(6),
        run: |options| Box::pin(openapi::run(options)),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_work_has_a_name_of_its_own() {
        let mut names: Vec<_> = WORKS.iter().map(|work| work.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), WORKS.len());
    }
}
