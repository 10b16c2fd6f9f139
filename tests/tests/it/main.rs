//! Every integration test, in one binary, so that they share one cluster and are linked once.

mod api;
mod cli;
mod documents;
mod layering;
mod log;
mod model;
mod network;
mod pooler;
mod projections;
mod push;
mod race;
mod replays;
mod revocations;
mod security;
mod sql;
mod stock;
mod story;
mod tracking;
