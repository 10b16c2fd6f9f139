//! `/v1/admin/projections`: how far the read models are, and making them anew.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use waybill_projections::rebuild::{RebuildError, RebuildOptions, Rebuilt};

use super::admin_only;
use crate::app::Shared;
use crate::auth::Principal;
use crate::http::extract::Path;
use crate::http::schema;
use crate::problem::{Code, Problem};

/// How long a rebuild may take until it is known whether it has begun.
const PATIENCE: Duration = Duration::from_secs(10);

/// How the read models are doing.
#[utoipa::path(
    get,
    path = "/v1/admin/projections",
    operation_id = "list_projections",
    tag = "admin",
    responses(
        (status = 200, description = "All of them", body = schema::ProjectionPage),
        (status = 403, description = "`forbidden`"),
        (status = 503, description = "`unavailable`"),
    ),
)]
pub async fn list(
    State(app): State<Shared>,
    caller: Principal,
) -> Result<axum::Json<Value>, Problem> {
    admin_only(&caller)?;
    let status = app.read_models.status().await;
    let status = status.map_err(|error| Problem::unavailable(&error))?;
    // A handful, so there is never a next page; the members are those of every list.
    Ok(axum::Json(json!({ "data": status, "next_cursor": null })))
}

/// Make a read model anew.
///
/// A second copy is filled beside the live one, compared with it, and switched to; reads go on meanwhile.
/// The answer comes when it has begun: `GET /v1/admin/projections` tells how far it is and how it ended. A
/// node that stops gives it up, and the live copy stays as it is.
#[utoipa::path(
    post,
    path = "/v1/admin/projections/{name}/rebuild",
    operation_id = "rebuild",
    tag = "admin",
    params(("name" = String, Path, description = "`order_list`, `order_timeline` or `order_analytics`")),
    responses(
        (status = 202, description = "It has begun", body = schema::RebuildBegun),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`: no such read model"),
        (status = 409, description = "`rebuild_running`"),
        (status = 503, description = "`unavailable`"),
    ),
)]
pub async fn rebuild(
    State(app): State<Shared>,
    caller: Principal,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    admin_only(&caller)?;
    tracing::info!(projection = name, by = %caller.subject, "a rebuild is asked for");
    let (begun, mut news) = mpsc::channel(1);
    let rebuild = tokio::spawn(run(app, name.clone(), begun));
    tokio::select! {
        // Its first progress; nothing comes if it has ended before, which the other branch sees.
        Some(()) = news.recv() => {}
        ended = rebuild => {
            let ended = ended.map_err(|error| Problem::internal_error(&error))?;
            ended.map_err(refused)?;
        }
        () = tokio::time::sleep(PATIENCE) => {}
    }
    let body = json!({ "projection": name, "outcome": "begun" });
    Ok((StatusCode::ACCEPTED, axum::Json(body)).into_response())
}

/// Goes on by itself until it is done or the node is about to stop.
async fn run(
    app: Shared,
    name: String,
    begun: mpsc::Sender<()>,
) -> Result<Option<Rebuilt>, RebuildError> {
    let on_progress = move |_| {
        // Told once; a full channel says the same.
        let _ = begun.try_send(());
    };
    let options = RebuildOptions::default();
    tokio::select! {
        rebuilt = app.read_models.rebuild(&name, options, &on_progress) => rebuilt.map(Some),
        () = app.push.draining.cancelled() => {
            tracing::warn!(projection = name, "the rebuild is given up, because the node stops");
            Ok(None)
        }
    }
}

fn refused(error: RebuildError) -> Problem {
    match error {
        RebuildError::UnknownProjection(_) => {
            Problem::new(Code::NotFound, "There is no such read model.")
        }
        RebuildError::Running => Problem::new(
            Code::RebuildRunning,
            "This read model is being rebuilt, perhaps by another node.",
        ),
        other => Problem::unavailable(&other),
    }
}
