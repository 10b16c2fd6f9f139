//! What is derived from the log: read models and pushes.
//!
//! Nothing here is ever the truth: dropping all of it loses nothing. This crate owns the read models'
//! tables and how they are filled, and the hub that spreads events to those who follow them. It must not
//! know HTTP, sockets or tokens.
//!
//! Begin with [`ReadModels`] for what is kept in tables ([`Projection`] says what that takes, [`rebuild`]
//! and [`verify`] how it is made anew and held against the log), and with [`push`] for what is sent.

mod analytics;
mod batch;
mod checkpoint;
mod copy;
mod order_list;
mod projection;
pub mod push;
mod read_models;
pub mod rebuild;
mod redrive;
mod runner;
mod slot;
mod status;
mod timeline;
pub mod verify;

pub use analytics::{
    Analytics, AnalyticsError, Cancellations, CurrencyFigures, Figures, Period, Span, TimeInStatus,
    Unit, UnknownUnit,
};
pub use checkpoint::{Checkpoint, READ_WAIT, WaitError};
pub use copy::CopyRows;
pub use order_list::{
    ListError, ListPage, ListQuery, ListRow, OrderList, Sort, SortKey, UnknownSort,
};
pub use projection::{ApplyError, Change, Projection, Unfit};
pub use read_models::ReadModels;
pub use redrive::Redriven;
pub use runner::RunnerOptions;
pub use slot::Slot;
pub use status::{Parked, ProjectionStatus, RebuildStatus};
pub use timeline::{Timeline, TimelineError, TimelinePage, timeline_fields};
