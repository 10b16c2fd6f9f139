use serde_json::Value;

use super::{document, json};

#[test]
fn the_kept_document_is_current() {
    let kept = include_str!("../../../../docs/asyncapi.json");
    assert!(kept == json(), "run: waybill asyncapi >docs/asyncapi.json");
}

fn visit(value: &Value, look: &mut impl FnMut(&str, &Value)) {
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

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut count = 0;
    visit(&document, &mut |name, value| {
        if name == "$ref" {
            let path = value.as_str().unwrap().trim_start_matches('#');
            assert!(document.pointer(path).is_some(), "{path}");
            count += 1;
        }
    });
    assert!(count > 50, "{count} references");
}

#[test]
fn every_frame_is_a_message_with_a_schema_that_names_it() {
    let document = document();
    let mut frames = 0;
    for (key, message) in document["components"]["messages"].as_object().unwrap() {
        assert_ne!(message["summary"], "", "{key} says nothing of itself");
        let path = message["payload"]["$ref"].as_str().unwrap();
        let schema = document.pointer(path.trim_start_matches('#')).unwrap();
        if key.starts_with("socket.") {
            let name = message["name"].as_str().unwrap();
            let tagged = schema.to_string().contains(&format!("[\"{name}\"]"));
            assert!(tagged, "{key}: {schema}");
            frames += 1;
        }
    }
    assert!(frames >= 16, "{frames} frames");
}
