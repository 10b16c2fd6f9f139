//! Waybill's HTTP face: axum, authentication, configuration, and the command line.
//!
//! Status codes are known here only; the environment is read here only ([`config::sources`]). SQL is not
//! written here.

pub mod config;
