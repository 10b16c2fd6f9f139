//! Why a command did nothing, as a problem, with what the caller needs to decide again.

use std::time::Duration;

use axum::http::header;
use serde_json::Value;
use waybill_domain::{OrderId, Version};
use waybill_infra::commands::CommandError;
use waybill_infra::log::AppendError;
use waybill_infra::orders::LoadOrderError;

use super::command::Expected;
use super::precondition::etag;
use crate::app::App;
use crate::auth::Principal;
use crate::problem::{Code, Problem};

/// Most events that a conflict tells; who missed more reads them from `/v1/orders/{id}/events`.
const CHANGES_MAX: usize = 50;

/// Like [`plain`]; a conflict also tells what has happened to the order, as far as the caller may see it.
pub async fn explain(
    app: &App,
    caller: &Principal,
    order: OrderId,
    expected: Expected,
    error: CommandError,
) -> Problem {
    let CommandError::Conflict { current, .. } = error else {
        return plain(error);
    };
    let Some(seen) = expected.version else {
        let detail = "The order keeps changing. Nothing was written; try again.";
        return Problem::new(Code::VersionConflict, detail)
            .with("current_version", current)
            .header(header::ETAG, etag(current))
            .retry_after(Duration::from_secs(1));
    };
    let code = if expected.by_header {
        Code::PreconditionFailed
    } else {
        Code::VersionConflict
    };
    let detail = format!("The order has version {current} by now. Nothing was written.");
    let problem = Problem::new(code, detail)
        .with("current_version", current)
        .header(header::ETAG, etag(current));
    // A version that the order never had has nothing after it that the caller could have missed.
    if seen == 0 || seen > current {
        return problem;
    }
    match changes(app, caller, order, seen, current).await {
        Ok((changes, complete)) => problem
            .with("changes", changes)
            .with("changes_complete", complete),
        // The refusal stands without them.
        Err(_) => problem,
    }
}

/// The events after `seen`, and whether those are all.
async fn changes(
    app: &App,
    caller: &Principal,
    order: OrderId,
    seen: Version,
    current: Version,
) -> Result<(Vec<Value>, bool), sqlx::Error> {
    let events = app
        .log
        .stream(order, seen, Some(current), CHANGES_MAX + 1)
        .await?;
    let wire = |event: &std::sync::Arc<waybill_infra::log::LogEvent>| {
        serde_json::from_slice(event.wire(caller.audience())).ok()
    };
    let told = events.iter().take(CHANGES_MAX).filter_map(wire).collect();
    Ok((told, events.len() <= CHANGES_MAX))
}

/// The problem that a failed command is answered with.
pub fn plain(error: CommandError) -> Problem {
    match error {
        CommandError::NotFound => Problem::not_found(),
        CommandError::Refused(refused) => refused.into(),
        CommandError::Conflict { current, .. } => {
            let detail = format!("The order has version {current} by now.");
            Problem::new(Code::VersionConflict, detail).with("current_version", current)
        }
        CommandError::KeyReused => Problem::new(
            Code::IdempotencyKeyReused,
            "This idempotency key came with another request before. Nothing was written.",
        ),
        CommandError::ReferenceTaken => Problem::new(
            Code::ReferenceTaken,
            "Another order has this reference. Nothing was written.",
        )
        .field("reference", "must be unique"),
        CommandError::NumberTaken => Problem::internal(
            "the order numbers that the sequence gives are taken; was it set back?",
        ),
        CommandError::Append(error) => unwritten(&error),
        CommandError::Load(error) => unloadable(error),
    }
}

fn unwritten(error: &AppendError) -> Problem {
    let wait = Duration::from_secs(1);
    match error {
        AppendError::Unavailable => Problem::unavailable(error),
        AppendError::OutcomeUnknown => Problem::new(
            Code::OutcomeUnknown,
            "Whether the change was made is not known. Repeat the request with the same \
             Idempotency-Key; without one, read the order first.",
        )
        .caused_by(error)
        .retry_after(wait),
        AppendError::Overloaded => Problem::new(
            Code::Overloaded,
            "Too many changes are waiting. Nothing was written; try again.",
        )
        .caused_by(error)
        .retry_after(wait),
        AppendError::Refused => Problem::internal_error(error),
    }
}

/// An order that can't be read, by this build or at all.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is given to map_err, which passes values"
)]
pub fn unloadable(error: LoadOrderError) -> Problem {
    match &error {
        LoadOrderError::Unreadable { .. } => Problem::new(
            Code::OrderUnreadable,
            "The order holds an event that this build can't read.",
        )
        .caused_by(&error),
        LoadOrderError::Database(cause) => Problem::unavailable(cause),
    }
}
