//! The page `/docs/problems`, to which every problem's `type` points. No outside resources.

use std::fmt::Write as _;

use super::CODES;

const HEAD: &str = "<!doctype html>
<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Waybill: problems</title>
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body class=\"plain\">
<h1>Problems</h1>
<p>Errors are answered with <code>application/problem+json</code> (RFC 9457). The <code>code</code> is stable; the
<code>detail</code> is for people and may change. <code>request_id</code> leads to the request in the service's logs.</p>
<table><thead><tr><th>code</th><th>status</th><th>meaning</th><th>what to do</th></tr></thead><tbody>
";

/// The page as HTML.
#[must_use]
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for entry in CODES {
        // Writing to a String can't fail.
        let _ = writeln!(
            page,
            "<tr id=\"{0}\"><td><code>{0}</code></td><td>{1}</td><td>{2}</td><td>{3}</td></tr>",
            entry.name, entry.status, entry.title, entry.advice
        );
    }
    page.push_str("</tbody></table></body></html>\n");
    page
}
