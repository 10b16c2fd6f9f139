//! The web page, embedded in the binary, at every address that is not the API's.

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::{EmbeddedFile, RustEmbed};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

use crate::problem::{Code, MEDIA_TYPE, Problem};

/// What `npm run build` has made; empty if it was not run before this was compiled.
#[derive(RustEmbed)]
#[folder = "../web/app/dist"]
#[allow_missing = true]
struct Files;

/// What the page may do: load its own files and talk to its own server, nothing else. No scripts or
/// styles inside the HTML, no frames around it.
pub const PAGE_POLICY: &str = "default-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Files under this folder carry a hash of their content in their names.
const HASHED: &str = "assets/";
/// Addresses under these are never the page's.
const NOT_THE_PAGE: [&str; 2] = ["/v1/", "/docs/"];

const NOT_BUILT: &str = "<!doctype html>
<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Waybill</title></head><body>
<h1>The page was not built into this server</h1>
<p>Run <code>make web</code>, then build the server again. The API is here: see <a href=\"/docs\">its reference</a>.</p>
</body></html>
";

/// For everything that no route answers. Files go out compressed; a problem does not, because the request's
/// id is still to be written into it.
pub fn all() -> Router {
    let worth_it = SizeAbove::new(1_024).and(NotForContentType::const_new(MEDIA_TYPE));
    let compress = CompressionLayer::new().compress_when(worth_it);
    Router::new().fallback(serve).layer(compress)
}

/// Whether one of the page's hashed files is at this address. They are many, small and in memory, and come without a
/// token: counted as requests, two people behind one address could not open the page at the same time.
#[must_use]
pub fn has_file(path: &str) -> bool {
    let name = path.trim_start_matches('/');
    name.starts_with(HASHED) && Files::get(name).is_some()
}

/// Answers what no route does: a file of the page, the page itself for the addresses within it, or
/// `no_such_route`.
async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    let reads = method == Method::GET || method == Method::HEAD;
    if !reads || NOT_THE_PAGE.iter().any(|prefix| path.starts_with(prefix)) {
        return no_such_route();
    }
    let name = path.trim_start_matches('/');
    if let Some(file) = Files::get(name) {
        return send(name, &file, &headers);
    }
    // A browser going to an address asks for HTML; a script looking for a file does not.
    if path != "/" && !wants_html(&headers) {
        return no_such_route();
    }
    if let Some(index) = Files::get("index.html") {
        return send("index.html", &index, &headers);
    }
    let policy = [(header::CONTENT_SECURITY_POLICY, PAGE_POLICY)];
    (StatusCode::NOT_FOUND, policy, Html(NOT_BUILT)).into_response()
}

fn no_such_route() -> Response {
    Problem::new(Code::NoSuchRoute, "There is nothing at this address.").into_response()
}

fn wants_html(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .into_iter()
        .filter_map(|accept| accept.to_str().ok())
        .any(|accept| accept.contains("text/html"))
}

fn send(name: &str, file: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let tag = etag(file);
    let caching = if name.starts_with(HASHED) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| *known == tag);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = mime_guess::from_path(name).first_or_octet_stream();
        let mut response = file.data.clone().into_response();
        if let Ok(kind) = HeaderValue::from_str(&with_charset(kind.essence_str())) {
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        response
    };
    let out = response.headers_mut();
    out.insert(header::ETAG, tag);
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    out.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(PAGE_POLICY),
    );
    response
}

fn with_charset(kind: &str) -> String {
    if kind.starts_with("text/") {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_owned()
    }
}

/// The content's hash.
fn etag(file: &EmbeddedFile) -> HeaderValue {
    let [hash @ .., _, _] = file.metadata.sha256_hash();
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(hash));
    HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""))
}
