//! JSON merge patch, RFC 7396.

use serde_json::{Map, Value};

/// The target after the patch; `None` if the patch removes it.
pub(super) fn merge(target: Option<Value>, patch: &Value) -> Option<Value> {
    match patch {
        Value::Null => None,
        Value::Object(patch) => {
            // What is no object counts as an empty one (RFC 7396, section 2).
            let mut merged = match target {
                Some(Value::Object(map)) => map,
                _ => Map::new(),
            };
            for (name, patch) in patch {
                let before = merged.remove(name);
                if let Some(after) = merge(before, patch) {
                    merged.insert(name.clone(), after);
                }
            }
            Some(Value::Object(merged))
        }
        other => Some(other.clone()),
    }
}
