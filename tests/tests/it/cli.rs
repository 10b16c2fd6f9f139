//! The command line, as processes of their own.

mod bench;
mod binary;
mod dev;
mod example;
mod import;
mod reading;
mod serve;
mod small;
mod snapshots;
mod upkeep;
