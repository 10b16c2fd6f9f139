//! For the tests of the documents that are made from these shapes.

use serde_json::Value;

/// Shows `look` every member of every object in `value`.
pub fn visit(value: &Value, look: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Array(all) => all.iter().for_each(|value| visit(value, look)),
        Value::Object(members) => {
            for (name, value) in members {
                look(name, value);
                visit(value, look);
            }
        }
        _ => {}
    }
}

/// Follows every reference within `document`.
///
/// # Panics
/// If one leads nowhere, or if there are hardly any.
pub fn expect_references_to_lead_somewhere(document: &Value) {
    let mut count = 0;
    visit(document, &mut |name, value| {
        if name == "$ref" {
            let path = value.as_str().unwrap().trim_start_matches('#');
            assert!(document.pointer(path).is_some(), "{path}");
            count += 1;
        }
    });
    assert!(count > 50, "{count} references");
}
