//! `/v1/admin/node`: how the node is doing that answers.

use std::sync::atomic::Ordering;

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::admin_only;
use crate::app::Shared;
use crate::auth::Principal;
use crate::http::extract::Query;
use crate::http::page_of::bad;
use crate::problem::Problem;
use crate::pulse::{self, ByChannel, EVERY, Node, Rates, SUMMED_UP, Sample, Took};

/// What the query may say.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The node whose samples are known already: its `id`. If another one answers, it gives all of its own.
    node: Option<Uuid>,
    /// The number of the newest sample that is known of that node.
    after: Option<u64>,
}

/// How one node is doing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeState)]
pub struct Answer {
    /// Who answers. Behind a balancer the next answer may be another node's.
    node: Node,
    /// For how long it has been running.
    uptime_secs: f64,
    /// Whether it is about to stop, or has lost a task that it cannot do without.
    draining: bool,
    /// When it answered, by its own clock.
    at: DateTime<Utc>,
    /// The newest event that this node knows of.
    position: u64,
    /// The log's epoch.
    epoch: u32,
    /// Connections that are open; polls count while they are answered.
    connections: ByChannel<u64>,
    /// As many as may be open on all channels together.
    connections_max: usize,
    /// Clients that wait to be let in.
    waiting: usize,
    /// Topics that are followed, by all connections together.
    subscriptions: usize,
    /// What happened in a second, by the last sample.
    per_second: Rates,
    /// How long live events took from `recorded_at` until this node had handed them to the client's
    /// connection, by the database's clock, within `window_secs`.
    delivery: Took,
    /// How long batches took to be appended, within `window_secs`.
    append: Took,
    /// Commands that wait for the appender.
    append_queue: usize,
    /// How well the node follows the log.
    log: Following,
    /// The pool of connections to the database.
    database: Pool,
    /// How the node's clock compares with the database's.
    clock: Clock,
    /// Between two samples.
    sample_secs: u64,
    /// The time over which `delivery` and `append` are summed up.
    window_secs: u64,
    /// The last ten minutes, oldest first; with `after`, what has come since.
    samples: Vec<Sample>,
}

/// How well a node follows the log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeLog)]
pub struct Following {
    /// Events that the database had and the node had not, when it looked for that last, once a second.
    lag_events: u64,
    /// How long ago the log was last read without an error.
    read_secs_ago: f64,
}

/// A pool of connections to the database.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeDatabase)]
pub struct Pool {
    /// Connections that are in use.
    in_use: u32,
    /// Connections that are open and not in use.
    idle: u32,
    /// As many as there may be.
    max: u32,
    /// Callers that wait for one.
    waiting: usize,
}

/// How a node's clock compares with the database's.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeClock)]
pub struct Clock {
    /// By how much the node's is ahead; negative if it is behind.
    ahead_secs: f64,
    /// By how much that may be wrong, and with it every duration in `delivery`.
    uncertainty_secs: f64,
}

/// How the node is doing that answers.
///
/// Everything is that node's own, and nothing is read from the database for it. Ask again with the node's id
/// and the number of the last sample, and only newer ones are sent.
#[utoipa::path(
    get,
    path = "/v1/admin/node",
    operation_id = "get_node",
    tag = "admin",
    params(Params),
    responses(
        (status = 200, description = "Its state, and what it has sampled", body = Answer),
        (status = 400, description = "`malformed_request`"),
        (status = 403, description = "`forbidden`"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    caller: Principal,
    Query(params): Query<Params>,
) -> Result<axum::Json<Answer>, Problem> {
    admin_only(&caller)?;
    let node = app.pulse.node().clone();
    let after = match (params.node, params.after) {
        (None, Some(_)) => return Err(bad("after", "goes with `node`")),
        (Some(known), after) if known == node.id => after,
        _ => None,
    };
    let sampled = app.pulse.sampled(after);
    let push = &app.push;
    let head = *push.log.head().borrow();
    let following = push.log.tail().following();
    let pool = push.log.db().pool_use();
    let clock = push.log.clock().offset();
    Ok(axum::Json(Answer {
        node,
        uptime_secs: app.pulse.uptime().as_secs_f64(),
        draining: !app.ready.load(Ordering::Relaxed),
        at: Utc::now(),
        position: head.mark.position.0,
        epoch: head.epoch,
        connections: pulse::connections(push),
        connections_max: push.config.connections_max,
        waiting: push.admission.waiting(),
        subscriptions: push.hub.follows(),
        per_second: sampled.per_second,
        delivery: sampled.delivery,
        append: sampled.append,
        append_queue: push.log.append_queue(),
        log: Following {
            lag_events: following.lag_events,
            read_secs_ago: following.last_read.as_secs_f64(),
        },
        database: Pool {
            in_use: pool.open - pool.idle,
            idle: pool.idle,
            max: pool.max,
            waiting: pool.waiting,
        },
        clock: Clock {
            ahead_secs: clock.ahead_secs,
            uncertainty_secs: clock.uncertainty_secs,
        },
        sample_secs: EVERY.as_secs(),
        window_secs: EVERY.as_secs() * SUMMED_UP as u64,
        samples: sampled.samples,
    }))
}
