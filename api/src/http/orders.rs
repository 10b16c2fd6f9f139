//! Orders: placing, reading, changing and moving them.

pub mod bulk;
pub mod create;
pub mod events;
pub mod export;
pub mod list;
pub mod read;
pub mod timeline;
pub mod tracking_link;
pub mod transition;
pub mod update;

use waybill_domain::{OrderId, OrderKey};
use waybill_infra::orders::OrderNames;

use crate::app::App;
use crate::auth::Viewer;
use crate::problem::Problem;

/// Reads `{id}`: an order's id, its number, or the shop's reference.
fn key(text: &str) -> Result<OrderKey, Problem> {
    text.parse()
        .map_err(|error| Problem::bad_parameter("id", &error))
}

/// The id behind `{id}`, for commands, which look at the order themselves. Only a number or a reference
/// has to be looked up.
pub(crate) async fn order_id(app: &App, text: &str) -> Result<OrderId, Problem> {
    match key(text)? {
        OrderKey::Id(id) => Ok(id),
        named @ OrderKey::NumberOrReference(_) => {
            found(app, &named).await.map(|names| names.order_id)
        }
    }
}

/// The id behind `{id}`, if the caller may see the order. From the log's own columns, so it is never
/// behind, and works also for an order that can't be read.
async fn visible_order_id(app: &App, caller: &Viewer, text: &str) -> Result<OrderId, Problem> {
    let names = found(app, &key(text)?).await?;
    if caller.may_see(names.order_id, &names.customer_id) {
        Ok(names.order_id)
    } else {
        Err(Problem::not_found())
    }
}

async fn found(app: &App, key: &OrderKey) -> Result<OrderNames, Problem> {
    match app.orders.find(key).await {
        Ok(Some(names)) => Ok(names),
        Ok(None) => Err(Problem::not_found()),
        Err(error) => Err(Problem::unavailable(&error)),
    }
}
