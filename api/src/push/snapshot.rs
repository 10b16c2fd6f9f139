//! The present state of a topic, and the cursor from which its events go on.

use serde_json::Value;
use waybill_infra::log::Topic;
use waybill_projections::ListQuery;

use super::Push;
use super::refused::Refused;
use crate::auth::Viewer;
use crate::http::view;

/// Orders in the first page of a snapshot.
const ORDERS: usize = 100;

/// See the module's documentation.
pub(super) struct Snapshot {
    pub(super) order: Option<Value>,
    pub(super) orders: Option<Vec<Value>>,
    pub(super) next_cursor: Option<String>,
    pub(super) cursor: String,
}

/// Takes a snapshot of `topic`, which was granted to `viewer`, as he may see it.
pub(super) async fn take(push: &Push, topic: &Topic, viewer: &Viewer) -> Result<Snapshot, Refused> {
    let (position, mut snapshot) = match topic {
        Topic::Order(id) => {
            let order = push
                .orders
                .load(*id)
                .await
                .map_err(|error| unavailable(&error))?;
            let order =
                order.ok_or_else(|| Refused::new("not_found", &"there is no such order", false))?;
            let view = view::order_for(&order, viewer);
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
            let customer = match topic {
                Topic::Customer(id) => Some(id.clone()),
                _ => None,
            };
            let query = ListQuery {
                customer,
                limit: ORDERS,
                ..ListQuery::default()
            };
            let list = push.read_models.order_list();
            let page = list
                .page(&query, viewer.audience())
                .await
                .map_err(|error| unavailable(&error))?;
            let orders = page.rows.into_iter().map(view::list_row).collect();
            let snapshot = Snapshot {
                order: None,
                orders: Some(orders),
                next_cursor: page.next,
                cursor: String::new(),
            };
            (page.position, snapshot)
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
