//! Placing an order.

use serde_json::Value;

use crate::address::Address;
use crate::fields::{Faults, Fields, FromInput, InvalidFields, read};
use crate::ids::{CustomerId, OrderNumber, Reference};
use crate::metadata::Metadata;
use crate::pricing::Pricing;
use crate::text::LongText;
use crate::time::Timestamp;

/// An order as the shop places it, before it has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// The shop's own id.
    pub reference: Option<Reference>,
    /// Whose order it is.
    pub customer_id: CustomerId,
    /// When it was placed, by the shop's word; the time of the decision if not given.
    pub placed_at: Option<Timestamp>,
    /// What it costs.
    pub pricing: Pricing,
    /// Where it goes.
    pub shipping_address: Option<Address>,
    /// What the customer asked for. At most 4,000 characters.
    pub notes: Option<LongText<4000>>,
    /// What the shop's systems note.
    pub metadata: Metadata,
}

impl NewOrder {
    /// Reads the body of `POST /v1/orders`.
    ///
    /// # Errors
    /// Names each field at fault, with its bound.
    pub fn parse(body: Value) -> Result<Self, InvalidFields> {
        read(body)
    }

    /// The command to place this order under the given number.
    #[must_use]
    pub fn numbered(self, order_number: OrderNumber) -> Create {
        Create {
            order_number,
            order: self,
        }
    }

    /// Takes the fields of an order out of a body that may hold others beside them.
    pub(super) fn take(fields: &mut Fields<'_>) -> Option<Self> {
        let reference = fields.optional("reference");
        let customer_id = fields.required("customer_id");
        let placed_at = fields.optional("placed_at");
        let pricing = fields.required("pricing");
        let shipping_address = fields.optional("shipping_address");
        let notes = fields.optional("notes");
        let metadata = fields.optional("metadata");
        Some(Self {
            reference,
            customer_id: customer_id?,
            placed_at,
            pricing: pricing?,
            shipping_address,
            notes,
            metadata: metadata.unwrap_or_default(),
        })
    }
}

impl FromInput for NewOrder {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(value, path, faults)?;
        let order = Self::take(&mut fields);
        fields.finish();
        order
    }
}

/// Place an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Create {
    /// The number that was drawn for it.
    pub order_number: OrderNumber,
    /// The order.
    pub order: NewOrder,
}
