//! The operations of the contract as the `OpenAPI` document has them, so that tests go through all there are and not
//! through those that somebody thought of.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::Value;

/// One operation.
#[derive(Debug)]
pub struct Operation {
    pub id: String,
    pub method: Method,
    /// With its parameters in braces.
    pub path: String,
    pub parameters: Vec<Parameter>,
    /// The example of what is sent.
    pub body: Option<Value>,
    /// The names of everything that can be sent, at every depth.
    pub members: Vec<String>,
}

/// What is said beside the body.
#[derive(Debug)]
pub struct Parameter {
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
}

impl Operation {
    /// Whether it only reads.
    pub fn reads(&self) -> bool {
        self.method == Method::GET
    }
}

/// All of a document's.
pub fn all(document: &Value) -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, said) in item.as_object().expect("an item") {
            let mut members = Vec::new();
            let contents = said["requestBody"]["content"].as_object();
            let schemas = contents.into_iter().flatten();
            let mut body = None;
            for (_, content) in schemas {
                let schema = resolve(document, &content["schema"]);
                collect(document, schema, &mut members);
                let example = schema.get("example");
                body = Some(example.expect("each body has an example").clone());
            }
            let parameters = said["parameters"].as_array().into_iter().flatten();
            all.push(Operation {
                id: text(&said["operationId"]),
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                parameters: parameters
                    .map(|parameter| Parameter {
                        name: text(&parameter["name"]),
                        place: text(&parameter["in"]),
                    })
                    .collect(),
                body,
                members,
            });
        }
    }
    assert!(all.len() > 25, "the operations were not found: {all:?}");
    all
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Where a reference leads to; of alternatives the one that is not null.
fn resolve<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    if let Some(path) = schema["$ref"].as_str() {
        let found = document.pointer(path.trim_start_matches('#'));
        return resolve(document, found.expect("a reference that leads somewhere"));
    }
    let mut alternatives = schema["oneOf"].as_array().into_iter().flatten();
    match alternatives.find(|one| one["type"] != "null") {
        Some(one) => resolve(document, one),
        None => schema,
    }
}

fn collect(document: &Value, schema: &Value, members: &mut Vec<String>) {
    let schema = resolve(document, schema);
    if let Some(items) = schema.get("items") {
        collect(document, items, members);
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        members.push(name.clone());
        collect(document, member, members);
    }
}

/// What came back: status, and everything that can be read in it, headers included.
#[derive(Debug)]
pub struct Said {
    pub status: u16,
    pub text: String,
}

/// A request as it is sent.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: Method,
    /// The whole address.
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<String>,
}

impl Asked {
    /// Sends it. Of an answer that does not end, what comes until nothing does for a while.
    pub async fn send(&self, http: &Client) -> Said {
        let mut request = http.request(self.method.clone(), &self.url);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        let mut response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let lines = headers.map(|(name, value)| {
            format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()))
        });
        let mut text: String = lines.collect();
        let endless = text.contains("text/event-stream");
        let patience = if endless {
            Duration::from_millis(400)
        } else {
            Duration::from_secs(30)
        };
        while let Ok(Ok(Some(more))) = tokio::time::timeout(patience, response.chunk()).await {
            text.push_str(&String::from_utf8_lossy(&more));
        }
        Said { status, text }
    }
}

/// A text as it can stand in an address.
pub fn encoded(text: &str) -> String {
    let of_byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(of_byte).collect()
}
