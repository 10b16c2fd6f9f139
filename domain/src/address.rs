//! Where an order goes. All of it can identify a person.

mod country;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fields::{BoundError, Faults, Fields, FromInput, from_input_str};
use crate::text::Text;

pub use country::Country;

/// A shipping address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The recipient.
    pub name: Text<200>,
    /// His company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<Text<200>>,
    /// Street and number.
    pub line1: Text<300>,
    /// Whatever does not fit in the first line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<Text<300>>,
    /// Town. The only part that a guest sees.
    pub city: Text<120>,
    /// State, province, canton.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Text<120>>,
    /// Postal code, as the country writes it.
    pub postal_code: Text<20>,
    /// Country.
    pub country: Country,
    /// Telephone of the recipient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// E-mail of the recipient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
}

impl FromInput for Address {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(value, path, faults)?;
        let name = fields.required("name");
        let company = fields.optional("company");
        let line1 = fields.required("line1");
        let line2 = fields.optional("line2");
        let city = fields.required("city");
        let region = fields.optional("region");
        let postal_code = fields.required("postal_code");
        let country = fields.required("country");
        let phone = fields.optional("phone");
        let email = fields.optional("email");
        fields.finish();
        Some(Self {
            name: name?,
            company,
            line1: line1?,
            line2,
            city: city?,
            region,
            postal_code: postal_code?,
            country: country?,
            phone,
            email,
        })
    }
}

/// A telephone number as people write it: 3 to 40 characters, digits and `+ - . ( ) / x`
/// and blanks, at least three digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Longest number, in characters.
    pub const MAX_CHARACTERS: usize = 40;
}

impl FromStr for Phone {
    type Err = BoundError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let known = |b: u8| b.is_ascii_digit() || b"+-.()/x ".contains(&b);
        if text.len() > Self::MAX_CHARACTERS || digits < 3 || !text.bytes().all(known) {
            let max = Self::MAX_CHARACTERS;
            return Err(BoundError::new(format!(
                "must be a telephone number of 3 to {max} characters: digits, blanks and + - . ( ) / x"
            )));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An e-mail address: at most 254 bytes (RFC 5321), something on each side of its last
/// `@`, no blanks or control characters. Whether it exists only a letter would tell.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Longest address, in bytes.
    pub const MAX_BYTES: usize = 254;
}

impl FromStr for Email {
    type Err = BoundError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let sides = text.rsplit_once('@');
        let whole = sides.is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
        let clean = !text.chars().any(|c| c.is_control() || c.is_whitespace());
        if text.len() > Self::MAX_BYTES || !whole || !clean {
            let max = Self::MAX_BYTES;
            return Err(BoundError::new(format!(
                "must be an e-mail address of at most {max} bytes"
            )));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

from_input_str!(Phone, Email);
