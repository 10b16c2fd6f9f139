//! The harness of the integration tests: one private Postgres a run, one database a test.
//!
//! The tests themselves are in `tests/it`, one binary. Begin with [`database::TestDatabase`], and
//! [`app::TestApp`] for a node on it.

#![expect(
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a harness panics when the test cannot go on, and its values are used where they are made"
)]

pub mod app;
pub mod client;
pub mod database;
pub mod engine;
pub mod history;
pub mod hostile;
pub mod model;
pub mod network;
pub mod node;
pub mod orders;
pub mod pooler;
pub mod postgres;
pub mod process;
pub mod race;
pub mod relay;
pub mod run;
pub mod script;
pub mod shapes;
pub mod socket;
pub mod stream;
pub mod supervised;
