//! A caller of the API: one token, requests as a test writes them, answers as a test reads them.

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::Value;
use waybill_api::auth::Role;

use crate::app::TestApp;

/// A caller.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

impl TestApp {
    /// A caller with these roles.
    pub fn client(&self, subject: &str, roles: &[Role]) -> Client {
        self.client_with(Some(self.token(subject, roles)))
    }

    /// A caller with this token, or nobody.
    pub fn client_with(&self, token: Option<String>) -> Client {
        Client {
            http: reqwest::Client::new(),
            base: self.url(""),
            token,
        }
    }
}

impl Client {
    /// Asks.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    /// Sends a body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    /// Patches an order of which `version` was seen.
    pub async fn patch(&self, path: &str, version: u64, body: Value) -> Answer {
        let tag = format!("\"{version}\"");
        self.send(Method::PATCH, path, Some(body), &[("if-match", &tag)])
            .await
    }

    /// Anything else.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let body = body.map(|body| body.to_string());
        self.send_text(method, path, body.as_deref(), headers).await
    }

    /// Anything at all; a body is sent as JSON unless `headers` say otherwise.
    pub async fn send_text(
        &self,
        method: Method,
        path: &str,
        body: Option<&str>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            if !headers.iter().any(|(name, _)| *name == "content-type") {
                request = request.header("content-type", "application/json");
            }
            request = request.body(body.to_owned());
        }
        for (name, value) in headers {
            request = request.header(*name, HeaderValue::from_str(value).expect("a header"));
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a whole answer");
        Answer {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
        }
    }
}

#[expect(
    clippy::return_self_not_must_use,
    reason = "often only the check is wanted"
)]
impl Answer {
    /// The answer, which must have this status.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The answer, which must be a problem of this status and code.
    pub fn refused(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.body["code"], code, "{}", answer.text);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        answer
    }

    /// A header's value; empty if it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("a text"))
    }

    /// A member of the body that is a text.
    pub fn text_of(&self, member: &str) -> &str {
        self.body[member].as_str().expect("a text")
    }

    /// The order's version, from the body.
    pub fn version(&self) -> u64 {
        self.body["version"].as_u64().expect("a version")
    }
}
