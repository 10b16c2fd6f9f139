//! Amounts. Integers only; no floats anywhere.

mod currency;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fields::{BoundError, Faults, FromInput, grouped};

pub use currency::Currency;

/// An amount in the minor unit of its order's currency (cents for EUR, yen for JPY):
/// 0 to 2⁵³−1, so that it is exact in every JSON reader.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u64", into = "u64")]
pub struct Money(u64);

impl Money {
    /// The greatest amount, 2⁵³−1.
    pub const MAX: u64 = (1 << 53) - 1;
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The amount in minor units.
    #[must_use]
    pub fn minor_units(self) -> u64 {
        self.0
    }
}

fn money_bound() -> BoundError {
    BoundError::new(format!(
        "must be an integer between 0 and {}",
        grouped(Money::MAX)
    ))
}

impl TryFrom<u64> for Money {
    type Error = BoundError;

    fn try_from(minor_units: u64) -> Result<Self, Self::Error> {
        if minor_units > Self::MAX {
            return Err(money_bound());
        }
        Ok(Self(minor_units))
    }
}

impl From<Money> for u64 {
    fn from(money: Money) -> Self {
        money.0
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromInput for Money {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let read = value.as_u64().ok_or_else(money_bound);
        read.and_then(Self::try_from)
            .map_err(|error| faults.add(path, error.to_string()))
            .ok()
    }
}

/// How many of one article: 1 to 1,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Quantity(u32);

impl Quantity {
    /// The greatest quantity.
    pub const MAX: u32 = 1_000_000;

    /// The number of pieces.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u64> for Quantity {
    type Error = BoundError;

    fn try_from(count: u64) -> Result<Self, Self::Error> {
        match u32::try_from(count) {
            Ok(count @ 1..=Self::MAX) => Ok(Self(count)),
            _ => Err(BoundError::new("must be between 1 and 1,000,000")),
        }
    }
}

impl From<Quantity> for u64 {
    fn from(quantity: Quantity) -> Self {
        quantity.0.into()
    }
}

impl FromInput for Quantity {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        // Zero stands for whatever is no such integer: it is refused with the same words.
        Self::try_from(value.as_u64().unwrap_or(0))
            .map_err(|error| faults.add(path, error.to_string()))
            .ok()
    }
}
