//! Bounded texts. The bound counts Unicode characters (scalar values), as a person would.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::fields::{BoundError, from_input_str, grouped};

/// One line of text: 1 to `MAX` characters, not blank, no control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(String);

/// Text of several lines: 1 to `MAX` characters, not blank; of the control characters
/// only line feed, carriage return and tab.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LongText<const MAX: usize>(String);

fn check(text: &str, max: usize, allowed_control: &[char]) -> Result<(), BoundError> {
    // A character has at most four bytes, so a far too long text is refused unread.
    let fits = text.len() <= max.saturating_mul(4) && text.chars().count() <= max;
    if text.is_empty() || !fits {
        let max = grouped(max as u64);
        return Err(BoundError::new(format!(
            "must be between 1 and {max} characters long"
        )));
    }
    if text
        .chars()
        .any(|c| c.is_control() && !allowed_control.contains(&c))
    {
        return Err(BoundError::new("must not contain control characters"));
    }
    if text.trim().is_empty() {
        return Err(BoundError::new("must not be blank"));
    }
    Ok(())
}

macro_rules! text_impls {
    ($type:ident, $allowed_control:expr) => {
        impl<const MAX: usize> $type<MAX> {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<const MAX: usize> FromStr for $type<MAX> {
            type Err = BoundError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                check(text, MAX, $allowed_control)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl<const MAX: usize> fmt::Display for $type<MAX> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        from_input_str!(#[const MAX] $type<MAX>);
    };
}

text_impls!(Text, &[]);
text_impls!(LongText, &['\n', '\r', '\t']);
