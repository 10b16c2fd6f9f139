//! What is the same for every operation, added to the document once it is put together.

use serde_json::{Map, Value, json};

use crate::problem::{CODES, Entry, MEDIA_TYPE};

/// Asked without a credential, and as often as one likes.
const PUBLIC: [&str; 3] = ["/healthz", "/readyz", "/metrics"];
/// Operations that a caller without a credential may ask for too.
const OPEN: [&str; 3] = ["open_socket", "end_session", "request_tracking_link"];
/// Operations that answer the holder of a tracking link.
const FOR_GUESTS: [&str; 6] = [
    "get_order",
    "get_order_timeline",
    "list_order_events",
    "read_events",
    "stream_events",
    "open_socket",
];

/// Adds problems, headers and security to every operation, and takes back nulls that are never sent.
pub(super) fn finish(document: &mut Value) {
    components(document);
    for (path, method, operation) in operations(document) {
        if !PUBLIC.contains(&path.as_str()) {
            protect(operation, &method);
        }
        let repeatable = operation["parameters"]
            .as_array()
            .is_some_and(|all| all.iter().any(|p| p["name"] == "Idempotency-Key"));
        let Some(responses) = operation["responses"].as_object_mut() else {
            continue;
        };
        for (status, response) in responses {
            headers(status, response, repeatable);
            if status.as_str() >= "400" {
                problems(status, response);
            }
        }
    }
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        without_nulls(schemas);
    }
}

/// Every operation with its path and method.
fn operations(document: &mut Value) -> impl Iterator<Item = (String, String, &mut Value)> {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let operations = item.as_object_mut().into_iter().flatten();
        operations.map(move |(method, operation)| (path.clone(), method.clone(), operation))
    })
}

/// What [`crate::http::middleware`] can answer with, and how callers say who they are.
fn protect(operation: &mut Value, method: &str) {
    let open = OPEN.iter().any(|id| operation["operationId"] == *id);
    let for_guests = FOR_GUESTS.iter().any(|id| operation["operationId"] == *id);
    let mut security = vec![
        json!({ "bearer": [] }),
        json!({ "access_token": [] }),
        json!({ "session": [] }),
    ];
    if for_guests {
        security.push(json!({ "tracking_link": [] }));
    }
    if open {
        security.insert(0, json!({}));
    }
    operation["security"] = security.into();
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    let refused = "`token_expired`, `token_refused`, `token_revoked`";
    if open {
        also(responses, "401", refused);
    } else {
        also(responses, "401", &format!("`unauthenticated`, {refused}"));
    }
    if !for_guests {
        // A tracking link's holder, who may do nothing but see his order.
        also(responses, "403", "`forbidden`");
    }
    if method != "get" {
        also(responses, "403", "`origin_refused`");
    }
    also(responses, "429", "`rate_limited`");
    also(responses, "500", "`internal`");
    also(responses, "503", "`keys_unavailable`, `timed_out`");
}

fn also(responses: &mut Map<String, Value>, status: &str, codes: &str) {
    let response = responses.entry(status).or_insert_with(|| json!({}));
    let before = response["description"].as_str().unwrap_or_default();
    let description = match before {
        "" => codes.to_owned(),
        before if before.contains(codes) => before.to_owned(),
        before => format!("{before}; {codes}"),
    };
    response["description"] = description.into();
}

/// Every header that answers carry, what it says, and its type.
const HEADERS: [(&str, &str, &str); 7] = [
    (
        "X-Request-Id",
        "Leads to the request in logs and events.",
        "string",
    ),
    (
        "ETag",
        "The order's version, for `If-Match` and `If-None-Match`.",
        "string",
    ),
    ("Location", "The address of what was made.", "string"),
    ("Set-Cookie", "The session's cookie.", "string"),
    (
        "Idempotent-Replayed",
        "`true` if this answer was given before, and nothing was done now.",
        "string",
    ),
    (
        "Retry-After",
        "Seconds after which to try again.",
        "integer",
    ),
    (
        "WWW-Authenticate",
        "What was missing, or wrong with the credential.",
        "string",
    ),
];

fn headers(status: &str, response: &mut Value, repeatable: bool) {
    let about = response["description"].as_str().unwrap_or_default();
    let carries = |name: &str| match name {
        "X-Request-Id" => true,
        "ETag" if status == "304" || status == "412" => true,
        "Idempotent-Replayed" => repeatable && status.starts_with('2'),
        "Retry-After" => status == "429" || status == "503",
        "WWW-Authenticate" => status == "401",
        name => about.contains(&format!("`{name}`")),
    };
    let names = HEADERS.iter().map(|(name, ..)| *name);
    let headers: Map<String, Value> = names
        .filter(|name| carries(name))
        .map(|name| (name.to_owned(), reference("headers", name)))
        .collect();
    response["headers"] = headers.into();
}

fn problems(status: &str, response: &mut Value) {
    let about = response["description"].as_str().unwrap_or_default();
    let examples: Map<String, Value> = CODES
        .iter()
        .filter(|entry| entry.status.to_string() == status)
        .filter(|entry| about.contains(&format!("`{}`", entry.name)))
        .map(|entry| (entry.name.to_owned(), reference("examples", entry.name)))
        .collect();
    response["content"] = json!({
        MEDIA_TYPE: { "schema": reference("schemas", "Problem"), "examples": examples },
    });
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

/// What responses refer to.
fn components(document: &mut Value) {
    let components = &mut document["components"];
    for (name, about, kind) in HEADERS {
        components["headers"][name] = json!({ "description": about, "schema": { "type": kind } });
    }
    for entry in CODES {
        components["examples"][entry.name] = example(entry);
    }
}

fn example(entry: &Entry) -> Value {
    json!({
        "summary": entry.title,
        "value": {
            "type": format!("/docs/problems#{}", entry.name),
            "title": entry.title,
            "status": entry.status,
            "code": entry.name,
            "detail": entry.advice,
            "request_id": "0199f2a4-5c1e-7c3a-9d55-3f1f0a6f0b11",
        },
    })
}

/// A member that may be absent is never null in what the service sends, and null counts as absent in what
/// it takes. Only a patch, and a change that tells what a patch has done, tell the two apart.
pub(in crate::http) fn without_nulls(schemas: &mut Map<String, Value>) {
    for (name, schema) in schemas {
        if !name.ends_with("Patch") && name != "Change" {
            without_null(schema);
        }
    }
}

fn without_null(schema: &mut Value) {
    match schema {
        Value::Array(all) => all.iter_mut().for_each(without_null),
        Value::Object(members) => {
            let required = members.get("required").cloned().unwrap_or_default();
            let properties = members.get_mut("properties").and_then(Value::as_object_mut);
            for (name, property) in properties.into_iter().flatten() {
                let always = required
                    .as_array()
                    .is_some_and(|all| all.iter().any(|required| required == name));
                if !always {
                    take_null_out(property);
                }
            }
            let examples = ["example", "examples"];
            let others = members
                .iter_mut()
                .filter(|(name, _)| !examples.contains(&name.as_str()));
            others.for_each(|(_, value)| without_null(value));
        }
        _ => {}
    }
}

fn take_null_out(schema: &mut Value) {
    if let Some(Value::Array(variants)) = schema.get_mut("oneOf") {
        variants.retain(|variant| *variant != json!({ "type": "null" }));
        if let [only] = &mut variants[..] {
            *schema = only.take();
            return;
        }
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| *kind != "null");
        if let [only] = &types[..] {
            schema["type"] = only.clone();
        }
    }
}
