//! `GET /v1/events`: a page of a topic's events and the cursor to go on from.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::time::Instant;
use waybill_domain::{Audience, Position};
use waybill_infra::log::{CursorError, LogEvent};
use waybill_projections::push::Summaries;

use super::access::{self, AccessError};
use super::frames::{Include, write_event_object};
use super::meters::Channel;
use super::topic::{NotATopic, Wish};
use super::{Push, check_types, parse_cursor, reset_reason};
use crate::app::Shared;
use crate::auth::{AuthError, Viewer};
use crate::http::extract::Query;
use crate::problem::{Code, Problem};

/// Events in a page, unless `limit` says otherwise.
const LIMIT: usize = 100;
/// Events in a page at most.
const MAX_LIMIT: usize = 1_000;

/// Events read at once where only some types are wanted.
const SCAN_ROWS: usize = 256;
/// How long events that nobody wants are walked over before the client is told how far.
const SCAN: Duration = Duration::from_secs(2);

/// What the query may say.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// `orders`, `customer:ID`, `customer:me` or `order:ID`.
    topic: String,
    /// A cursor, `earliest` (the default) or `now`; staff may give a bare position.
    after: Option<String>,
    /// Events in the answer at most: 1 to 1,000, 100 by default.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// Seconds to wait for an event if there is none yet; 0, the default, answers at once.
    wait: Option<u64>,
    /// Only events of these types, separated by commas.
    types: Option<String>,
    /// `order`: each event with its order's summary as of that event.
    #[param(inline)]
    include: Option<Include>,
}

/// Events of a topic after a cursor.
///
/// With `wait` the answer comes as soon as there is an event, or when the time is up; then `data` is
/// empty and the cursor is the place up to which there was nothing. Give the cursor back as `after`.
#[utoipa::path(
    get,
    path = "/v1/events",
    operation_id = "read_events",
    tag = "push",
    params(Params),
    responses(
        (status = 200, description = "A page of events", body = crate::http::schema::EventPage),
        (status = 400, description = "`malformed_request`, `invalid_cursor`"),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"),
        (status = 410, description = "`cursor_reset`: drop what was built and read a snapshot"),
        (status = 503, description = "`overloaded`: too many are connecting at once; come back at a random moment within `Retry-After`"),
    ),
)]
pub async fn events(
    State(app): State<Shared>,
    viewer: Viewer,
    Query(params): Query<Params>,
) -> Result<Response, Problem> {
    let push = &*app.push;
    let limit = bounded("limit", params.limit.unwrap_or(LIMIT), 1, MAX_LIMIT)?;
    let max_wait = push.config.long_poll_max.as_secs();
    let wait = Duration::from_secs(bounded("wait", params.wait.unwrap_or(0), 0, max_wait)?);
    let wish: Wish = params
        .topic
        .parse()
        .map_err(|e: NotATopic| bad("topic", &e))?;
    let (topic, audience) = access::grant(&viewer, &wish, &push.orders).await?;
    let after = params.after.as_deref().unwrap_or("earliest");
    let cursor = parse_cursor(after, audience).map_err(|detail| bad("after", &detail))?;
    let types: Vec<String> = params
        .types
        .iter()
        .flat_map(|t| t.split(','))
        .map(str::to_owned)
        .collect();
    let types = check_types(&types).map_err(|detail| bad("types", &detail))?;
    let mut summaries =
        (params.include == Some(Include::Order)).then(|| Summaries::new(push.orders.clone()));

    // Who keeps up is served from memory, which costs no more than any other request. A client that has
    // to be brought up to date takes his turn like one that connects.
    let _permit = if push.log.remembers(&cursor) {
        None
    } else {
        Some(push.admission.enter().await?)
    };
    let _open = push.meters.open(Channel::LongPoll);
    let mut feed = push.hub.feed();
    feed.follow(&topic);
    // A position means something within its epoch only, so both are of the same moment.
    let head = push.log.head();
    let epoch_now = || head.borrow().epoch;
    let (epoch, mut after) = loop {
        let epoch = epoch_now();
        let after = push.log.resolve(&cursor).await;
        let after = after.map_err(|error| Problem::of_cursor("after", error))?;
        if epoch_now() == epoch {
            break (epoch, after);
        }
    };
    // A wait ends with the token at the latest, as a socket does.
    let deadline = Instant::now() + wait.min(viewer.time_left());
    let mut revocations = push.revocations();
    let scanning = Instant::now() + SCAN;
    // Whether the client was waiting for what comes next. How long an event has been there that came while
    // he was away says nothing of this node.
    let mut has_waited = false;
    // Of a topic with much that is not wanted a small page would show little.
    let rows = if types.is_empty() {
        limit
    } else {
        limit.max(SCAN_ROWS)
    };
    loop {
        // Emptied before reading: what comes later wakes this up again.
        let _ = feed.take();
        let page = push
            .log
            .read(&topic, after, rows)
            .await
            .map_err(|e| Problem::unavailable(&e))?;
        if epoch_now() != epoch {
            return Err(Problem::of_cursor("after", CursorError::Epoch));
        }
        let (mut wanted, mut more) = (Vec::new(), page.more);
        after = page.through;
        for event in page.events.into_iter().filter(|e| wants(&types, e)) {
            if wanted.len() == limit {
                more = true;
                break;
            }
            wanted.push(event);
        }
        if let (true, Some(last)) = (wanted.len() == limit && more, wanted.last()) {
            after = last.position();
        }
        if push.is_revoked(&viewer) {
            return Err(AuthError::Revoked.into());
        }
        let draining = push.draining.is_cancelled();
        let over = Instant::now() >= deadline || draining;
        // A long stretch without anything wanted is told by a cursor, so that it is not walked again.
        let scanned = Instant::now() >= scanning || draining;
        if !wanted.is_empty() || (over && !more) || (scanned && more) {
            let answer = answer(push, audience, &wanted, summaries.as_mut(), after, more).await?;
            push.meters
                .delivered(Channel::LongPoll, wanted.len() as u64);
            for event in wanted.iter().filter(|_| has_waited) {
                let recorded_at = event.envelope.recorded_at;
                push.meters.delivered_live(Channel::LongPoll, recorded_at);
            }
            return Ok(answer);
        }
        if more {
            continue;
        }
        has_waited = true;
        tokio::select! {
            () = feed.ready() => {}
            () = tokio::time::sleep_until(deadline) => {}
            // A planned stop ends the wait: the client comes back elsewhere with its cursor.
            () = push.draining.cancelled() => {}
            // Perhaps his: looked at before anything more is told.
            Ok(()) = revocations.changed() => {}
        }
    }
}

fn wants(types: &[Arc<str>], event: &LogEvent) -> bool {
    // What cannot be read is shown to whoever might have wanted it.
    types.is_empty() || event.event.is_err() || types.iter().any(|t| **t == *event.wire_type())
}

/// Joins the events' shared bytes instead of writing them out again.
async fn answer(
    push: &Push,
    audience: Audience,
    events: &[Arc<LogEvent>],
    mut summaries: Option<&mut Summaries>,
    through: Position,
    more: bool,
) -> Result<Response, Problem> {
    let mut body = Vec::from(&br#"{"data":["#[..]);
    for (nth, event) in events.iter().enumerate() {
        if nth > 0 {
            body.push(b',');
        }
        let order = match summaries.as_deref_mut() {
            Some(summaries) => summaries
                .of(event, audience)
                .await
                .map_err(|e| Problem::unavailable(&e))?,
            None => None,
        };
        write_event_object(&mut body, event.wire(audience), order.as_deref());
    }
    let cursor = push
        .log
        .cursor_at(through)
        .await
        .map_err(|e| Problem::unavailable(&e))?;
    body.extend_from_slice(format!(r#"],"cursor":"{cursor}","more":{more}"#).as_bytes());
    if audience == Audience::Staff {
        body.extend_from_slice(format!(r#","position":{through}"#).as_bytes());
    }
    body.push(b'}');
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, body).into_response())
}

pub(super) fn bad(field: &str, detail: &dyn std::fmt::Display) -> Problem {
    Problem::new(
        Code::MalformedRequest,
        "A parameter is not what it must be; `errors` says which.",
    )
    .field(field, detail.to_string())
}

fn bounded<T: PartialOrd + Copy + std::fmt::Display>(
    field: &str,
    value: T,
    min: T,
    max: T,
) -> Result<T, Problem> {
    if value < min || value > max {
        return Err(bad(field, &format!("must be between {min} and {max}")));
    }
    Ok(value)
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Forbidden => {
                Self::new(Code::Forbidden, "Your roles do not allow this topic.")
            }
            AccessError::NotFound => Self::not_found(),
            AccessError::Database(error) => Self::unavailable(&error),
        }
    }
}

impl Problem {
    /// What is wrong with the cursor that `parameter` gave.
    pub fn of_cursor(parameter: &str, error: CursorError) -> Self {
        if let Some(reason) = reset_reason(&error) {
            return Self::new(
                Code::CursorReset,
                "The cursor does not fit the log any more: read a snapshot.",
            )
            .with("reason", reason);
        }
        match error {
            CursorError::Database(error) => Self::unavailable(&error),
            other => Self::invalid_cursor(parameter, other.to_string()),
        }
    }

    /// A cursor that is none, in `parameter`.
    pub fn invalid_cursor(parameter: &str, detail: impl Into<String>) -> Self {
        Self::new(
            Code::InvalidCursor,
            "A cursor is none of ours; `errors` says which.",
        )
        .field(parameter, detail)
    }
}
