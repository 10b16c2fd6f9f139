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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::merge;

    /// The examples of RFC 7396, appendix A: target, patch, result.
    #[test]
    fn merges_as_the_examples_of_the_rfc_say() {
        let examples = json!([
            [{"a":"b"}, {"a":"c"}, {"a":"c"}],
            [{"a":"b"}, {"b":"c"}, {"a":"b","b":"c"}],
            [{"a":"b"}, {"a":null}, {}],
            [{"a":"b","b":"c"}, {"a":null}, {"b":"c"}],
            [{"a":["b"]}, {"a":"c"}, {"a":"c"}],
            [{"a":"c"}, {"a":["b"]}, {"a":["b"]}],
            [{"a":{"b":"c"}}, {"a":{"b":"d","c":null}}, {"a":{"b":"d"}}],
            [{"a":[{"b":"c"}]}, {"a":[1]}, {"a":[1]}],
            [["a","b"], ["c","d"], ["c","d"]],
            [{"a":"b"}, ["c"], ["c"]],
            [{"a":"foo"}, "bar", "bar"],
            [{"e":null}, {"a":1}, {"e":null,"a":1}],
            [[1,2], {"a":"b","c":null}, {"a":"b"}],
            [{}, {"a":{"bb":{"ccc":null}}}, {"a":{"bb":{}}}]
        ]);
        for example in examples.as_array().unwrap() {
            let merged = merge(Some(example[0].clone()), &example[1]);
            assert_eq!(merged.as_ref(), Some(&example[2]), "{example}");
        }
        assert_eq!(merge(Some(json!({"a":"foo"})), &json!(null)), None);
    }
}
