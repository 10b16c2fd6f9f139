//! Takes an enum of frames apart: a schema and a message for each of its variants.

use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Message, Schemas, add};

/// The frames that `T` can be, in its own order. Each gets a schema of its own, named after its tag:
/// `auth_expiring` becomes `AuthExpiringFrame`; and `T` becomes one of these.
pub(super) fn split<T: ToSchema>(schemas: &mut Schemas) -> Vec<Message> {
    let name = add::<T>(schemas);
    let variants = schemas[&name]["oneOf"].as_array().cloned();
    let mut messages = Vec::new();
    let mut refs = Vec::new();
    let about = schemas
        .remove(&name)
        .map(|mut all| all["description"].take());
    for mut variant in variants.into_iter().flatten() {
        merge(&mut variant, schemas);
        let Some(tag) = tag_of(&variant).map(str::to_owned) else {
            continue;
        };
        let message = message(&tag, &variant);
        refs.push(message.payload());
        schemas.insert(message.schema.clone(), variant);
        messages.push(message);
    }
    let all = json!({ "description": about, "oneOf": refs });
    // Unless a frame has that very name.
    schemas.entry(name).or_insert(all);
    messages
}

/// Lets `all` be what `T` can be, too.
pub(super) fn join<T: ToSchema>(schemas: &mut Schemas, all: &str) -> Vec<Message> {
    let messages = split::<T>(schemas);
    if let Some(refs) = schemas[all]["oneOf"].as_array_mut() {
        refs.extend(messages.iter().map(Message::payload));
    }
    messages
}

fn message(tag: &str, frame: &Value) -> Message {
    Message {
        name: tag.to_owned(),
        about: frame["description"].as_str().unwrap_or_default().to_owned(),
        schema: format!("{}Frame", pascal(tag)),
    }
}

/// A variant that is a struct is the struct with a tag: one schema instead of two that apply at once.
fn merge(variant: &mut Value, schemas: &mut Schemas) {
    let Some(Value::Array(parts)) = variant.get_mut("allOf").map(Value::take) else {
        return;
    };
    let mut merged = json!({ "type": "object", "description": variant["description"] });
    for part in parts {
        let path = part["$ref"].as_str().unwrap_or_default();
        let named = path
            .rsplit('/')
            .next()
            .and_then(|name| schemas.remove(name));
        let part = named.unwrap_or(part);
        for (name, property) in part["properties"].as_object().into_iter().flatten() {
            merged["properties"][name] = property.clone();
        }
        let required = part["required"].as_array().into_iter().flatten();
        let all = merged["required"].as_array().into_iter().flatten();
        merged["required"] = all.chain(required).cloned().collect();
    }
    *variant = merged;
}

/// The only value that the member `type` can have.
fn tag_of(schema: &Value) -> Option<&str> {
    schema["properties"]["type"]["enum"][0].as_str()
}

fn pascal(tag: &str) -> String {
    let words = tag.split('_').map(|word| {
        let (first, rest) = word.split_at(1.min(word.len()));
        first.to_uppercase() + rest
    });
    words.collect()
}
