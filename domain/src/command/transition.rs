//! Moving an order along, and calling it off.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Expecting;
use crate::details::DetailsPatch;
use crate::fields::{BoundError, Faults, Fields, FromInput, InvalidFields, from_input_str, read};
use crate::status::Status;
use crate::text::LongText;

/// Move an order along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeStatus {
    /// Where to. The status that the order has already succeeds and changes only details.
    pub to: Status,
    /// Details to change along with it, such as the tracking number.
    pub details: DetailsPatch,
    /// For staff only. At most 4,000 characters.
    pub internal_note: Option<LongText<4000>>,
    /// For the customer to read. At most 2,000 characters.
    pub message_to_customer: Option<LongText<2000>>,
}

impl ChangeStatus {
    /// Only the move.
    #[must_use]
    pub fn to(to: Status) -> Self {
        Self {
            to,
            details: DetailsPatch::default(),
            internal_note: None,
            message_to_customer: None,
        }
    }

    /// Reads the body of `POST /v1/orders/{id}/status`.
    ///
    /// # Errors
    /// Names each field at fault, with its bound.
    pub fn parse(body: Value) -> Result<Expecting<Self>, InvalidFields> {
        read(body)
    }

    pub(super) fn take(fields: &mut Fields<'_>, details: Option<DetailsPatch>) -> Option<Self> {
        let to = fields.required("to");
        let internal_note = fields.optional("internal_note");
        let message_to_customer = fields.optional("message_to_customer");
        Some(Self {
            to: to?,
            details: details.unwrap_or_default(),
            internal_note,
            message_to_customer,
        })
    }
}

impl FromInput for Expecting<ChangeStatus> {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(value, path, faults)?;
        let details = fields.optional("details");
        let command = ChangeStatus::take(&mut fields, details);
        let expected_version = fields.optional("expected_version");
        fields.finish();
        Some(Self {
            command: command?,
            expected_version,
        })
    }
}

/// Why an order was called off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

impl CancelReason {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::Customer,
        Self::Declined,
        Self::Fraud,
        Self::Inventory,
        Self::Staff,
        Self::Expired,
        Self::Other,
    ];

    /// The name as stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Declined => "declined",
            Self::Fraud => "fraud",
            Self::Inventory => "inventory",
            Self::Staff => "staff",
            Self::Expired => "expired",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CancelReason {
    type Err = BoundError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == text)
            .ok_or_else(|| {
                BoundError::new(
                    "must be one of customer, declined, fraud, inventory, staff, expired, other",
                )
            })
    }
}

from_input_str!(CancelReason);

/// Call an order off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancel {
    /// Why.
    pub reason: CancelReason,
    /// For staff only. At most 4,000 characters.
    pub internal_note: Option<LongText<4000>>,
    /// For the customer to read. At most 2,000 characters.
    pub message_to_customer: Option<LongText<2000>>,
}

impl Cancel {
    /// Only the reason.
    #[must_use]
    pub fn because(reason: CancelReason) -> Self {
        Self {
            reason,
            internal_note: None,
            message_to_customer: None,
        }
    }

    /// Reads the body of `POST /v1/orders/{id}/cancel`.
    ///
    /// # Errors
    /// Names each field at fault, with its bound.
    pub fn parse(body: Value) -> Result<Expecting<Self>, InvalidFields> {
        read(body)
    }

    pub(super) fn take(fields: &mut Fields<'_>) -> Option<Self> {
        let reason = fields.required("reason");
        let internal_note = fields.optional("internal_note");
        let message_to_customer = fields.optional("message_to_customer");
        Some(Self {
            reason: reason?,
            internal_note,
            message_to_customer,
        })
    }
}

impl FromInput for Expecting<Cancel> {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(value, path, faults)?;
        let command = Cancel::take(&mut fields);
        let expected_version = fields.optional("expected_version");
        fields.finish();
        Some(Self {
            command: command?,
            expected_version,
        })
    }
}
