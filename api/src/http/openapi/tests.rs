use std::collections::BTreeSet;

use serde_json::Value;
use waybill_domain::{CancelReason, Status};

use super::{document, json};
use crate::http::schema::references::{expect_references_to_lead_somewhere, visit};
use crate::problem::CODES;

/// The file is kept so that a change of the contract shows in review, and so that the web's types can be
/// made from it without a server. `waybill openapi >docs/openapi.json` mends it.
#[test]
fn the_kept_document_is_current() {
    let kept = include_str!("../../../../docs/openapi.json");
    assert!(kept == json(), "run: waybill openapi >docs/openapi.json");
}

#[test]
fn every_reference_leads_somewhere() {
    expect_references_to_lead_somewhere(&document());
}

/// Codes stand in descriptions; a misspelt one, or one under the wrong status, would go unnoticed.
#[test]
fn every_status_names_codes_of_its_own_and_every_code_occurs() {
    let document = document();
    let mut seen = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for (status, response) in operation["responses"].as_object().unwrap() {
                if status.as_str() < "400" {
                    continue;
                }
                let about = response["description"].as_str().unwrap();
                let named: Vec<&str> = about.split('`').skip(1).step_by(2).collect();
                let codes: Vec<_> = CODES
                    .iter()
                    .filter(|entry| named.contains(&entry.name))
                    .collect();
                assert!(!codes.is_empty(), "{method} {path} {status} names no code");
                for entry in codes {
                    assert_eq!(
                        entry.status.to_string(),
                        *status,
                        "{method} {path}: {}",
                        entry.name
                    );
                    seen.insert(entry.name);
                }
                let examples = &response["content"]["application/problem+json"]["examples"];
                assert!(!examples.as_object().unwrap().is_empty());
            }
        }
    }
    // What is answered outside of the routes that are described, and what cannot happen over HTTP, where
    // the service chooses the ids of new orders.
    seen.extend(["no_such_route", "method_not_allowed", "already_exists"]);
    let missing: Vec<_> = CODES
        .iter()
        .filter(|entry| !seen.contains(entry.name))
        .map(|entry| entry.name)
        .collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn names_are_those_of_the_domain() {
    let document = document();
    let names = |schema: &str| -> Vec<String> {
        let schema = &document["components"]["schemas"][schema];
        let mut names = Vec::new();
        visit(schema, &mut |name, value| match (name, value) {
            ("enum", Value::Array(all)) => {
                names.extend(all.iter().map(|v| v.as_str().unwrap().to_owned()));
            }
            ("const", Value::String(one)) => names.push(one.clone()),
            _ => {}
        });
        names
    };
    assert_eq!(
        names("Status"),
        Status::ALL.map(|status| status.as_str().to_owned())
    );
    assert_eq!(
        names("CancelReason"),
        CancelReason::ALL.map(|reason| reason.as_str().to_owned())
    );
    let types: Vec<&str> = waybill_domain::EventKind::ALL
        .iter()
        .map(|kind| kind.wire_type())
        .collect();
    let told: BTreeSet<String> = names("EventData")
        .into_iter()
        .filter(|name| name.starts_with("order."))
        .collect();
    let types: BTreeSet<String> = types
        .into_iter()
        .chain([waybill_domain::wire::UNREADABLE])
        .map(str::to_owned)
        .collect();
    assert_eq!(told, types);
}
