//! Read models: what they show, how they follow the log, and what happens to what cannot be applied.

mod analytics;
mod failover;
mod order_list;
mod parked;
mod plans;
mod rebuild;
mod shop;
mod steps;
mod timeline;
mod verify;
