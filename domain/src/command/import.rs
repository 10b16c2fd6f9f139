//! Taking over an order that was placed, and perhaps more, before Waybill knew of it.

use chrono::NaiveDate;
use serde_json::Value;

use super::{CancelReason, Create, NewOrder};
use crate::fields::{Faults, Fields, FromInput, InvalidFields, read};
use crate::ids::{CustomerId, OrderNumber, Reference};
use crate::status::Status;
use crate::time::Timestamp;
use crate::tracking::Tracking;

/// An order from another system, as it stands there, before it has a number here.
///
/// Its reference and the time at which it was placed are always given: by the one it is
/// recognised when it comes again, and without the other it would sort as placed today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedOrder {
    order: NewOrder,
    reference: Reference,
    placed_at: Timestamp,
    standing: Standing,
}

/// How far an imported order has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its status there.
    pub status: Status,
    /// Why it was called off; [`CancelReason::Other`] where the other system does not say.
    /// Means nothing for an order that is not cancelled.
    pub cancel_reason: CancelReason,
    /// How it can be followed.
    pub tracking: Option<Tracking>,
    /// When it should arrive, or should have.
    pub estimated_delivery: Option<NaiveDate>,
}

impl ImportedOrder {
    /// Reads an order: the body of `POST /v1/orders` with `reference` and `placed_at`, and
    /// beside it `status`, `tracking?`, `estimated_delivery?` and `cancel_reason?`.
    ///
    /// # Errors
    /// Names each field at fault, with its bound.
    pub fn parse(body: Value) -> Result<Self, InvalidFields> {
        read(body)
    }

    /// The other system's id of it.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// Whose order it is.
    #[must_use]
    pub fn customer_id(&self) -> &CustomerId {
        &self.order.customer_id
    }

    /// When it was placed, by the other system's word.
    #[must_use]
    pub fn placed_at(&self) -> Timestamp {
        self.placed_at
    }

    /// The command to take it over under the given number.
    #[must_use]
    pub fn numbered(self, order_number: OrderNumber) -> Import {
        Import {
            create: self.order.numbered(order_number),
            standing: self.standing,
        }
    }
}

impl FromInput for ImportedOrder {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(value, path, faults)?;
        fields.demand("reference");
        fields.demand("placed_at");
        let order = NewOrder::take(&mut fields);
        let status = fields.required("status");
        let reason_given = fields.holds("cancel_reason");
        let cancel_reason = fields.optional("cancel_reason");
        let tracking = fields.optional("tracking");
        let estimated_delivery = fields.optional("estimated_delivery");
        if reason_given && status.is_some_and(|status| status != Status::Cancelled) {
            fields.refuse("cancel_reason", "is for cancelled orders only");
        }
        fields.finish();
        let order = order?;
        Some(Self {
            reference: order.reference.clone()?,
            placed_at: order.placed_at?,
            order,
            standing: Standing {
                status: status?,
                cancel_reason: cancel_reason.unwrap_or(CancelReason::Other),
                tracking,
                estimated_delivery,
            },
        })
    }
}

/// Take an order over as it stands in another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// How it was placed there, and its number here.
    pub create: Create,
    /// What has become of it since.
    pub standing: Standing,
}
