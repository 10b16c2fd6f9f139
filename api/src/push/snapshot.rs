//! The present state of a topic, and the cursor from which its events go on.

use serde_json::Value;
use waybill_infra::log::Topic;

use super::Push;
use super::connection::Refused;
use crate::auth::Principal;
use crate::http::view;

/// See the module's documentation.
pub(super) struct Snapshot {
    pub(super) order: Option<Value>,
    pub(super) orders: Option<Vec<Value>>,
    pub(super) next_cursor: Option<String>,
    pub(super) cursor: String,
}

/// Takes a snapshot of `topic` as `caller` may see it.
pub(super) async fn take(
    push: &Push,
    topic: &Topic,
    caller: &Principal,
) -> Result<Snapshot, Refused> {
    let (position, mut snapshot) = match topic {
        Topic::Order(id) => {
            let order = push
                .orders
                .load(*id)
                .await
                .map_err(|error| unavailable(&error))?;
            let order =
                order.ok_or_else(|| Refused::new("not_found", &"there is no such order", false))?;
            let view = view::order(&order, caller);
            (
                order.position,
                Snapshot {
                    order: Some(view),
                    orders: None,
                    next_cursor: None,
                    cursor: String::new(),
                },
            )
        }
        Topic::Orders | Topic::Customer(_) => {
            return Err(Refused::new(
                "snapshot_unsupported",
                &"only one order has a snapshot so far",
                false,
            ));
        }
    };
    snapshot.cursor = push
        .log
        .cursor_at(position)
        .await
        .map_err(|error| unavailable(&error))?;
    Ok(snapshot)
}

fn unavailable(error: &dyn std::fmt::Display) -> Refused {
    tracing::warn!(%error, "no snapshot could be taken");
    Refused::unavailable()
}
