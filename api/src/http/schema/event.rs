//! Events as they are sent on every channel.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::order::{Address, CancelReason, OrderSummary, Pricing, Status, Tracking};

/// On whose behalf something was done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// The customer.
    Customer,
    /// The shop's people.
    Staff,
    /// The shop's back end.
    Service,
    /// Waybill itself.
    System,
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
pub struct Actor {
    /// On whose behalf.
    pub kind: ActorKind,
    /// The subject of his token.
    pub id: String,
}

/// One detail that changed; the member `kind` tells which. `before` or `after` is null where there was none or is
/// none, and both are absent once what the detail said has been erased.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "it is never made, only described"
)]
pub enum Change {
    /// What it costs.
    Pricing {
        /// As it was.
        before: Option<Pricing>,
        /// As it is.
        after: Option<Pricing>,
    },
    /// Where it goes.
    ShippingAddress {
        /// As it was.
        before: Option<Address>,
        /// As it is.
        after: Option<Address>,
    },
    /// How it can be followed.
    Tracking {
        /// As it was.
        before: Option<Tracking>,
        /// As it is.
        after: Option<Tracking>,
    },
    /// When it should arrive.
    EstimatedDelivery {
        /// As it was.
        #[schema(format = "date")]
        before: Option<String>,
        /// As it is.
        #[schema(format = "date")]
        after: Option<String>,
    },
    /// What the customer asked for.
    Notes {
        /// As it was.
        before: Option<String>,
        /// As it is.
        after: Option<String>,
    },
    /// Staff only: what the shop's systems noted.
    Metadata {
        /// As it was.
        before: Option<BTreeMap<String, String>>,
        /// As it is.
        after: Option<BTreeMap<String, String>>,
    },
}

/// What happened. The member `type` tells which of these `data` is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", content = "data")]
#[expect(
    clippy::large_enum_variant,
    reason = "it is never made, only described"
)]
pub enum EventData {
    /// The order was placed.
    #[serde(rename = "order.created")]
    Created {
        /// The shop's own id.
        reference: Option<String>,
        /// When it was placed, by the shop's word.
        #[schema(format = "date-time")]
        placed_at: String,
        /// What it costs.
        pricing: Pricing,
        /// Where it goes.
        shipping_address: Option<Address>,
        /// What the customer asked for.
        notes: Option<String>,
        /// Staff only: what the shop's systems noted.
        metadata: Option<BTreeMap<String, String>>,
    },
    /// Details changed.
    #[serde(rename = "order.updated")]
    Updated {
        /// One entry a detail.
        changes: Vec<Change>,
    },
    /// The order was moved along.
    #[serde(rename = "order.status_changed")]
    StatusChanged {
        /// From where.
        from: Status,
        /// Where to.
        to: Status,
        /// For the customer to read.
        message_to_customer: Option<String>,
        /// Staff only.
        internal_note: Option<String>,
    },
    /// The order was called off.
    #[serde(rename = "order.cancelled")]
    Cancelled {
        /// From where.
        from: Status,
        /// Why.
        reason: CancelReason,
        /// For the customer to read.
        message_to_customer: Option<String>,
        /// Staff only.
        internal_note: Option<String>,
    },
    /// The order has arrived.
    #[serde(rename = "order.completed")]
    Completed {
        /// From where.
        from: Status,
        /// For the customer to read.
        message_to_customer: Option<String>,
        /// Staff only.
        internal_note: Option<String>,
    },
    /// Something that this build of the service can't read.
    #[serde(rename = "order.unreadable")]
    Unreadable,
}

/// What events are about.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AggregateType {
    /// An order.
    Order,
}

/// One event of an order, as far as the caller may see it. Of a guest's, members that are required here are missing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "event_id": "0199f2a8-0d3f-7b20-8a41-5f0c2a9e7d10",
    "aggregate_type": "order",
    "order_id": "0199f2a4-5c1e-7c3a-9d55-3f1f0a6f0b11",
    "order_number": "ORD-10001",
    "customer_id": "cust-7",
    "version": 3,
    "type": "order.status_changed",
    "recorded_at": "2026-01-02T09:12:00.000317Z",
    "cursor": "pN3Z1o8cWq5dQm0yJx7RfA",
    "data": {"from": "processing", "to": "shipped", "message_to_customer": "It is on its way."}
}))]
pub struct Event {
    /// Its id, a `UUIDv7`.
    #[schema(format = "uuid")]
    pub event_id: String,
    /// What the event is about.
    pub aggregate_type: AggregateType,
    /// The order's id.
    #[schema(format = "uuid")]
    pub order_id: String,
    /// The order's number.
    pub order_number: String,
    /// Whose it is.
    pub customer_id: String,
    /// The order's version after it.
    pub version: u64,
    /// When the log took it in.
    #[schema(format = "date-time")]
    pub recorded_at: String,
    /// Its place in the log: give it as `after` to go on from here.
    pub cursor: String,
    /// What happened.
    #[serde(flatten)]
    pub what: EventData,
    /// With `include=order`: the order as of this event.
    pub order: Option<OrderSummary>,
    /// Staff only: its place as a number.
    pub position: Option<u64>,
    /// Staff only: who did it.
    pub actor: Option<Actor>,
    /// Staff only: the command that did it.
    pub command_id: Option<String>,
    /// Staff only: the request that brought the command.
    pub correlation_id: Option<String>,
    /// Staff only: what caused that request.
    pub causation_id: Option<String>,
}

/// A page of a topic's events.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventPage {
    /// In log order.
    pub data: Vec<Event>,
    /// Where to go on.
    pub cursor: String,
    /// Whether there is more already.
    pub more: bool,
    /// Staff only: where to go on, as a number.
    pub position: Option<u64>,
}

/// A page of one order's events.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderEventPage {
    /// Oldest first.
    pub data: Vec<Event>,
    /// Give it as `page_cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// The place in the log that this reflects.
    pub cursor: String,
    /// Staff only: that place as a number.
    pub position: Option<u64>,
}

/// One line of an order's history, as far as the caller may see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// The order's version after it.
    pub version: u64,
    /// The event's type, such as `order.status_changed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When the log took it in.
    #[schema(format = "date-time")]
    pub recorded_at: String,
    /// From which status.
    pub from: Option<Status>,
    /// To which status.
    pub to: Option<Status>,
    /// Which details changed.
    pub changes: Option<Vec<String>>,
    /// Why it was called off.
    pub reason: Option<CancelReason>,
    /// For the customer to read.
    pub message_to_customer: Option<String>,
    /// How long the order had the status before.
    pub seconds_since_previous_status: Option<i64>,
    /// Staff only.
    pub internal_note: Option<String>,
    /// Staff only: who did it.
    pub actor: Option<Actor>,
    /// Staff only: the event's place in the log as a number.
    pub position: Option<u64>,
}

/// A page of an order's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelinePage {
    /// Oldest first.
    pub data: Vec<TimelineEntry>,
    /// Give it as `page_cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// The order's newest events could not be taken in: what happened later is not in here.
    pub stale: bool,
    /// The place in the log that this reflects.
    pub cursor: String,
    /// Staff only: that place as a number.
    pub position: Option<u64>,
}
