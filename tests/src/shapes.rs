//! Holds answers and frames against the shapes that the `OpenAPI` and `AsyncAPI` documents promise: enough of
//! JSON Schema for the documents' own way of writing it, and stricter in one thing: no member that is not
//! described.

use std::sync::LazyLock;

use serde_json::{Value, json};

static CHANNELS: LazyLock<Value> = LazyLock::new(waybill_api::http::asyncapi::document);

/// Who says a frame.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// The server.
    Server,
    /// A client.
    Client,
}

/// Panics if `frame` is none of those that the `AsyncAPI` document knows `by` this side.
pub fn expect_frame(by: By, frame: &Value) {
    let kind = frame["type"].as_str().unwrap_or_default();
    let all = format!("/components/schemas/{by:?}Frame");
    let alternatives = CHANNELS.pointer(&all).map(|all| &all["oneOf"]);
    let mut alternatives = alternatives.and_then(Value::as_array).into_iter().flatten();
    let known = alternatives.any(|one| {
        let path = one["$ref"].as_str().unwrap_or_default();
        let schema = CHANNELS.pointer(path.trim_start_matches('#'));
        schema.is_some_and(|schema| schema.to_string().contains(&format!("[\"{kind}\"]")))
    });
    assert!(known, "no frame of the contract: {frame}");
    let schema = json!({ "$ref": format!("#{all}") });
    let mut faults = faults(&CHANNELS, &schema, frame);
    // What a guest gets lacks members that everybody else's has.
    let of_a_guest = ["event", "order"]
        .iter()
        .any(|name| frame[name].is_object() && frame[name].get("customer_id").is_none());
    faults.retain(|fault| !of_a_guest || !fault.ends_with("is missing"));
    assert!(faults.is_empty(), "{faults:?} in {frame}");
}

/// Panics if `content` is not what the `AsyncAPI` document says of the message of this name on a channel.
pub fn expect_message(channel: &str, name: &str, content: &Value) {
    let key = format!("{channel}.{}", name.replace([':', '.'], "_"));
    let message = &CHANNELS["components"]["messages"][&key];
    assert!(message.is_object(), "no message of the contract: {key}");
    let faults = faults(&CHANNELS, &message["payload"], content);
    assert!(faults.is_empty(), "{faults:?} in {key} {content}");
}

/// What is wrong with `value` as an instance of `schema`, which is a part of `document`. `absent` says
/// whether members that are described as always there may be missing, as they are for whoever may not
/// see them.
pub fn faults<'d>(document: &'d Value, schema: &'d Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    Check { document }.value(schema, value, "", &mut faults);
    faults
}

struct Check<'d> {
    document: &'d Value,
}

impl<'d> Check<'d> {
    fn resolve(&self, schema: &'d Value) -> &'d Value {
        match schema["$ref"].as_str() {
            Some(path) => {
                let found = self.document.pointer(path.trim_start_matches('#'));
                self.resolve(found.unwrap_or_else(|| panic!("{path} leads nowhere")))
            }
            None => schema,
        }
    }

    fn value(&self, schema: &'d Value, value: &Value, path: &str, faults: &mut Vec<String>) {
        let schema = self.resolve(schema);
        if let Some(kinds) = types(schema)
            && !kinds.iter().any(|kind| is(kind, value))
        {
            faults.push(format!("{path} is {value}, not {kinds:?}"));
            return;
        }
        if let Some(names) = schema["enum"].as_array()
            && !names.contains(value)
        {
            faults.push(format!("{path} is {value}, none of {names:?}"));
        }
        match value {
            Value::Array(all) => {
                for (nth, one) in all.iter().enumerate() {
                    self.value(&schema["items"], one, &format!("{path}[{nth}]"), faults);
                }
            }
            Value::Object(_) => self.object(schema, value, path, faults),
            _ => {}
        }
    }

    fn object(&self, schema: &'d Value, value: &Value, path: &str, faults: &mut Vec<String>) {
        let mut parts = Vec::new();
        self.collect(schema, value, &mut parts);
        if parts.is_empty() {
            return;
        }
        let mut known = Vec::new();
        for part in &parts {
            for name in part["required"].as_array().into_iter().flatten() {
                let name = name.as_str().expect("a name");
                if value.get(name).is_none() {
                    faults.push(format!("{path}.{name} is missing"));
                }
            }
            for (name, property) in part["properties"].as_object().into_iter().flatten() {
                known.push(name);
                if let Some(member) = value.get(name) {
                    self.value(property, member, &format!("{path}.{name}"), faults);
                }
            }
        }
        let open = parts
            .iter()
            .any(|part| part.get("additionalProperties").is_some());
        for name in value.as_object().into_iter().flat_map(|all| all.keys()) {
            if !open && !known.contains(&name) {
                faults.push(format!("{path}.{name} is not described"));
            }
        }
    }

    /// The object schemas that apply to `value` at once; of alternatives the one whose tag fits.
    fn collect(&self, schema: &'d Value, value: &Value, parts: &mut Vec<&'d Value>) {
        let schema = self.resolve(schema);
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.collect(part, value, parts);
        }
        let alternatives = schema["oneOf"].as_array().into_iter().flatten();
        let fitting = alternatives
            .map(|one| self.resolve(one))
            .find(|one| tag_fits(one, value));
        if let Some(one) = fitting {
            self.collect(one, value, parts);
        }
        if schema.get("properties").is_some() || schema.get("additionalProperties").is_some() {
            parts.push(schema);
        }
    }
}

fn tag_fits(schema: &Value, value: &Value) -> bool {
    let properties = schema["properties"].as_object();
    properties.into_iter().flatten().all(|(name, property)| {
        match property["enum"].as_array().map(Vec::as_slice) {
            Some([only]) => value.get(name) == Some(only),
            _ => true,
        }
    })
}

fn types(schema: &Value) -> Option<Vec<&str>> {
    match &schema["type"] {
        Value::String(one) => Some(vec![one]),
        Value::Array(several) => Some(several.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("{other} is no type"),
    }
}
