//! The shapes of the contract, for `/openapi.json`.
//!
//! What is sent is written by the domain, and what is received is read by it; these only say what it
//! looks like. A test holds every answer of the service against them.

mod admin;
mod analytics;
mod event;
mod headers;
mod order;
mod problem;
#[cfg(test)]
pub mod references;
mod write;

pub use admin::{
    Me, NewSession, Parked, ParkedPage, Projection, ProjectionPage, Rebuild, RebuildBegun,
    RedriveResult, Redriven, Revocation, RevocationKind, RevocationPage,
};
pub use analytics::{
    AnalyticsUnit, Cancellations, CurrencyFigures, Figures, FiguresPeriod, FiguresTotals,
    PassingStatus, TimeInStatus,
};
pub use event::{
    Actor, ActorKind, AggregateType, Change, Event, EventData, EventPage, OrderEventPage,
    TimelineEntry, TimelinePage,
};
pub use headers::{CommandHeaders, IfMatchHeader, OrderPath, PatchHeaders, ReadHeaders};
pub use order::{
    Address, AllowedAction, CancelReason, Counts, LineItem, OrderAnswer, OrderPage, OrderSummary,
    OrderView, Pricing, Status, Tracking,
};
pub use problem::{FieldError, Problem};
pub use write::{
    AddressPatch, BulkCancel, BulkResult, BulkRow, BulkStatus, Cancel, ChangeStatus, DetailsPatch,
    NewOrder, Outcome, PricingPatch, RowOutcome, RowResult, TrackingPatch, Written,
};
