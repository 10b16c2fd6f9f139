//! A command as it arrives: who sends it, what its headers say, and its body, still unread.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, HeaderName};
use serde_json::Value;
use sha2::{Digest, Sha256};
use waybill_infra::log::CommandKey;

use super::extract;
use super::middleware::RequestId;
use super::precondition::IfMatch;
use crate::auth::Principal;
use crate::problem::{Code, Problem};

/// By what the service recognises that a request is sent again.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// What caused the request, if that was not its sender's own idea.
pub const CAUSATION_ID: HeaderName = HeaderName::from_static("x-causation-id");
/// Longest idempotency key, in characters.
const KEY_MAX: usize = 255;
/// Longest causation id, in characters.
const CAUSATION_MAX: usize = 128;

/// See the module's documentation.
#[derive(Debug)]
pub struct Incoming {
    /// Who sends it.
    pub caller: Principal,
    /// The request's id, which leads from the event to the log lines.
    pub correlation_id: String,
    /// What caused the request.
    pub causation_id: Option<String>,
    /// By what a repeat is recognised: the caller's key, within his issuer and subject, and a hash of
    /// method, path and body.
    pub key: Option<CommandKey>,
    /// Which version of the order the caller has seen.
    pub if_match: IfMatch,
    /// The body as it came.
    pub body: Bytes,
}

impl Incoming {
    /// The body as JSON, to be read by the domain, which names every field at fault.
    pub fn json(&self) -> Result<Value, Problem> {
        extract::parse(&self.body)
    }

    /// Refuses `If-Match` where there is no single order that it could be about, rather than pass over
    /// it in silence.
    pub fn without_if_match(self) -> Result<Self, Problem> {
        match self.if_match {
            IfMatch::Absent => Ok(self),
            IfMatch::Any | IfMatch::Versions(_) => {
                Err(bad_header("If-Match", "has no meaning for this request"))
            }
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Incoming {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let caller = Principal::from_request_parts(&mut parts, state).await?;
        let correlation_id = RequestId::from_request_parts(&mut parts, state).await?;
        extract::require_json(&parts.headers)?;
        let key = text_header(&parts.headers, &IDEMPOTENCY_KEY, KEY_MAX)?.map(str::to_owned);
        let causation_id =
            text_header(&parts.headers, &CAUSATION_ID, CAUSATION_MAX)?.map(str::to_owned);
        let if_match = IfMatch::of(&parts.headers)?;
        let method = parts.method.clone();
        let path = parts.uri.path().to_owned();
        let body = Bytes::from_request(Request::from_parts(parts, body), state).await?;
        let key = key.map(|key| CommandKey {
            key: digest(&[
                caller.issuer.as_deref().unwrap_or_default().as_bytes(),
                caller.subject.as_str().as_bytes(),
                key.as_bytes(),
            ]),
            request: digest(&[method.as_str().as_bytes(), path.as_bytes(), &body]),
        });
        Ok(Self {
            caller,
            correlation_id: correlation_id.to_string(),
            causation_id,
            key,
            if_match,
            body,
        })
    }
}

/// SHA-256 over the parts, each with its length, so that no two lists of parts read the same.
pub(super) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn text_header<'h>(
    headers: &'h HeaderMap,
    name: &HeaderName,
    max: usize,
) -> Result<Option<&'h str>, Problem> {
    let mut all = headers.get_all(name).into_iter();
    let Some(value) = all.next() else {
        return Ok(None);
    };
    let text = value
        .to_str()
        .ok()
        .filter(|text| all.next().is_none() && (1..=max).contains(&text.len()));
    match text {
        Some(text) => Ok(Some(text)),
        None => Err(bad_header(
            name.as_str(),
            &format!("must be sent once, as 1 to {max} visible ASCII characters"),
        )),
    }
}

/// A header that is not what it must be.
pub(super) fn bad_header(name: &str, detail: &str) -> Problem {
    Problem::new(
        Code::MalformedRequest,
        "A header is not what it must be; `errors` says which.",
    )
    .field(name, detail)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_header_is_taken_once_and_within_its_bound() {
        let headers = |values: &[&str]| -> HeaderMap {
            let values = values.iter().map(|value| {
                let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
                (IDEMPOTENCY_KEY, value)
            });
            values.collect()
        };
        let read = |values: &[&str]| {
            let headers = headers(values);
            text_header(&headers, &IDEMPOTENCY_KEY, 5)
                .map(|text| text.map(str::to_owned))
                .map_err(|problem| problem.code())
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["a"]), Ok(Some("a".to_owned())));
        assert_eq!(read(&["abcde"]), Ok(Some("abcde".to_owned())));
        for values in [&[""][..], &["abcdef"], &["a", "a"], &["é"]] {
            assert_eq!(read(values), Err(Code::MalformedRequest), "{values:?}");
        }
    }

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
        assert_ne!(digest(&[b"ab", b""]), digest(&[b"ab"]));
    }
}
