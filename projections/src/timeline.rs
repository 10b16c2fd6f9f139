//! An order's history as a person reads it: what happened, when, by whom, and how long it took.

mod entry;
mod fields;
mod projection;
mod read;

pub use fields::timeline_fields;
pub(crate) use projection::TimelineProjection;
pub use read::{Timeline, TimelineError, TimelinePage};
