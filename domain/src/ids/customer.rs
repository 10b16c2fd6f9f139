//! The shop's name for a customer.

use std::fmt;
use std::str::FromStr;

use super::string_serde;
use crate::fields::{BoundError, from_input_str};

/// The shop's name for a customer, opaque to us and never changed: 1 to 128 bytes of
/// UTF-8 without control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerId(String);

impl CustomerId {
    /// Longest id, in bytes.
    pub const MAX_BYTES: usize = 128;

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CustomerId {
    type Err = BoundError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || text.len() > Self::MAX_BYTES {
            return Err(BoundError::new("must be between 1 and 128 bytes long"));
        }
        if text.chars().any(char::is_control) {
            return Err(BoundError::new("must not contain control characters"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

string_serde!(CustomerId);
from_input_str!(CustomerId);
