//! What a shop notes about an order for its own systems.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fields::{Faults, FromInput};

/// Names and texts of the shop's own: at most 4,096 bytes as compact JSON, names of 1 to
/// 64 characters without control characters, values without U+0000.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(BTreeMap<String, String>);

impl Metadata {
    /// Greatest size as compact JSON, in bytes.
    pub const MAX_BYTES: usize = 4096;
    /// Longest name of an entry, in characters.
    pub const MAX_NAME: usize = 64;

    /// The entries, sorted by name.
    #[must_use]
    pub fn entries(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromInput for Metadata {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        // Judged before the entries, so that a great many of them cost little.
        if value.to_string().len() > Self::MAX_BYTES {
            faults.add(path, "must be at most 4,096 bytes as JSON");
            return None;
        }
        let Value::Object(map) = value else {
            faults.add(path, "must be an object");
            return None;
        };
        let mut entries = BTreeMap::new();
        let mut whole = true;
        for (name, value) in map {
            let named = (1..=Self::MAX_NAME).contains(&name.chars().count());
            let (at, fault) = if !named || name.chars().any(char::is_control) {
                let max = Self::MAX_NAME;
                let detail =
                    format!("must have names of 1 to {max} characters, no control characters");
                (path.to_owned(), detail)
            } else {
                match value {
                    Value::String(text) if !text.contains('\0') => {
                        entries.insert(name, text);
                        continue;
                    }
                    Value::String(_) => (
                        format!("{path}.{name}"),
                        "must not contain U+0000".to_owned(),
                    ),
                    _ => (format!("{path}.{name}"), "must be a string".to_owned()),
                }
            };
            faults.add(&at, fault);
            whole = false;
        }
        whole.then_some(Self(entries))
    }
}
