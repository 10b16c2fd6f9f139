//! What attackers try, and what comes of it. `docs/security.md` says what is defended against whom, and which test
//! shows it.

mod database;
mod document;
mod forged;
mod links;
mod logs;
mod objects;
mod operations;
mod pages;
mod problems;
mod wire;
