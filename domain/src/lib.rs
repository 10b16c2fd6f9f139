//! What an order is, what may happen to it, and what each event says.
//!
//! The crate owns the order aggregate: its commands and who may give them
//! ([`decide()`]), its events and how they change the state ([`Order::evolve`]), the
//! bounds of every value, the transition table ([`status`]), the form in which events
//! are stored ([`stored`]) and the form in which they go out, per audience ([`wire`]).
//!
//! It must not know how any of that is kept or carried: no I/O, no clock, no
//! randomness, no SQL, no HTTP. The time and the caller are handed in
//! ([`DecisionContext`]). Only `cqrs.rs` names the framework that the stock event
//! repositories are written for.
//!
//! Begin with `decide.rs`, then `event.rs`, `order.rs` and the two tables: the
//! transitions in `status.rs` and the audiences in `wire/fields.rs`.
//!
//! Bounds are checked where a value comes in (`parse`, `FromStr`), not where it is
//! loaded: what was accepted once stays readable when a bound is tightened or a currency
//! is retired.

mod actions;
mod actor;
mod address;
mod command;
pub mod cqrs;
mod decide;
mod details;
mod envelope;
mod error;
mod event;
mod fields;
#[cfg(feature = "fixtures")]
pub mod fixtures;
mod folded;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod ids;
mod metadata;
mod money;
mod order;
mod pricing;
pub mod status;
pub mod stored;
mod text;
mod time;
mod tracking;
pub mod wire;

pub use actions::{AllowedAction, allowed_actions};
pub use actor::{Actor, ActorKind, Audience, UnknownActorKind};
pub use address::{Address, Country, Email, Phone};
pub use command::{
    Bulk, BulkRow, Cancel, CancelReason, ChangeStatus, Create, Expecting, Import, ImportedOrder,
    NewOrder, OrderCommand, Standing, UpdateDetails,
};
pub use decide::{DecisionContext, Policy, decide};
pub use details::{DetailField, DetailsPatch};
pub use envelope::{Envelope, RecordedEvent};
pub use error::OrderError;
pub use event::{
    BeforeAfter, Cancelled, Change, Completed, Created, CreatedPersonal, EventKind, OrderEvent,
    StatusChanged, TransitionPersonal, UnknownEventKind, Updated, UpdatedPersonal,
};
pub use fields::{BoundError, FieldError, InvalidFields};
pub use folded::FoldedOrder;
pub use ids::{
    CommandId, CustomerId, EventId, OrderId, OrderKey, OrderNumber, OrderPrefix, Position,
    Reference, Version,
};
pub use metadata::Metadata;
pub use money::{Currency, Money, Quantity};
pub use order::{AGGREGATE_TYPE, Order, OrderState};
pub use pricing::{LineItem, Pricing, PricingParts};
pub use status::Status;
pub use text::{LongText, Text};
pub use time::Timestamp;
pub use tracking::{HttpsUrl, Tracking};
