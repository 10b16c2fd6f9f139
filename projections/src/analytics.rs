//! Figures over all orders: how many, how much, how long, how many called off.
//!
//! A row an order says what it contributes ([`contribution`]); sums of all contributions stand beside, and
//! are what is read. Every sum is changed by what an order contributes now, less what it contributed
//! before, so taking an order out leaves no trace of it. `docs/analytics.md` says what each figure means.

mod buckets;
mod contribution;
mod figures;
mod projection;
mod sums;

pub use figures::{
    Analytics, AnalyticsError, Cancellations, CurrencyFigures, Figures, Period, Span, TimeInStatus,
    Unit, UnknownUnit,
};
pub(crate) use projection::AnalyticsProjection;
