//! Extractors that answer with a problem where axum's own would answer with plain text.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};
use serde::de::DeserializeOwned;

use crate::problem::{Code, Problem, shortened};

/// A JSON body. Refused with 415 if it doesn't say that it is JSON, 413 if it is too large, 400 if it is
/// not JSON, 422 with the field's path if it isn't what `T` must be.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

/// The query. Refused with 400 and the parameter's name.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

/// Parts of the path. Refused with 400.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let body = Bytes::from_request(request, state).await?;
        parse(&body).map(Self)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let axum::extract::Query(query) =
            axum::extract::Query::from_request_parts(parts, state).await?;
        Ok(Self(query))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let axum::extract::Path(path) =
            axum::extract::Path::from_request_parts(parts, state).await?;
        Ok(Self(path))
    }
}

/// Parses a body. Also for handlers that need the bytes themselves, for a hash.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." {
            "(body)".to_owned()
        } else {
            path
        };
        refused(error.inner(), &field)
    })?;
    json.end().map_err(|error| refused(&error, "(body)"))?;
    Ok(parsed)
}

fn refused(error: &serde_json::Error, field: &str) -> Problem {
    let place = format!("line {}, column {}", error.line(), error.column());
    if error.is_data() {
        let text = error.to_string();
        let detail = text
            .rsplit_once(" at line ")
            .map_or(text.as_str(), |(detail, _)| detail);
        return Problem::new(
            Code::InvalidFields,
            "A field is not what it must be; `errors` says which.",
        )
        .field(shortened(field), shortened(detail));
    }
    Problem::new(
        Code::MalformedJson,
        format!("The body stops being JSON at {place}."),
    )
}

/// Refuses a body that doesn't say that it is JSON: a form of another site can send one that doesn't.
pub fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    if says_json(headers) {
        return Ok(());
    }
    Err(Problem::new(
        Code::UnsupportedMediaType,
        "The body must be sent as application/json.",
    ))
}

/// `application/json`, or any `application/…+json` such as merge-patch.
fn says_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers
        .get(header::CONTENT_TYPE)
        .map(|value| value.to_str())
    else {
        return false;
    };
    let essence = value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence
        .strip_prefix("application/")
        .is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

#[cfg(test)]
mod tests;
