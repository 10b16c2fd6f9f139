//! Clients that misbehave, on every channel, beside clients that do not.
//!
//! The good ones (`good.rs`) follow orders on a thread of their own and take the time from each commit until they have
//! it; somebody places orders at a steady pace meanwhile (`shop.rs`). What the others do is a table (`kinds.rs`). A work
//! goes through phases (`scene.rs`), the first of them calm, and compares.

pub mod closes;
pub mod crowd;
mod enemy;
mod good;
mod kinds;
pub mod misbehave;
mod scene;
mod shop;
