//! The list of all orders: filtered, sorted, searched, counted, in pages.
//!
//! A row is the folded order as JSON, folded by the domain's own code, beside the columns to find it by.

mod page;
mod projection;
mod query;
mod row;
mod words;

pub use page::{ListError, ListPage, ListRow, OrderList};
pub(crate) use projection::OrderListProjection;
pub use query::{ListQuery, Sort, SortKey, UnknownSort};
