//! Order numbers, which are for people: `ORD-10001`.

use std::fmt;
use std::str::FromStr;

use super::string_serde;
use crate::fields::BoundError;

/// What every order number begins with: 1 to 16 characters, a capital letter first, then
/// capital letters, digits or hyphens, a hyphen last. For example `ORD-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderPrefix(String);

impl OrderPrefix {
    /// The order number with this prefix and the given count.
    #[must_use]
    pub fn number(&self, count: u64) -> OrderNumber {
        OrderNumber(format!("{}{count}", self.0))
    }

    /// The prefix as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OrderPrefix {
    type Err = BoundError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = text.len() <= 16
            && text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.ends_with('-')
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
        if !fits {
            return Err(BoundError::new(
                "must be at most 16 capital letters, digits or hyphens, \
                 a letter first and a hyphen last",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for OrderPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of an order for people: an [`OrderPrefix`] and a count of 1 to 20 digits.
/// Unique and never changed. Gaps in the count are normal: numbers are taken in blocks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderNumber(String);

impl OrderNumber {
    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the count.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.trim_end_matches(|c: char| c.is_ascii_digit())
    }
}

impl FromStr for OrderNumber {
    type Err = BoundError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let prefix = text.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = text.len() - prefix.len();
        if prefix.parse::<OrderPrefix>().is_err() || !(1..=20).contains(&digits) {
            return Err(BoundError::new("must be an order number such as ORD-10001"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

string_serde!(OrderNumber);
