//! Everything that speaks HTTP.

pub mod extract;
pub mod health;
pub mod middleware;
pub mod routes;
pub mod schema;
pub mod view;
