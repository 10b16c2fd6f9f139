//! What is derived from the log: read models and pushes.
//!
//! Nothing here is ever the truth: dropping all of it loses nothing. This crate owns the read models'
//! tables and how they are filled, and the hub that spreads events to those who follow them. It must not
//! know HTTP, sockets or tokens.
//!
//! Begin with [`push`].

pub mod push;
