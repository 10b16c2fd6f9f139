//! The shop's own names for orders, and what a caller may name an order by.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::{OrderId, string_serde};
use crate::fields::{BoundError, from_input_str};

/// The shop's own id of an order, unique where given, accepted wherever an order id is:
/// 1 to 64 bytes of UTF-8, no control characters, no blanks at the ends, not a UUID.
///
/// That it does not look like an order number either can only be told beside one, so
/// `decide` refuses it when the order is created.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(String);

impl Reference {
    /// Longest reference, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// The reference as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Reference {
    type Err = BoundError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || text.len() > Self::MAX_BYTES {
            return Err(BoundError::new("must be between 1 and 64 bytes long"));
        }
        if text.chars().any(char::is_control) {
            return Err(BoundError::new("must not contain control characters"));
        }
        if text.trim() != text {
            return Err(BoundError::new("must not begin or end with a blank"));
        }
        if Uuid::try_parse(text).is_ok() {
            return Err(BoundError::new(
                "must not be a UUID, because order ids are UUIDs",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

string_serde!(Reference);
from_input_str!(Reference);

/// What a caller may name an order by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderKey {
    /// Its id.
    Id(OrderId),
    /// Its number or the shop's reference. Whoever looks it up tries the number first.
    NumberOrReference(Reference),
}

impl FromStr for OrderKey {
    type Err = BoundError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        text.parse()
            .map(Self::NumberOrReference)
            .map_err(|_| BoundError::new("must be an order id, an order number or a reference"))
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::NumberOrReference(text) => text.fmt(f),
        }
    }
}

from_input_str!(OrderKey);
