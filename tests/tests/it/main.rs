//! Every integration test, in one binary, so that they share one cluster and are linked once.

mod log;
mod revocations;
mod sql;
