//! What happens to the machines and networks that Waybill runs on, a work each.
//!
//! Each sets a [`scene`], puts the recorded load on it, does its worst from a seed, and has the history judged.

pub mod clock_steps;
pub mod cut_commits;
pub mod disk_full;
pub mod kill_postgres;
pub mod lives;
pub mod lost_notify;
pub mod promote_standby;
pub mod restore_backup;
pub mod rolling_restart;
pub mod scene;
pub mod several_nodes;
pub mod stop_continue;
pub mod two_builds;

/// The version of `OrderStatusChanged` that only the later build of `two-builds` has.
pub const LATER: &str = "77.0";
