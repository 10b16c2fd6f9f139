//! A request to `/socket.io/`: what is bounded and checked before the engine sees it.
//!
//! Requests of an open session are counted by the session, since a page that polls sends more than an
//! address may; all others by account. Whoever begins a session waits for his turn, and for a place if
//! there is none, because the source systems' clients give up after five refusals.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engineioxide::service::EngineIoService;
use engineioxide::socket::Sid;
use hyper_util::rt::TokioIo;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tower::Service;

use super::SocketIo;
use super::handler::Handler;
use super::link::Link;
use super::stream::Watched;
use crate::auth::{Authentication, Principal, Viewer};
use crate::config::Config;
use crate::http::middleware::ClientAddress;
use crate::http::server::Place;
use crate::problem::{Code, Problem};
use crate::push::admission::Permit;
use crate::push::close::Close;

/// Longest wait for a place. The client itself waits twice as long.
const PATIENCE: Duration = Duration::from_secs(10);
/// As many may wait at once; the next is refused.
const WAITING: usize = 20_000;

/// The state of the route.
#[derive(Clone)]
pub(super) struct Front {
    pub(super) shared: Arc<SocketIo>,
    pub(super) engine: EngineIoService<Handler>,
    pub(super) waiting: Arc<Semaphore>,
}

/// How often clients are pinged. A poll is answered by the ping at the latest, so well within the time
/// that a request may take.
pub(super) fn ping_interval(config: &Config) -> Duration {
    config.push.ping.min(config.http.request_timeout / 2)
}

impl Front {
    pub(super) fn new(shared: Arc<SocketIo>, engine: EngineIoService<Handler>) -> Self {
        Self {
            shared,
            engine,
            waiting: Arc::new(Semaphore::new(WAITING)),
        }
    }

    async fn answer(mut self, mut request: Request) -> Result<Response, Problem> {
        // The engine keeps what a session began with, longer than the connection that brought it.
        let place = request.extensions_mut().remove::<Place>();
        let query = Query::of(request.uri().query().unwrap_or_default());
        if !query.continues {
            let address = caller(&request).1;
            let (request, link) = self.open(request).await?;
            let response = if query.websocket {
                self.upgrade(request, link, place)
            } else {
                let response = self.pass_on(request).await?;
                self.tell_bound(response).await?
            };
            // It has taken a turn of somebody's, and no session came of it.
            if response.status().is_client_error() {
                self.shared.rates.count_failure(address);
            }
            return Ok(response);
        }
        let Some(link) = query.sid.and_then(|sid| self.shared.sessions.get(sid)) else {
            return self.refuse_unknown(&request);
        };
        if !link.allows_request() {
            link.fail(Close::Overloaded("too many requests".into()));
            return Err(too_many("This connection makes more requests than it may."));
        }
        if query.websocket {
            return Ok(self.upgrade(request, link, place));
        }
        let polls = request.method() == Method::GET;
        let response = self.pass_on(request).await?;
        if polls && response.status().is_success() {
            link.has_moved();
        }
        Ok(response)
    }

    /// Tells a client that its session is not here, or not any more. It begins another one.
    fn refuse_unknown(&self, request: &Request) -> Result<Response, Problem> {
        let (caller, address) = caller(request);
        let caller = caller.as_deref().and_then(Viewer::account);
        self.shared
            .rates
            .check(caller, address)
            .map_err(|_| too_many("More requests than this caller may make."))?;
        let told = axum::Json(serde_json::json!({"code": 1, "message": "Session ID unknown"}));
        Ok((StatusCode::BAD_REQUEST, told).into_response())
    }

    /// Finds a place for a new session.
    async fn open(&self, mut request: Request) -> Result<(Request, Arc<Link>), Problem> {
        let push = &self.shared.app.push;
        if !push.origins.permit_upgrade(request.headers(), None) {
            let detail = "This Origin is not on the list of FRONTEND_URL.";
            return Err(Problem::new(Code::OriginRefused, detail));
        }
        let (caller, address) = caller(&request);
        let caller = caller.as_deref().and_then(Viewer::account);
        let place = self.place(caller, address).await?;
        let link = Link::new(place, push.config.frames_per_sec);
        request.extensions_mut().insert(Arc::clone(&link));
        Ok((request, link))
    }

    /// Waits for one, as long as the caller will.
    async fn place(
        &self,
        caller: Option<&Principal>,
        address: Option<IpAddr>,
    ) -> Result<Permit, Problem> {
        let push = &self.shared.app.push;
        let rates = &self.shared.rates;
        let _waiting = self
            .waiting
            .try_acquire()
            .map_err(|_| too_many("Too many wait for a connection already."))?;
        // Behind one address there may be many, so it counts only if too many of them were nobody's.
        let too_soon = || match caller {
            Some(account) => rates.check(Some(account), address).err(),
            None => rates.shut_out(address),
        };
        let until = Instant::now() + PATIENCE;
        while let Some(wait) = too_soon() {
            if Instant::now() + wait > until {
                return Err(too_many("More connections than this caller may begin."));
            }
            tokio::time::sleep(wait).await;
        }
        tokio::select! {
            // A place may be free at once.
            biased;
            () = push.draining.cancelled() => {
                // A refusal is one of the client's five tries: it comes as late as he can bear.
                tokio::time::sleep_until(until).await;
                Err(Problem::new(Code::Draining, "This node is stopping."))
            }
            permit = push.admission.enter_patiently(PATIENCE) => Ok(permit?),
        }
    }

    /// Has the engine answer, with a body that is read and bounded.
    async fn pass_on(&mut self, request: Request) -> Result<Response, Problem> {
        let (parts, body) = request.into_parts();
        let max = self.shared.app.push.config.frame_bytes_max;
        let body = to_bytes(body, max).await.map_err(|_| {
            Problem::new(
                Code::BodyTooLarge,
                format!("At most {max} bytes can be sent at once."),
            )
        })?;
        let request = Request::from_parts(parts, Body::from(body));
        // Always ready, like the service within it.
        match self.engine.call(request).await {
            Ok(response) => Ok(response.map(Body::new)),
            Err(never) => match never {},
        }
    }

    /// Tells a new session how much it may send at once, which is less than may be sent to it.
    async fn tell_bound(&self, response: Response) -> Result<Response, Problem> {
        let (mut parts, body) = response.into_parts();
        let bytes = to_bytes(body, 4_096)
            .await
            .map_err(|error| Problem::internal_error(&error))?;
        let max = self.shared.app.push.config.frame_bytes_max;
        let bytes = with_bound(&bytes, max).map_or(bytes, Bytes::from);
        parts
            .headers
            .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        Ok(Response::from_parts(parts, Body::from(bytes)))
    }

    /// Answers an upgrade, and gives the WebSocket's bytes to the engine.
    fn upgrade(&self, mut request: Request, link: Arc<Link>, place: Option<Place>) -> Response {
        let Some(accept) = accept_key(request.headers()) else {
            return (StatusCode::BAD_REQUEST, "not a WebSocket upgrade").into_response();
        };
        if !link.begin_streaming() {
            return (StatusCode::BAD_REQUEST, "this session has a WebSocket").into_response();
        }
        let upgrading = hyper::upgrade::on(&mut request);
        let request = Request::from_parts(request.into_parts().0, ());
        let push = Arc::clone(&self.shared.app.push);
        let mut engine = self.engine.clone();
        tokio::spawn(async move {
            match upgrading.await {
                Ok(upgraded) => {
                    let stream = Watched::new(TokioIo::new(upgraded), link, &push.config, place);
                    // The stream tells its session when it ends, also when the engine refuses it.
                    let _ = engine.call((stream, request)).await;
                }
                // A session that polls can go on polling.
                Err(error) => {
                    tracing::debug!(%error, "a WebSocket was not set up");
                }
            }
        });
        let headers = [
            (header::UPGRADE, HeaderValue::from_static("websocket")),
            (header::CONNECTION, HeaderValue::from_static("Upgrade")),
            (header::SEC_WEBSOCKET_ACCEPT, accept),
        ];
        (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
    }
}

/// The handler of the route.
pub(super) async fn serve(State(front): State<Front>, request: Request) -> Response {
    front
        .answer(request)
        .await
        .unwrap_or_else(IntoResponse::into_response)
}

/// Who asks, and from where, as the middleware found out.
fn caller(request: &Request) -> (Option<Arc<Viewer>>, Option<IpAddr>) {
    let viewer = match request.extensions().get() {
        Some(Authentication(Ok(Some(viewer)))) => Some(Arc::clone(viewer)),
        _ => None,
    };
    let address = request.extensions().get::<ClientAddress>();
    (viewer, address.and_then(|address| address.0))
}

fn too_many(detail: &str) -> Problem {
    Problem::new(Code::RateLimited, detail).retry_after(Duration::from_secs(1))
}

/// What the engine reads of the query, read as it does.
struct Query {
    /// Whether it names a session, be it one that there is.
    continues: bool,
    sid: Option<Sid>,
    websocket: bool,
}

impl Query {
    fn of(query: &str) -> Self {
        let find = |name: &str| {
            query
                .split('&')
                .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        };
        Self {
            continues: find("sid").is_some(),
            sid: find("sid").and_then(|sid| sid.parse().ok()),
            websocket: find("transport") == Some("websocket"),
        }
    }
}

/// What proves to the client that its upgrade was understood.
fn accept_key(headers: &HeaderMap) -> Option<HeaderValue> {
    let is = |name, value: &str| {
        headers.get(name).is_some_and(|found: &HeaderValue| {
            found.as_bytes().eq_ignore_ascii_case(value.as_bytes())
        })
    };
    if !is(header::UPGRADE, "websocket") || !is(header::SEC_WEBSOCKET_VERSION, "13") {
        return None;
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?;
    derive_accept_key(key.as_bytes()).try_into().ok()
}

/// The packet that opens a session, with another bound.
fn with_bound(packet: &[u8], max: usize) -> Option<String> {
    let mut open: serde_json::Value = serde_json::from_slice(packet.strip_prefix(b"0")?).ok()?;
    *open.get_mut("maxPayload")? = max.into();
    Some(format!("0{open}"))
}
