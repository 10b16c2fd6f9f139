//! What a read must reflect, and what it does reflect.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;
use waybill_domain::{Audience, Position};
use waybill_infra::log::{Cursor, CursorError};
use waybill_projections::WaitError;

use crate::app::App;
use crate::problem::{Code, Problem};
use crate::push::parse_cursor;

/// The position behind `min_position`, known to exist in the log; 0 if it was not given. Waits for a
/// bare one that is still to come.
///
/// # Errors
/// `invalid_cursor`, `cursor_reset`, or `read_behind` when the time is up.
pub async fn wanted(
    app: &App,
    audience: Audience,
    min_position: Option<&str>,
) -> Result<Position, Problem> {
    let Some(text) = min_position else {
        return Ok(Position(0));
    };
    let cursor = parse_cursor(text, audience).map_err(|detail| {
        Problem::new(
            Code::MalformedRequest,
            "A parameter is not what it must be; `errors` says which.",
        )
        .field("min_position", detail)
    })?;
    match (app.log.resolve(&cursor).await, cursor) {
        (Err(CursorError::Ahead), Cursor::After(position)) => {
            wait_for_log(app, position).await?;
            Ok(position)
        }
        (resolved, _) => resolved.map_err(|error| Problem::of_cursor("min_position", error)),
    }
}

async fn wait_for_log(app: &App, position: Position) -> Result<(), Problem> {
    let until = Instant::now() + app.config.limits.read_wait_max;
    let mut head = app.log.head();
    let reached = head.wait_for(|head| head.mark.position >= position);
    match tokio::time::timeout_at(until, reached).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(behind()),
    }
}

/// Like [`wanted`], and waits until the read model has it too, as far as this node knows: what is then read is
/// to be held against it with [`reached`].
///
/// # Errors
/// Those of [`wanted`].
pub async fn in_read_model(
    app: &App,
    audience: Audience,
    min_position: Option<&str>,
    wait: impl AsyncFnOnce(Position, Duration) -> Result<(), WaitError>,
) -> Result<Position, Problem> {
    let started = Instant::now();
    let position = wanted(app, audience, min_position).await?;
    let patience = app.config.limits.read_wait_max;
    let left = patience.saturating_sub(started.elapsed());
    wait(position, left).await.map_err(|error| match error {
        WaitError::ReadBehind { .. } => behind(),
        WaitError::Database(error) => Problem::unavailable(&error),
    })?;
    Ok(position)
}

/// Whether what was read as of `found` reflects what was wanted. It may not, for a moment, when the database has
/// gone back in time and nobody has noticed yet.
///
/// # Errors
/// `read_behind`.
pub fn reached(wanted: Position, found: Position) -> Result<(), Problem> {
    if found < wanted {
        return Err(behind());
    }
    Ok(())
}

/// The read does not get as far as the caller had to see.
pub fn behind() -> Problem {
    Problem::new(
        Code::ReadBehind,
        "What is read has not come as far as `min_position` yet.",
    )
    .retry_after(Duration::from_secs(1))
}

/// How far the log is known to reach on this node. What is read from Postgres after this call holds
/// at least everything up to there.
pub fn known(app: &App) -> Position {
    app.log.head().borrow().mark.position
}

/// The members that every answer about the log carries: the cursor, and for staff the bare position.
///
/// # Errors
/// When the log can't be asked.
pub async fn members(
    app: &App,
    audience: Audience,
    position: Position,
) -> Result<Map<String, Value>, Problem> {
    let cursor = app
        .log
        .cursor_at(position)
        .await
        .map_err(|error| Problem::unavailable(&error))?;
    let mut members = Map::new();
    members.insert("cursor".to_owned(), json!(cursor));
    if audience == Audience::Staff {
        members.insert("position".to_owned(), json!(position));
    }
    Ok(members)
}
