//! What is done to Waybill to see whether it loses, repeats or shows what it must not: real processes, a real
//! Postgres on disk, real signals, and a history of everything that was sent and seen, held against the log.
//!
//! Each work is a subcommand of its own that starts what it needs and says what it found; `all` runs one after the
//! other and writes `docs/reliability.md`. Begin reading at [`works`], [`tried`], [`stage`] and [`load`].

#![expect(
    clippy::must_use_candidate,
    reason = "these values are used where they are made, and nowhere else"
)]

pub mod all;
pub mod clients;
pub mod faults;
pub mod fuzz;
pub mod kill_node;
pub mod load;
pub mod metrics;
pub mod model;
pub mod openapi;
pub mod options;
pub mod progress;
pub mod report;
pub mod stage;
pub mod tried;
pub mod works;

/// How the program ends if something was found.
pub const FOUND: u8 = 1;
