//! What goes over Socket.IO, for the `AsyncAPI` document.
//!
//! What is sent is written by the modules around this one; these only say what it looks like. Tests hold
//! what the real client gets against them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::schema::{CancelReason, FieldError, Status};

/// One item of an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocketIoItem {
    /// Unique within the order.
    #[serde(rename = "_id")]
    pub id: String,
    /// The shop's article number.
    pub sku: String,
    /// What it is called.
    pub name: String,
    /// How many.
    pub quantity: u64,
    /// Of one, in the currency's smallest unit.
    pub price: u64,
}

/// Where an order goes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocketIoAddress {
    /// Of the recipient.
    pub name: String,
    /// Of the recipient.
    pub company: Option<String>,
    /// Street and number.
    pub line1: String,
    /// More of the street.
    pub line2: Option<String>,
    /// City.
    pub city: String,
    /// State or province.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// Telephone.
    pub phone: Option<String>,
    /// E-mail.
    pub email: Option<String>,
}

/// An order as its customer may see it, as of the event. Of one that cannot be read there are only the
/// first four.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocketIoOrder {
    /// The order's id.
    #[serde(rename = "_id")]
    pub id: String,
    /// The order's number.
    pub order_number: String,
    /// Whose it is.
    #[serde(rename = "user_id")]
    pub user_id: String,
    /// Where it stands; null only if that cannot be told.
    #[schema(required)]
    pub status: Option<Status>,
    /// The shop's own id.
    pub reference: Option<String>,
    /// What was ordered.
    pub items: Option<Vec<SocketIoItem>>,
    /// ISO 4217. All amounts are in its smallest unit.
    pub currency: Option<String>,
    /// Taken off.
    pub discount: Option<u64>,
    /// Added.
    pub shipping: Option<u64>,
    /// Added unless included.
    pub tax: Option<u64>,
    /// What is to be paid.
    pub total: Option<u64>,
    /// Whether the prices contain the tax.
    pub tax_included: Option<bool>,
    /// Where it goes.
    pub shipping_address: Option<SocketIoAddress>,
    /// The parcel's number.
    pub tracking_number: Option<String>,
    /// Who brings it.
    pub tracking_carrier: Option<String>,
    /// Where it can be followed.
    pub tracking_url: Option<String>,
    /// The day on which it should arrive.
    #[schema(format = "date")]
    pub estimated_delivery: Option<String>,
    /// What the customer asked for.
    pub notes: Option<String>,
    /// Why it was called off.
    pub cancel_reason: Option<CancelReason>,
    /// When it was placed, by the shop's word; as JavaScript writes a `Date`, like all times here.
    #[schema(format = "date-time")]
    pub order_date: Option<String>,
    /// When the log heard of it first.
    #[schema(format = "date-time")]
    pub created_at: Option<String>,
    /// When the log heard of it last.
    #[schema(format = "date-time")]
    pub updated_at: Option<String>,
    /// Counts the order's events.
    pub version: Option<u64>,
}

/// Something happened to an order of the caller's.
#[derive(Debug, Serialize, ToSchema)]
pub struct SocketIoOrderEvent {
    /// The order as of the event.
    pub order: SocketIoOrder,
    /// A sentence to show.
    pub message: String,
    /// When the log took it in.
    #[schema(format = "date-time")]
    pub timestamp: String,
}

/// An order of the caller's has another status.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocketIoStatusEvent {
    /// The order as of the event.
    pub order: SocketIoOrder,
    /// From where.
    pub old_status: Status,
    /// Where to.
    pub new_status: Status,
    /// A sentence to show.
    pub message: String,
    /// When the log took it in.
    #[schema(format = "date-time")]
    pub timestamp: String,
}

/// An order that is followed by name has another status, tracking number or delivery date.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocketIoTrackingEvent {
    /// What it was joined with.
    pub order_id: String,
    /// Where it stands.
    pub status: Status,
    /// The parcel's number, if there is one.
    #[schema(required)]
    pub tracking_number: Option<String>,
    /// The day on which it should arrive, if that is known.
    #[schema(required, format = "date")]
    pub estimated_delivery: Option<String>,
    /// When the log took it in.
    #[schema(format = "date-time")]
    pub updated_at: String,
}

/// What was asked for is not granted; also the answer to an event with an acknowledgement, which has
/// `ok: false` then.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocketIoError {
    /// The order that it is about, as it was named.
    #[schema(required)]
    pub order_id: Option<String>,
    /// Stable name of what is wrong.
    pub code: String,
    /// What is wrong, for people.
    pub message: String,
    /// Which fields are at fault.
    pub errors: Option<Vec<FieldError>>,
    /// Only in an acknowledgement: false.
    pub ok: Option<bool>,
}

/// What staff want of an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocketIoAdminUpdate {
    /// Its id, number or reference.
    pub order_id: String,
    /// Where it shall go.
    pub status: Status,
    /// The parcel's number.
    pub tracking_number: Option<String>,
    /// Who brings it.
    pub tracking_carrier: Option<String>,
    /// Where it can be followed; https.
    pub tracking_url: Option<String>,
    /// A day, or a time on it.
    pub estimated_delivery: Option<String>,
    /// For the customer to read.
    pub message: Option<String>,
    /// With `cancelled`: why; `staff` if left out.
    pub reason: Option<CancelReason>,
}

/// What an order is called: its id, number or reference.
#[derive(Debug, Serialize, ToSchema)]
pub struct SocketIoOrderName(pub String);
