//! Everything that speaks HTTP.
//!
//! A request comes through [`middleware`] to the route that [`routes`] has for it. Reads are answered from
//! the log or from a read model, with the [`position`] that they reflect. A change becomes an
//! [`incoming::Incoming`], goes to the log through [`command`], and what refuses it is explained by
//! [`refusal`]. `/openapi.json` is made from the handlers and [`schema`] by [`openapi`],
//! `/asyncapi.json` from the frames of [`crate::push`] by [`asyncapi`].

pub mod admin;
pub mod analytics;
pub mod asyncapi;
pub mod command;
pub mod docs;
pub mod extract;
pub mod health;
pub mod incoming;
pub mod middleware;
pub mod openapi;
pub mod orders;
pub mod page;
pub mod page_of;
pub mod position;
pub mod precondition;
pub mod refusal;
pub mod routes;
pub mod schema;
pub mod server;
pub mod session;
pub mod tracking_requests;
pub mod view;
