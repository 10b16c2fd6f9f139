//! Everything that speaks HTTP.

pub mod extract;
pub mod middleware;
