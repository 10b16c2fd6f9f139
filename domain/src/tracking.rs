//! How a parcel can be followed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::fields::{BoundError, Faults, Fields, FromInput, from_input_str, grouped};
use crate::text::Text;

/// Where a parcel can be followed. Guests see it whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracking {
    /// Who carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<Text<100>>,
    /// The carrier's number for it.
    pub number: Text<100>,
    /// The carrier's page about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<HttpsUrl>,
}

impl FromInput for Tracking {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(value, path, faults)?;
        let carrier = fields.optional("carrier");
        let number = fields.required("number");
        let url = fields.optional("url");
        fields.finish();
        Some(Self {
            carrier,
            number: number?,
            url,
        })
    }
}

/// An absolute `https` URL of at most 2,048 bytes with a host and without a user or
/// password. Pages show it as a link, so nothing that a browser would run gets in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HttpsUrl(String);

impl HttpsUrl {
    /// Longest address, in bytes.
    pub const MAX_BYTES: usize = 2_048;

    /// The URL as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HttpsUrl {
    type Err = BoundError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > Self::MAX_BYTES {
            let max = grouped(Self::MAX_BYTES as u64);
            return Err(BoundError::new(format!("must be at most {max} bytes long")));
        }
        let clean = !text.chars().any(|c| c.is_control() || c.is_whitespace());
        match Url::parse(text) {
            Ok(url)
                if clean
                    && text.starts_with("https://")
                    && url.has_host()
                    && url.username().is_empty()
                    && url.password().is_none() =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(BoundError::new(
                "must be an https:// URL without user name and password",
            )),
        }
    }
}

impl fmt::Display for HttpsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

from_input_str!(HttpsUrl);
