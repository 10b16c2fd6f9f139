//! What commands are sent as, and answered with.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::order::{Address, CancelReason, OrderView, Pricing, Status};
use super::problem::Problem;

/// An order to be placed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "reference": "shop-4711",
    "customer_id": "cust-7",
    "pricing": {
        "currency": "EUR",
        "items": [{"line_id": "1", "sku": "TEA-250", "title": "Green tea, 250 g", "quantity": 2, "unit_price": 1250}],
        "discount": 0, "shipping": 490, "tax": 0, "tax_included": true, "total": 2990
    },
    "shipping_address": {"name": "Ada Sample", "line1": "Kanalstrasse 12", "city": "Zürich", "postal_code": "8001", "country": "CH"}
}))]
pub struct NewOrder {
    /// The shop's own id, unique where given, accepted wherever an order id is.
    #[schema(min_length = 1, max_length = 64)]
    pub reference: Option<String>,
    /// Whose order it is. A customer may leave it out.
    #[schema(min_length = 1, max_length = 128)]
    pub customer_id: String,
    /// When it was placed; now, if not given. At most 24 hours ahead.
    #[schema(format = "date-time")]
    pub placed_at: Option<String>,
    /// What it costs.
    pub pricing: Pricing,
    /// Where it goes.
    pub shipping_address: Option<Address>,
    /// What the customer asked for.
    #[schema(min_length = 1, max_length = 4000)]
    pub notes: Option<String>,
    /// What the shop's systems note: a flat map of texts, at most 4 KiB.
    pub metadata: Option<BTreeMap<String, String>>,
}

/// What to change of an order's details, as a merge patch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"shipping_address": {"line2": null, "city": "Horgen"}, "notes": "Please ring twice."}))]
pub struct DetailsPatch {
    /// Before it is shipped. Can't be cleared.
    pub pricing: Option<PricingPatch>,
    /// Before it is shipped; by the customer while it is pending.
    pub shipping_address: Option<AddressPatch>,
    /// At any time.
    pub tracking: Option<TrackingPatch>,
    /// Until it is final.
    #[schema(format = "date")]
    pub estimated_delivery: Option<String>,
    /// At any time.
    #[schema(min_length = 1, max_length = 4000)]
    pub notes: Option<String>,
    /// Until it is final. A null value takes its name out.
    pub metadata: Option<BTreeMap<String, Option<String>>>,
}

/// What to change of the pricing. `items` are replaced as a whole, and everything must add up.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the fields are those of Pricing")]
pub struct PricingPatch {
    pub currency: Option<String>,
    pub items: Option<Vec<super::order::LineItem>>,
    pub discount: Option<u64>,
    pub shipping: Option<u64>,
    pub tax: Option<u64>,
    pub tax_included: Option<bool>,
    pub total: Option<u64>,
}

/// What to change of the address.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the fields are those of Address")]
pub struct AddressPatch {
    pub name: Option<String>,
    pub company: Option<String>,
    pub line1: Option<String>,
    pub line2: Option<String>,
    pub city: Option<String>,
    pub region: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// What to change of the tracking.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the fields are those of Tracking")]
pub struct TrackingPatch {
    pub carrier: Option<String>,
    pub number: Option<String>,
    pub url: Option<String>,
}

/// Where to move an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "to": "shipped",
    "details": {"tracking": {"carrier": "Post", "number": "99.00.123456"}, "estimated_delivery": "2026-01-04"},
    "message_to_customer": "It is on its way.",
    "expected_version": 2
}))]
pub struct ChangeStatus {
    /// Where to; not `cancelled`, which has a command of its own.
    pub to: Status,
    /// Details to change along with it.
    pub details: Option<DetailsPatch>,
    /// For staff only.
    #[schema(min_length = 1, max_length = 4000)]
    pub internal_note: Option<String>,
    /// For the customer to read.
    #[schema(min_length = 1, max_length = 2000)]
    pub message_to_customer: Option<String>,
    /// Fails with `version_conflict` if the order has another version.
    pub expected_version: Option<u64>,
}

/// Why to call an order off.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"reason": "inventory", "message_to_customer": "We are sorry: it is sold out."}))]
pub struct Cancel {
    /// Why. A customer may say `customer` or `other`.
    pub reason: CancelReason,
    /// For staff only.
    #[schema(min_length = 1, max_length = 4000)]
    pub internal_note: Option<String>,
    /// For the customer to read.
    #[schema(min_length = 1, max_length = 2000)]
    pub message_to_customer: Option<String>,
    /// Fails with `version_conflict` if the order has another version.
    pub expected_version: Option<u64>,
}

/// What became of a command.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It wrote events.
    Applied,
    /// Everything was already as it asked.
    Unchanged,
}

/// The answer to a command on one order.
#[derive(Debug, Serialize, ToSchema)]
pub struct Written {
    /// What became of it.
    pub outcome: Outcome,
    /// The order's id.
    #[schema(format = "uuid")]
    pub order_id: String,
    /// The order's number.
    pub order_number: String,
    /// The order's version afterwards.
    pub version: u64,
    /// The place in the log of its last event: give it as `min_position` to read what was written.
    pub cursor: String,
    /// Staff only: that place as a number.
    pub position: Option<u64>,
    /// The order afterwards.
    pub order: OrderView,
}

/// One order of a bulk request.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkRow {
    /// Its id, number or reference.
    pub order_id: String,
    /// Refuses this row if the order has another version.
    pub expected_version: Option<u64>,
}

/// Many orders, and where to move them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"orders": [{"order_id": "ORD-10001"}, {"order_id": "ORD-10002", "expected_version": 1}], "to": "processing"}))]
pub struct BulkStatus {
    /// Each named once.
    #[schema(min_items = 1, max_items = 100)]
    pub orders: Vec<BulkRow>,
    /// Where to.
    pub to: Status,
    /// For staff only.
    #[schema(min_length = 1, max_length = 4000)]
    pub internal_note: Option<String>,
    /// For the customers to read.
    #[schema(min_length = 1, max_length = 2000)]
    pub message_to_customer: Option<String>,
}

/// Many orders, and why to call them off.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"orders": [{"order_id": "ORD-10001"}, {"order_id": "ORD-10002"}], "reason": "inventory"}))]
pub struct BulkCancel {
    /// Each named once.
    #[schema(min_items = 1, max_items = 100)]
    pub orders: Vec<BulkRow>,
    /// Why.
    pub reason: CancelReason,
    /// For staff only.
    #[schema(min_length = 1, max_length = 4000)]
    pub internal_note: Option<String>,
    /// For the customers to read.
    #[schema(min_length = 1, max_length = 2000)]
    pub message_to_customer: Option<String>,
}

/// What became of a row.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowOutcome {
    /// It wrote events.
    Applied,
    /// Everything was already as it asked.
    Unchanged,
    /// Nothing was written for it: `problem` says why.
    Refused,
}

/// The result of one row.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowResult {
    /// The order's id; what the row named, if there is no such order.
    pub order_id: String,
    /// What became of it.
    pub outcome: RowOutcome,
    /// The order's version afterwards.
    pub version: Option<u64>,
    /// The place in the log of its last event.
    pub cursor: Option<String>,
    /// That place as a number.
    pub position: Option<u64>,
    /// Whether it was done by an earlier request with the same key.
    pub replayed: Option<bool>,
    /// Why it was refused.
    pub problem: Option<Problem>,
}

/// The answer to a bulk request, a result per row in the rows' order.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkResult {
    /// Rows that are as asked now.
    pub succeeded: u64,
    /// Rows that were refused.
    pub failed: u64,
    /// One per row.
    pub results: Vec<RowResult>,
}
