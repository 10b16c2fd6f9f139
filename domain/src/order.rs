//! An order's state, and how events change it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::Address;
use crate::command::CancelReason;
use crate::event::{Change, Created, OrderEvent, Updated};
use crate::ids::{CustomerId, OrderNumber, Reference};
use crate::metadata::Metadata;
use crate::pricing::Pricing;
use crate::status::Status;
use crate::text::LongText;
use crate::time::Timestamp;
use crate::tracking::Tracking;

/// What the log calls this kind of aggregate, in its column `aggregate_type`.
pub const AGGREGATE_TYPE: &str = "order";

/// An order, or the place where one may be put: the fold of its events. As JSON it is its
/// state, or null.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Order {
    state: Option<Box<OrderState>>,
}

/// What is known of an order that was placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderState {
    /// Its number.
    pub order_number: OrderNumber,
    /// The shop's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// Where it stands.
    pub status: Status,
    /// When it was placed, by the shop's word.
    pub placed_at: Timestamp,
    /// What it costs.
    pub pricing: Pricing,
    /// Where it goes; absent too when it was forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// How it can be followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<Tracking>,
    /// When it should arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_delivery: Option<NaiveDate>,
    /// What the customer asked for; absent too when it was forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<LongText<4000>>,
    /// What the shop's systems noted; empty too when it was forgotten.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    /// Why it was called off, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<CancelReason>,
}

impl Order {
    /// What is known of the order; `None` until it is placed.
    #[must_use]
    pub fn state(&self) -> Option<&OrderState> {
        self.state.as_deref()
    }

    /// Whether it was placed.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.state.is_some()
    }

    /// Its status; `None` until it is placed.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        self.state().map(|state| state.status)
    }

    /// The details that can be changed, as the JSON object that a merge patch is merged
    /// with. Empty until the order is placed.
    #[must_use]
    pub fn editable(&self) -> Value {
        let details = self.state().map(OrderState::editable);
        Value::Object(details.unwrap_or_default())
    }

    /// Takes in one event. Decides nothing: what the log says has happened. An event of an
    /// order that was never placed changes nothing, because there is nothing to change.
    pub fn evolve(&mut self, event: &OrderEvent) {
        let state = match (event, self.state.as_deref_mut()) {
            (OrderEvent::Created(created), _) => {
                self.state = Some(Box::new(OrderState::placed(created)));
                return;
            }
            (_, Some(state)) => state,
            (_, None) => return,
        };
        match event {
            // Handled above: it is the only one that needs no state before it.
            OrderEvent::Created(_) => {}
            OrderEvent::Updated(updated) => state.take_in(updated),
            OrderEvent::StatusChanged(changed) => state.status = changed.to,
            OrderEvent::Cancelled(cancelled) => {
                state.status = Status::Cancelled;
                state.cancel_reason = Some(cancelled.reason);
            }
            OrderEvent::Completed(_) => state.status = Status::Delivered,
        }
    }
}

impl OrderState {
    fn placed(created: &Created) -> Self {
        let personal = created.personal.clone().unwrap_or_default();
        Self {
            order_number: created.order_number.clone(),
            reference: created.reference.clone(),
            customer_id: created.customer_id.clone(),
            status: Status::Pending,
            placed_at: created.placed_at,
            pricing: created.pricing.clone(),
            shipping_address: personal.shipping_address,
            tracking: None,
            estimated_delivery: None,
            notes: personal.notes,
            metadata: personal.metadata,
            cancel_reason: None,
        }
    }

    /// Where the personal half is gone, what it changed is unknown, and unknown reads as
    /// absent: better than a value that was replaced.
    fn take_in(&mut self, updated: &Updated) {
        let personal = updated.personal.clone().unwrap_or_default();
        let (mut address, mut notes, mut metadata) = (
            personal.shipping_address.and_then(|change| change.after),
            personal.notes.and_then(|change| change.after),
            personal.metadata.map(|change| change.after),
        );
        for change in &updated.changes {
            match change {
                Change::Pricing(change) => self.pricing = change.after.clone(),
                Change::ShippingAddress => self.shipping_address = address.take(),
                Change::Tracking(change) => self.tracking.clone_from(&change.after),
                Change::EstimatedDelivery(change) => self.estimated_delivery = change.after,
                Change::Notes => self.notes = notes.take(),
                Change::Metadata => self.metadata = metadata.take().unwrap_or_default(),
            }
        }
    }
}
