//! The half of every event that can identify a person or is free text.

use serde::{Deserialize, Serialize};

use super::BeforeAfter;
use crate::address::Address;
use crate::metadata::Metadata;
use crate::text::LongText;

/// What a placed order says about a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedPersonal {
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// What the customer asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<LongText<4000>>,
    /// What the shop's systems note; a shop may well put a name there.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
}

/// What changed details say about a person; filled for the changes of that kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdatedPersonal {
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<BeforeAfter<Option<Address>>>,
    /// What the customer asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<BeforeAfter<Option<LongText<4000>>>>,
    /// What the shop's systems noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BeforeAfter<Metadata>>,
}

/// What was written when an order moved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransitionPersonal {
    /// For the customer to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_to_customer: Option<LongText<2000>>,
    /// For staff only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_note: Option<LongText<4000>>,
}

/// Half an event is left out where it would say nothing, so that "nothing personal" has
/// one form only.
pub(crate) fn unless_empty<T: Default + PartialEq>(personal: T) -> Option<T> {
    (personal != T::default()).then_some(personal)
}
