//! `/docs`: the `OpenAPI` document as a page for people.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// The page as HTML.
pub(super) fn page(document: &Value) -> String {
    let mut page = Page(String::new());
    let title = text(&document["info"], "title");
    page.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    page.escaped(title);
    page.raw(
        ": API</title><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
    );
    page.raw("<link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body>\n");
    page.contents(document);
    page.raw("<main><h1>");
    page.escaped(title);
    page.raw(": API</h1>");
    page.prose(text(&document["info"], "description"));
    page.raw("<p>For programs: <a href=\"/openapi.json\">openapi.json</a>, for the push channels <a href=\"/asyncapi.json\">asyncapi.json</a>. ");
    page.raw("Refusals: <a href=\"/docs/problems\">all problem codes</a>.</p>\n");
    for tag in list(&document["tags"]) {
        let name = text(tag, "name");
        page.heading(2, name, name);
        page.prose(text(tag, "description"));
        for operation in operations(document, name) {
            page.operation(&operation);
        }
    }
    page.heading(2, "schemas", "Shapes");
    for (name, schema) in members(&document["components"]["schemas"]) {
        page.schema(name, schema);
    }
    page.raw("</main></body></html>\n");
    page.0
}

struct Operation<'d> {
    path: &'d str,
    method: &'d str,
    said: &'d Value,
}

/// The operations with this tag, in the order of their paths.
fn operations<'d>(document: &'d Value, tag: &str) -> Vec<Operation<'d>> {
    let mut found = Vec::new();
    for (path, item) in members(&document["paths"]) {
        for (method, said) in members(item) {
            if list(&said["tags"]).any(|name| name == tag) {
                found.push(Operation { path, method, said });
            }
        }
    }
    found
}

struct Page(String);

impl Page {
    fn raw(&mut self, html: &str) {
        self.0.push_str(html);
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.raw("&amp;"),
                '<' => self.raw("&lt;"),
                '>' => self.raw("&gt;"),
                '"' => self.raw("&quot;"),
                c => self.0.push(c),
            }
        }
    }

    /// A line with `code` in it. Codes of problems lead to where they are explained.
    fn line(&mut self, text: &str) {
        for (nth, part) in text.split('`').enumerate() {
            if nth % 2 == 0 {
                self.escaped(part);
                continue;
            }
            let problem = crate::problem::CODES.iter().any(|code| code.name == part);
            if problem {
                // Names of codes need no escaping; writing to a String can't fail.
                let _ = write!(self.0, "<a href=\"/docs/problems#{part}\">");
            }
            self.raw("<code>");
            self.escaped(part);
            self.raw(if problem { "</code></a>" } else { "</code>" });
        }
    }

    fn prose(&mut self, text: &str) {
        for paragraph in text.split("\n\n").filter(|text| !text.is_empty()) {
            self.raw("<p>");
            self.line(paragraph);
            self.raw("</p>\n");
        }
    }

    fn heading(&mut self, level: u8, id: &str, text: &str) {
        let _ = write!(self.0, "<h{level} id=\"");
        self.escaped(id);
        self.raw("\">");
        self.escaped(text);
        let _ = writeln!(self.0, "</h{level}>");
    }

    fn contents(&mut self, document: &Value) {
        self.raw("<nav><strong>Waybill</strong>");
        for tag in list(&document["tags"]) {
            let name = text(tag, "name");
            self.raw("<ul><li><a href=\"#");
            self.escaped(name);
            self.raw("\"><strong>");
            self.escaped(name);
            self.raw("</strong></a></li>");
            for operation in operations(document, name) {
                self.raw("<li><a href=\"#");
                self.escaped(text(operation.said, "operationId"));
                self.raw("\">");
                self.method(operation.method);
                self.escaped(operation.path);
                self.raw("</a></li>");
            }
            self.raw("</ul>");
        }
        self.raw("<a href=\"#schemas\"><strong>shapes</strong></a></nav>\n");
    }

    fn method(&mut self, method: &str) {
        let _ = write!(self.0, "<span class=\"method {method}\">{method}</span> ");
    }

    fn operation(&mut self, operation: &Operation<'_>) {
        let said = operation.said;
        self.raw("<h3 id=\"");
        self.escaped(text(said, "operationId"));
        self.raw("\">");
        self.method(operation.method);
        self.raw("<code>");
        self.escaped(operation.path);
        self.raw("</code></h3>\n");
        self.prose(text(said, "summary"));
        self.prose(text(said, "description"));
        if list(&said["parameters"]).next().is_some() {
            self.parameters(&said["parameters"]);
        }
        if let Some((_, body)) = members(&said["requestBody"]["content"]).next() {
            self.raw("<h4>Body</h4><p>");
            self.kind(&body["schema"]);
            self.raw("</p>\n");
        }
        self.raw("<h4>Answers</h4><table>");
        for (status, response) in members(&said["responses"]) {
            self.raw("<tr><td>");
            self.escaped(status);
            self.raw("</td><td>");
            self.line(text(response, "description"));
            let success = members(&response["content"]).next();
            if let Some((_, content)) = success.filter(|_| status.as_str() < "400") {
                self.raw("<br>");
                self.kind(&content["schema"]);
            }
            self.raw("</td></tr>\n");
        }
        self.raw("</table>\n");
    }

    fn parameters(&mut self, parameters: &Value) {
        self.raw("<h4>Parameters</h4><table>");
        for parameter in list(parameters) {
            self.raw("<tr><td><code>");
            self.escaped(text(parameter, "name"));
            self.raw("</code><br><span class=\"kind\">");
            self.escaped(text(parameter, "in"));
            if parameter["required"] == true {
                self.raw(", required");
            }
            self.raw("</span></td><td>");
            self.line(text(parameter, "description"));
            self.raw("</td></tr>\n");
        }
        self.raw("</table>\n");
    }

    fn schema(&mut self, name: &str, schema: &Value) {
        self.heading(3, &format!("schema-{name}"), name);
        self.prose(text(schema, "description"));
        let parts = list(&schema["allOf"]).chain(list(&schema["oneOf"]));
        if parts.clone().next().is_none() {
            self.properties(schema);
        }
        for part in parts {
            if part.get("properties").is_some() {
                self.prose(text(part, "description"));
                self.properties(part);
            } else {
                self.raw("<p>");
                self.kind(part);
                self.raw("</p>\n");
            }
        }
        if let Some(example) = schema.get("example") {
            self.raw("<pre>");
            self.escaped(&format!("{example:#}"));
            self.raw("</pre>\n");
        }
    }

    fn properties(&mut self, schema: &Value) {
        if schema.get("properties").is_none() {
            self.raw("<p>");
            self.kind(schema);
            self.raw("</p>\n");
            return;
        }
        self.raw("<table>");
        for (name, property) in members(&schema["properties"]) {
            self.raw("<tr><td><code>");
            self.escaped(name);
            self.raw("</code>");
            if list(&schema["required"]).any(|required| required == name) {
                self.raw(" <span class=\"kind\">always</span>");
            }
            self.raw("</td><td>");
            self.kind(property);
            self.raw("</td><td>");
            self.line(text(property, "description"));
            self.raw("</td></tr>\n");
        }
        self.raw("</table>\n");
    }

    /// What a value is: a link to its shape, its names, or its type.
    fn kind(&mut self, schema: &Value) {
        self.raw("<span class=\"kind\">");
        if let Some(name) = text(schema, "$ref").strip_prefix("#/components/schemas/") {
            self.raw("<a href=\"#schema-");
            self.escaped(name);
            self.raw("\">");
            self.escaped(name);
            self.raw("</a>");
        } else if let Some(items) = schema.get("items") {
            self.raw("list of ");
            self.kind(items);
        } else if list(&schema["enum"]).next().is_some() {
            for (nth, name) in list(&schema["enum"]).enumerate() {
                self.raw(if nth == 0 { "<code>" } else { " <code>" });
                self.escaped(name.as_str().unwrap_or_default());
                self.raw("</code>");
            }
        } else if list(&schema["oneOf"]).next().is_some() {
            for (nth, variant) in list(&schema["oneOf"]).enumerate() {
                self.raw(if nth == 0 { "" } else { " or " });
                self.kind(variant);
            }
        } else {
            self.escaped(&simple(schema));
        }
        self.raw("</span>");
    }
}

/// `string, date-time`, `integer 0 …`
fn simple(schema: &Value) -> String {
    let mut kind = match &schema["type"] {
        Value::String(one) => one.clone(),
        Value::Array(several) => {
            let names: Vec<&str> = several.iter().filter_map(Value::as_str).collect();
            names.join(" or ")
        }
        _ => "anything".to_owned(),
    };
    if let Some(format) = schema["format"].as_str()
        && !format.starts_with("int")
    {
        kind = format!("{kind}, {format}");
    }
    for (name, word) in [
        ("minimum", "from"),
        ("maximum", "to"),
        ("maxLength", "at most"),
    ] {
        if let Some(bound) = schema.get(name) {
            kind = format!("{kind} {word} {bound}");
        }
    }
    kind
}

fn text<'d>(value: &'d Value, member: &str) -> &'d str {
    value[member].as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> + Clone {
    value
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}
