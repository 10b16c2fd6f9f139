use super::{document, json};
use crate::http::schema::references::expect_references_to_lead_somewhere;

#[test]
fn the_kept_document_is_current() {
    let kept = include_str!("../../../../docs/asyncapi.json");
    assert!(kept == json(), "run: waybill asyncapi >docs/asyncapi.json");
}

#[test]
fn every_reference_leads_somewhere() {
    expect_references_to_lead_somewhere(&document());
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
