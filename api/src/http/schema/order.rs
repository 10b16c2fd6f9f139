//! Orders as they are shown.

use serde::Serialize;
use utoipa::ToSchema;

/// Where an order stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Placed.
    Pending,
    /// Being worked on.
    Processing,
    /// On its way.
    Shipped,
    /// Arrived. Final.
    Delivered,
    /// Called off. Final.
    Cancelled,
}

/// Why an order was called off.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// The customer asked for it.
    Customer,
    /// The payment was declined.
    Declined,
    /// It looked fraudulent.
    Fraud,
    /// Something was not in stock.
    Inventory,
    /// Staff made a mistake.
    Staff,
    /// It was not paid in time.
    Expired,
    /// Anything else.
    Other,
}

/// One line of an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineItem {
    /// Names the line within the order.
    #[schema(min_length = 1, max_length = 64)]
    pub line_id: String,
    /// The shop's article number.
    #[schema(min_length = 1, max_length = 100)]
    pub sku: String,
    /// What it is, for people.
    #[schema(min_length = 1, max_length = 300)]
    pub title: String,
    /// How many.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub quantity: u64,
    /// Price of one, in the currency's minor unit.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub unit_price: u64,
}

/// What an order costs. All amounts are integers in the currency's minor unit, and they add up:
/// sum of quantity × unit price − discount + shipping (+ tax, unless included) = total.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pricing {
    /// ISO 4217.
    #[schema(min_length = 3, max_length = 3, example = "EUR")]
    pub currency: String,
    /// 1 to 200 lines.
    #[schema(min_items = 1, max_items = 200)]
    pub items: Vec<LineItem>,
    /// Taken off.
    pub discount: u64,
    /// For the way.
    pub shipping: u64,
    /// Tax, in the prices or on top of them.
    pub tax: u64,
    /// Whether the prices include the tax.
    pub tax_included: bool,
    /// What is to be paid.
    pub total: u64,
}

/// Where an order goes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Address {
    /// Who receives it.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// His company.
    #[schema(min_length = 1, max_length = 200)]
    pub company: Option<String>,
    /// Street and number.
    #[schema(min_length = 1, max_length = 300)]
    pub line1: String,
    /// What does not fit there.
    #[schema(min_length = 1, max_length = 300)]
    pub line2: Option<String>,
    /// Town.
    #[schema(min_length = 1, max_length = 120)]
    pub city: String,
    /// State, canton, county.
    #[schema(min_length = 1, max_length = 120)]
    pub region: Option<String>,
    /// Postal code, as the country writes it.
    #[schema(min_length = 1, max_length = 20)]
    pub postal_code: String,
    /// ISO 3166 alpha-2.
    #[schema(min_length = 2, max_length = 2, example = "CH")]
    pub country: String,
    /// Telephone.
    pub phone: Option<String>,
    /// E-mail.
    pub email: Option<String>,
}

/// How a parcel can be followed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tracking {
    /// Who brings it.
    #[schema(min_length = 1, max_length = 100)]
    pub carrier: Option<String>,
    /// His number for it.
    #[schema(min_length = 1, max_length = 100)]
    pub number: String,
    /// Where to look, https.
    #[schema(format = "uri")]
    pub url: Option<String>,
}

/// One thing that the caller may do with the order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum AllowedAction {
    /// `POST /v1/orders/{id}/status`
    ChangeStatus {
        /// Where to.
        to: Status,
    },
    /// `POST /v1/orders/{id}/cancel`
    Cancel,
    /// `PATCH /v1/orders/{id}`
    Update {
        /// Which details.
        fields: Vec<String>,
    },
}

/// A whole order, as far as the caller may see it. Of a guest's, members that are required here are missing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "order_id": "0199f2a4-5c1e-7c3a-9d55-3f1f0a6f0b11",
    "order_number": "ORD-10001",
    "reference": "shop-4711",
    "customer_id": "cust-7",
    "status": "shipped",
    "version": 3,
    "placed_at": "2026-01-01T11:59:30.500000Z",
    "created_at": "2026-01-01T11:59:31.201004Z",
    "updated_at": "2026-01-02T09:12:00.000317Z",
    "pricing": {
        "currency": "EUR",
        "items": [{"line_id": "1", "sku": "TEA-250", "title": "Green tea, 250 g", "quantity": 2, "unit_price": 1250}],
        "discount": 0, "shipping": 490, "tax": 0, "tax_included": true, "total": 2990
    },
    "shipping_address": {"name": "Ada Sample", "line1": "Kanalstrasse 12", "city": "Zürich", "postal_code": "8001", "country": "CH"},
    "tracking": {"carrier": "Post", "number": "99.00.123456"},
    "estimated_delivery": "2026-01-04",
    "allowed_actions": [
        {"action": "change_status", "to": "delivered"},
        {"action": "update", "fields": ["tracking", "estimated_delivery", "notes", "metadata"]}
    ]
}))]
pub struct OrderView {
    /// Its id, a `UUIDv7`.
    #[schema(format = "uuid")]
    pub order_id: String,
    /// Its number for people.
    #[schema(example = "ORD-10001")]
    pub order_number: String,
    /// The shop's own id.
    pub reference: Option<String>,
    /// Whose it is.
    pub customer_id: String,
    /// Where it stands.
    pub status: Status,
    /// Counts its events, from 1.
    #[schema(minimum = 1)]
    pub version: u64,
    /// When it was placed, by the shop's word.
    #[schema(format = "date-time")]
    pub placed_at: String,
    /// When the log took it in.
    #[schema(format = "date-time")]
    pub created_at: String,
    /// When its last event was written.
    #[schema(format = "date-time")]
    pub updated_at: String,
    /// What it costs.
    pub pricing: Pricing,
    /// Where it goes.
    pub shipping_address: Option<Address>,
    /// How it can be followed.
    pub tracking: Option<Tracking>,
    /// When it should arrive.
    #[schema(format = "date")]
    pub estimated_delivery: Option<String>,
    /// What the customer asked for.
    pub notes: Option<String>,
    /// Staff only: what the shop's systems noted.
    pub metadata: Option<std::collections::BTreeMap<String, String>>,
    /// Why it was called off.
    pub cancel_reason: Option<CancelReason>,
    /// What the caller may do now. Absent when an earlier version is shown.
    pub allowed_actions: Option<Vec<AllowedAction>>,
}

/// An order, and the place in the log that the answer reflects.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderAnswer {
    /// The order.
    #[serde(flatten)]
    pub order: OrderView,
    /// The place in the log that this reflects: give it as `after` to follow the order from here.
    pub cursor: String,
    /// Staff only: that place as a number.
    pub position: Option<u64>,
}

/// An order as a row of a list, as far as the caller may see it. Of a guest's, members that are required here are missing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "order_id": "0199f2a4-5c1e-7c3a-9d55-3f1f0a6f0b11",
    "order_number": "ORD-10001",
    "customer_id": "cust-7",
    "status": "shipped",
    "version": 3,
    "placed_at": "2026-01-01T11:59:30.500000Z",
    "created_at": "2026-01-01T11:59:31.201004Z",
    "updated_at": "2026-01-02T09:12:00.000317Z",
    "currency": "EUR",
    "total": 2990,
    "item_count": 2,
    "titles": ["Green tea, 250 g"],
    "tracking": {"carrier": "Post", "number": "99.00.123456"},
    "city": "Zürich",
    "recipient": "Ada Sample",
    "stale": false
}))]
pub struct OrderSummary {
    /// Its id, a `UUIDv7`.
    #[schema(format = "uuid")]
    pub order_id: String,
    /// Its number for people.
    pub order_number: String,
    /// The shop's own id.
    pub reference: Option<String>,
    /// Whose it is.
    pub customer_id: String,
    /// Where it stands.
    pub status: Status,
    /// Counts its events, from 1.
    pub version: u64,
    /// When it was placed, by the shop's word.
    #[schema(format = "date-time")]
    pub placed_at: String,
    /// When the log took it in.
    #[schema(format = "date-time")]
    pub created_at: String,
    /// When its last event was written.
    #[schema(format = "date-time")]
    pub updated_at: String,
    /// ISO 4217.
    pub currency: String,
    /// In the currency's minor unit.
    pub total: u64,
    /// Sum of the quantities.
    pub item_count: u64,
    /// Of the first three lines.
    pub titles: Vec<String>,
    /// How it can be followed.
    pub tracking: Option<Tracking>,
    /// When it should arrive.
    #[schema(format = "date")]
    pub estimated_delivery: Option<String>,
    /// Where it goes.
    pub city: Option<String>,
    /// Who receives it.
    pub recipient: Option<String>,
    /// Why it was called off.
    pub cancel_reason: Option<CancelReason>,
    /// In lists: the order's newest events could not be taken in, so the row is older than the order.
    pub stale: Option<bool>,
}

/// How many orders are in each status.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    missing_docs,
    reason = "each field is named for the status that it counts"
)]
pub struct Counts {
    pub pending: u64,
    pub processing: u64,
    pub shipped: u64,
    pub delivered: u64,
    pub cancelled: u64,
}

/// A page of orders.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderPage {
    /// In the order asked for.
    pub data: Vec<OrderSummary>,
    /// Give it as `page_cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// The place in the log that this reflects.
    pub cursor: String,
    /// Staff only: that place as a number.
    pub position: Option<u64>,
    /// With `counts=true`: how many orders are in each status, of the customer or of the whole shop.
    pub counts: Option<Counts>,
}
