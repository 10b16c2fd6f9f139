//! `GET /v1/events/stream`: a topic's events as server-sent events.
//!
//! What a plain `EventSource` does decides how this answers. It sends the `id` that it saw last with every
//! reconnect, so each message carries its cursor there. It gives up for good on any answer but 200, so what
//! passes by itself (a node that stops, a database that is away) is answered by a stream that says when to
//! come back and ends; and so is a cursor that needs a reset. It waits for as long as `retry` said, so
//! nothing of this loops hot.

mod serving;
mod text;

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::mpsc;
use waybill_infra::log::CursorError;
use waybill_projections::push::{SubscribeError, Subscription, Subscriptions};

use super::entrance::Seat;
use super::frames::Include;
use super::long_poll::bad;
use super::topic::{NotATopic, Wish};
use super::{Push, access, check_types, parse_cursor, reset_reason};
use crate::app::Shared;
use crate::auth::Viewer;
use crate::http::server::HangUp;
use crate::problem::{Code, Problem};
use serving::Stream;

/// What a browser gives back on its own when it reconnects.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// The same, as problems name it.
const LAST_EVENT_ID_NAME: &str = "Last-Event-ID";
/// Read by nginx and those that follow it: hand on what comes at once.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// Longest `Last-Event-ID` that is looked at, in bytes. A cursor has 22.
const LAST_EVENT_ID_MAX: usize = 64;
/// Within this time whoever cannot be served now is to come back.
const COME_BACK: Duration = Duration::from_secs(10);

/// What the query may say.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// `orders`, `customer:ID`, `customer:me` or `order:ID`.
    topic: String,
    /// A cursor, `earliest` or `now`, which is the default; staff may give a bare position. The header
    /// `Last-Event-ID` goes before it.
    after: Option<String>,
    /// Only events of these types, separated by commas.
    types: Option<String>,
    /// `order`: each event with its order's summary as of that event.
    #[param(inline)]
    include: Option<Include>,
}

/// What is known when a stream can begin.
struct Begun {
    seat: Seat,
    subscriptions: Subscriptions,
    first: String,
}

/// Why it does not begin.
enum Instead {
    /// The caller can do something about it.
    Refused(Problem),
    /// It passes: come back within this time.
    ComeBack(Duration),
    /// The cursor does not fit the log.
    Reset(&'static str),
}

impl<T: Into<Problem>> From<T> for Instead {
    fn from(error: T) -> Self {
        let problem = error.into();
        // An `EventSource` that is answered with 503 does not try again.
        if problem.code().status().as_u16() == 503 {
            Self::ComeBack(COME_BACK)
        } else {
            Self::Refused(problem)
        }
    }
}

/// Events of a topic as a stream.
///
/// Server-sent events. `id` is the cursor, `event` the type, `data` the event as `GET /v1/events` shows it.
/// Browsers authenticate with the cookie of `POST /v1/session`. The messages that are not events are
/// described in docs/protocol.md.
#[utoipa::path(
    get,
    path = "/v1/events/stream",
    operation_id = "stream_events",
    tag = "push",
    params(
        Params,
        ("Last-Event-ID" = Option<String>, Header, description = "The `id` that was seen last; goes before `after`"),
    ),
    responses(
        (status = 200, description = "The stream, as `text/event-stream`. It may only say when to come back (`drain`), or to begin anew (`reset`)", body = String, content_type = "text/event-stream"),
        (status = 400, description = "`malformed_request`, `invalid_cursor`"),
        (status = 403, description = "`forbidden`, `origin_refused`"),
        (status = 404, description = "`not_found`"),
    ),
)]
pub async fn stream(
    State(app): State<Shared>,
    viewer: Result<Viewer, Problem>,
    query: Result<crate::http::extract::Query<Params>, Problem>,
    Extension(hang_up): Extension<HangUp>,
    headers: HeaderMap,
) -> Response {
    let push = Arc::clone(&app.push);
    let begun = async {
        let viewer = viewer?;
        let begun = begin(&push, &viewer, query?.0, &headers).await?;
        Ok((viewer, begun))
    };
    let (viewer, begun) = match begun.await {
        Ok(begun) => begun,
        Err(Instead::Refused(problem)) => return problem.into_response(),
        Err(Instead::ComeBack(within)) => return events(text::drain(within).into()),
        Err(Instead::Reset(reason)) => return events(text::reset(reason).into()),
    };
    // One message ahead of what the connection has taken, no more.
    let (sender, mut receiver) = mpsc::channel::<Bytes>(1);
    let seat = begun.seat;
    let stream = Stream::new(&push, seat, viewer, begun.subscriptions, sender, hang_up);
    push.connections.spawn(stream.serve(begun.first));
    let taken = futures::stream::poll_fn(move |context| receiver.poll_recv(context));
    events(Body::from_stream(futures::StreamExt::map(
        taken,
        Ok::<_, std::convert::Infallible>,
    )))
}

async fn begin(
    push: &Push,
    viewer: &Viewer,
    params: Params,
    headers: &HeaderMap,
) -> Result<Begun, Instead> {
    if push.draining.is_cancelled() {
        return Err(Instead::ComeBack(push.config.drain));
    }
    if !push.origins.permit_stream(headers, viewer.credential()) {
        let detail =
            "A stream that a cookie speaks for must be asked for by a page of an allowed origin.";
        return Err(Problem::new(Code::OriginRefused, detail).into());
    }
    let wish: Wish = params
        .topic
        .parse()
        .map_err(|e: NotATopic| bad("topic", &e))?;
    let types: Vec<String> = params
        .types
        .iter()
        .flat_map(|types| types.split(','))
        .map(str::to_owned)
        .collect();
    let types = check_types(&types).map_err(|detail| bad("types", &detail))?;
    // As late as a wish can be refused without asking the log, and before it is asked.
    let share = push.shares.take(viewer)?;
    let permit = tokio::select! {
        () = push.draining.cancelled() => return Err(Instead::ComeBack(push.config.drain)),
        entered = push.admission.enter() => {
            entered.map_err(|overloaded| Instead::ComeBack(overloaded.retry_within))?
        }
    };
    let (topic, audience) = access::grant(viewer, &wish, &push.orders).await?;
    let (parameter, place) = match last_event_id(headers)? {
        Some(last) => (LAST_EVENT_ID_NAME, last),
        None => ("after", params.after.as_deref().unwrap_or("now")),
    };
    let cursor = parse_cursor(place, audience).map_err(|detail| bad(parameter, &detail))?;
    let wanted = Subscription {
        id: "stream".into(),
        topic,
        audience,
        types,
        include_order: params.include == Some(Include::Order),
    };
    let mut subscriptions = Subscriptions::new(push.log.clone(), push.orders.clone(), &push.hub, 1);
    match subscriptions.subscribe(wanted, &cursor).await {
        Ok((cursor, live)) => {
            let mut first = text::retry(text::RECONNECT);
            if live {
                // With an id, so that a browser that is cut off before the first event goes on from here.
                first.push_str(&text::at("live", &cursor));
            }
            Ok(Begun {
                seat: (permit, share),
                subscriptions,
                first,
            })
        }
        Err(SubscribeError::Cursor(error)) => Err(match reset_reason(&error) {
            Some(reason) => Instead::Reset(reason),
            None => Problem::of_cursor(parameter, error).into(),
        }),
        Err(error @ (SubscribeError::Duplicate(_) | SubscribeError::TooMany(_))) => {
            Err(Problem::internal_error(&error).into())
        }
    }
}

/// The header, unless it is missing or empty, which is what a browser that has seen no id may send.
fn last_event_id(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(LAST_EVENT_ID).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(text) if text.len() <= LAST_EVENT_ID_MAX => Ok(Some(text)),
        _ => Err(Problem::of_cursor(
            LAST_EVENT_ID_NAME,
            CursorError::Malformed,
        )),
    }
}

fn events(body: Body) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_ACCEL_BUFFERING, HeaderValue::from_static("no")),
    ];
    (headers, body).into_response()
}
