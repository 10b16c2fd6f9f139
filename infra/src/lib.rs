//! Everything that Waybill keeps in Postgres: the event log, and what must commit with it.
//!
//! This crate owns the schema (`migrations/`, the read models' tables included), the append, the ordered
//! tail of the log, cursors, the loading of orders, the handling of commands, revocations, and the
//! private Postgres of `waybill dev` and of the tests. It must not know HTTP, sockets, tokens, or how
//! read models are filled. Every SQL statement is static and is prepared against the real schema by a test.
//!
//! Begin with [`log::EventLog`], then [`commands::CommandHandler`], which takes a command from load
//! through decide to append.

pub mod commands;
pub mod db;
pub mod histogram;
mod keyed_lock;
mod listening;
pub mod log;
pub mod migrate;
pub mod order_numbers;
pub mod orders;
pub mod private_postgres;
pub mod references;
pub mod revocations;
pub mod vital;
