//! The push projector: from the log, in log order, to whoever follows a topic.
//!
//! One task a node reads the tail and puts each event into the [`Feed`]s that follow one of its topics;
//! a feed that nobody empties loses its queue, not its events. [`Subscriptions`] turns a feed and the log
//! into what one client has to be sent: replay first, then live, handed over by position.

mod feed;
mod subscriptions;
mod summaries;

pub use feed::{Bell, Courier, Drained, Feed, Hub};
pub use subscriptions::{
    Delivery, Output, Run, SubscribeError, Subscription, Subscriptions, Waiting,
};
pub use summaries::Summaries;
