//! The domain's tests from outside, in one binary.

mod actions;
mod audiences;
mod bodies;
mod bounds;
mod cancelling;
mod creating;
mod documents;
mod given;
mod ids;
mod importing;
mod moving;
mod ownership;
mod properties;
mod snapshots;
mod stored;
mod upcasting;
mod updating;
mod wire;
