//! Waybill's HTTP face: axum, authentication, configuration, and the command line.
//!
//! Status codes are known here only; settings are read from the environment here only
//! ([`config::sources`]). SQL is not written here.
//!
//! Begin with [`node`], which puts a node together, then `http/routes.rs` for what it answers and
//! [`push`] for what it sends.

pub mod app;
pub mod auth;
pub mod cli;
pub mod config;
pub mod demo;
pub mod http;
pub mod node;
pub mod problem;
pub mod pulse;
pub mod push;
pub mod rate_limit;
pub mod snapshot;
pub mod telemetry;
pub mod tracking;
