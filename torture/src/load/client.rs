//! Requests over HTTP, and what their answers mean for whoever may ask again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

use super::counts::{self, Counts};
use super::nodes::Nodes;

/// One caller: a token, any node.
pub(super) struct Client {
    http: reqwest::Client,
    nodes: Nodes,
    token: String,
    counts: Arc<Counts>,
    random: Mutex<StdRng>,
}

/// What came back.
#[derive(Debug)]
pub(super) enum Reply {
    /// What was asked for.
    Done(Value),
    /// No, and it will stay no.
    Refused { code: String, body: Value },
    /// No answer, or one that says to try again, after a while if it says so.
    Again { after: Option<Duration> },
    /// A fault of the node's (500), which then has done nothing.
    Failed,
}

impl Client {
    pub(super) fn new(
        nodes: Nodes,
        token: &str,
        timeout: Duration,
        counts: &Arc<Counts>,
        seed: u64,
    ) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(2))
            .timeout(timeout)
            .build()?;
        Ok(Self {
            http,
            nodes,
            token: token.to_owned(),
            counts: Arc::clone(counts),
            random: Mutex::new(StdRng::seed_from_u64(seed)),
        })
    }

    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, path).json(body)
    }

    /// To one node or another.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        let node = self.nodes.any(&mut *random);
        let request = self.http.request(method, format!("http://{node}{path}"));
        request.bearer_auth(&self.token)
    }

    /// Sends it. What nobody should be answered is written down.
    pub(super) async fn ask(&self, request: RequestBuilder) -> Reply {
        let (http, request) = request.build_split();
        let Ok(request) = request else {
            return Reply::Again { after: None };
        };
        let what = format!("{} {}", request.method(), request.url().path());
        let reply = match http.execute(request).await {
            Ok(response) => self.read(&what, response).await,
            Err(_) => Reply::Again { after: None },
        };
        if matches!(reply, Reply::Again { .. }) {
            self.counts.add(counts::AGAIN);
        }
        reply
    }

    async fn read(&self, what: &str, response: reqwest::Response) -> Reply {
        let status = response.status();
        let after = response.headers().get("retry-after");
        let after = after.and_then(|secs| secs.to_str().ok()?.parse().ok());
        let after = after.map(Duration::from_secs);
        let Ok(text) = response.text().await else {
            return Reply::Again { after };
        };
        let Ok(body) = serde_json::from_str::<Value>(&text) else {
            self.counts.wonder(format!("{status} without JSON"));
            return Reply::Again { after };
        };
        if status.is_success() {
            return Reply::Done(body);
        }
        let code = body["code"].as_str().unwrap_or_default().to_owned();
        let again = status == StatusCode::SERVICE_UNAVAILABLE || code == "rate_limited";
        if again {
            return Reply::Again { after };
        }
        if !is_of_the_shop(&code) {
            let detail = body["detail"].as_str().unwrap_or_default();
            self.counts
                .wonder(format!("{what}: {status} {code}: {detail}"));
            if status == StatusCode::INTERNAL_SERVER_ERROR {
                return Reply::Failed;
            }
            if status.is_server_error() {
                return Reply::Again { after };
            }
        }
        Reply::Refused { code, body }
    }
}

/// What a caller may well be refused when others change the same orders.
fn is_of_the_shop(code: &str) -> bool {
    matches!(
        code,
        "version_conflict"
            | "precondition_failed"
            | "illegal_transition"
            | "order_final"
            | "field_locked"
            | "cursor_reset"
    )
}
