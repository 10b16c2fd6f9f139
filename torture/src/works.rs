//! The works, in the order in which `all` runs them and the report tells of them.

use std::time::Duration;

use futures::future::LocalBoxFuture;

use crate::clients::{closes, crowd, misbehave};
use crate::options::Options;
use crate::tried::Tried;
use crate::{faults, fuzz, kill_node, model, openapi};

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
    Work {
        name: faults::kill_postgres::NAME,
        title: "kill -9 of Postgres",
        about: faults::kill_postgres::ABOUT,
        bound: Duration::from_mins(15),
        quick_bound: Duration::from_mins(3),
        run: |options| Box::pin(faults::kill_postgres::run(options)),
    },
    Work {
        name: faults::stop_continue::NAME,
        title: "A node or Postgres stands still",
        about: faults::stop_continue::ABOUT,
        bound: Duration::from_mins(10),
        quick_bound: Duration::from_mins(3),
        run: |options| Box::pin(faults::stop_continue::run(options)),
    },
    Work {
        name: faults::cut_commits::NAME,
        title: "The network to Postgres misbehaves",
        about: faults::cut_commits::ABOUT,
        bound: Duration::from_mins(10),
        quick_bound: Duration::from_mins(3),
        run: |options| Box::pin(faults::cut_commits::run(options)),
    },
    Work {
        name: faults::disk_full::NAME,
        title: "The disk is full",
        about: faults::disk_full::ABOUT,
        bound: Duration::from_mins(10),
        quick_bound: Duration::from_mins(3),
        run: |options| Box::pin(faults::disk_full::run(options)),
    },
    Work {
        name: faults::lost_notify::NAME,
        title: "Notifications are lost",
        about: faults::lost_notify::ABOUT,
        bound: Duration::from_mins(10),
        quick_bound: Duration::from_mins(3),
        run: |options| Box::pin(faults::lost_notify::run(options)),
    },
    Work {
        name: faults::clock_steps::NAME,
        title: "Clocks are set",
        about: faults::clock_steps::ABOUT,
        bound: Duration::from_mins(10),
        quick_bound: Duration::from_mins(3),
        run: |options| Box::pin(faults::clock_steps::run(options)),
    },
    Work {
        name: faults::several_nodes::NAME,
        title: "Several nodes, one of them stopped",
        about: faults::several_nodes::ABOUT,
        bound: Duration::from_mins(15),
        quick_bound: Duration::from_mins(3),
        run: |options| Box::pin(faults::several_nodes::run(options)),
    },
    Work {
        name: faults::rolling_restart::NAME,
        title: "Rolling restarts",
        about: faults::rolling_restart::ABOUT,
        bound: Duration::from_mins(15),
        quick_bound: Duration::from_mins(3),
        run: |options| Box::pin(faults::rolling_restart::run(options)),
    },
    Work {
        name: faults::restore_backup::NAME,
        title: "An older backup is restored",
        about: faults::restore_backup::ABOUT,
        bound: Duration::from_mins(15),
        quick_bound: Duration::from_mins(3),
        run: |options| Box::pin(faults::restore_backup::run(options)),
    },
    Work {
        name: faults::promote_standby::NAME,
        title: "A standby that lagged is promoted",
        about: faults::promote_standby::ABOUT,
        bound: Duration::from_mins(15),
        quick_bound: Duration::from_mins(3),
        run: |options| Box::pin(faults::promote_standby::run(options)),
    },
    Work {
        name: faults::two_builds::NAME,
        title: "Two builds side by side",
        about: faults::two_builds::ABOUT,
        bound: Duration::from_mins(10),
        quick_bound: Duration::from_mins(3),
        run: |options| Box::pin(faults::two_builds::run(options)),
    },
    Work {
        name: model::NAME,
        title: "Any steps, beside a model",
        about: model::ABOUT,
        bound: Duration::from_hours(1),
        quick_bound: Duration::from_mins(2),
        run: |options| Box::pin(model::run(options)),
    },
    Work {
        name: fuzz::NAME,
        title: "Any bytes",
        about: fuzz::ABOUT,
        // With what building the targets takes, the first time.
        bound: Duration::from_mins(75),
        quick_bound: Duration::from_mins(30),
        run: |options| Box::pin(fuzz::run(options)),
    },
    Work {
        name: misbehave::NAME,
        title: "Clients that misbehave",
        about: misbehave::ABOUT,
        bound: Duration::from_mins(10),
        quick_bound: Duration::from_mins(2),
        run: |options| Box::pin(misbehave::run(options)),
    },
    Work {
        name: crowd::NAME,
        title: "Thousands that never say hello",
        about: crowd::ABOUT,
        bound: Duration::from_mins(10),
        quick_bound: Duration::from_mins(2),
        run: |options| Box::pin(crowd::run(options)),
    },
    Work {
        name: closes::NAME,
        title: "Every close at every moment",
        about: closes::ABOUT,
        bound: Duration::from_mins(10),
        quick_bound: Duration::from_mins(2),
        run: |options| Box::pin(closes::run(options)),
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
