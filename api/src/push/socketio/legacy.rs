//! Events as the two source systems sent them: their names, keys and sentences.
//!
//! Made from what the caller's audience may see of the order, so that nothing else can get into it.

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};
use waybill_domain::{Audience, Change, FoldedOrder, OrderEvent, Status, Timestamp};
use waybill_infra::log::LogEvent;

/// The event of an order room.
pub(super) const ORDER_STATUS_UPDATED: &str = "order-status-updated";

/// What `event` is to its customer: none, one or two packets. `order` is the order as of the event, if
/// it can be read.
pub(super) fn to_customer(
    event: &LogEvent,
    order: Option<&FoldedOrder>,
) -> Vec<(&'static str, Value)> {
    let Ok(change) = &event.event else {
        return Vec::new();
    };
    let number = &event.envelope.order_number;
    let shown = shown(event, change, order);
    let packet = |name, message: String| {
        let mut body = Map::new();
        body.insert("order".into(), shown.clone());
        body.insert("message".into(), message.into());
        body.insert("timestamp".into(), date(event.envelope.recorded_at));
        (name, body)
    };
    let moved = |from: Status, to: Status| {
        let message = format!("Order #{number} status updated to {}", to.as_str());
        let (name, mut body) = packet("order:status_changed", message);
        body.insert("oldStatus".into(), json!(from));
        body.insert("newStatus".into(), json!(to));
        (name, body)
    };
    let packets = match change {
        OrderEvent::Created(_) => vec![packet(
            "order:created",
            format!("Your order #{number} has been created!"),
        )],
        OrderEvent::Updated(_) => vec![packet(
            "order:updated",
            format!("Order #{number} has been updated"),
        )],
        OrderEvent::StatusChanged(changed) => vec![moved(changed.from, changed.to)],
        OrderEvent::Cancelled(cancelled) => vec![
            moved(cancelled.from, Status::Cancelled),
            packet(
                "order:cancelled",
                format!("Order #{number} has been cancelled"),
            ),
        ],
        OrderEvent::Completed(completed) => vec![
            moved(completed.from, Status::Delivered),
            packet(
                "order:completed",
                format!("Order #{number} has been delivered!"),
            ),
        ],
    };
    packets
        .into_iter()
        .map(|(name, body)| (name, Value::Object(body)))
        .collect()
}

/// What `event` is in the room of its order, which was joined as `joined_as`; nothing if it changes
/// nothing that the room is told.
pub(super) fn to_order_room(
    event: &LogEvent,
    order: Option<&FoldedOrder>,
    audience: Audience,
    joined_as: &str,
) -> Option<Value> {
    let told = match event.event.as_ref().ok()? {
        OrderEvent::Created(_) => false,
        OrderEvent::Updated(updated) => updated
            .changes
            .iter()
            .any(|change| matches!(change, Change::Tracking(_) | Change::EstimatedDelivery(_))),
        OrderEvent::StatusChanged(_) | OrderEvent::Cancelled(_) | OrderEvent::Completed(_) => true,
    };
    // Of an order that cannot be read it is at least known where it went.
    let status = status_after(event.event.as_ref().ok()?);
    if !told || (order.is_none() && status.is_none()) {
        return None;
    }
    let view = order.map_or(Value::Null, |order| order.view(audience));
    Some(json!({
        "orderId": joined_as,
        "status": order.map_or(json!(status), |_| view["status"].clone()),
        "trackingNumber": view["tracking"]["number"],
        "estimatedDelivery": view["estimated_delivery"],
        "updatedAt": date(event.envelope.recorded_at),
    }))
}

fn status_after(event: &OrderEvent) -> Option<Status> {
    match event {
        OrderEvent::Created(_) => Some(Status::Pending),
        OrderEvent::Updated(_) => None,
        OrderEvent::StatusChanged(changed) => Some(changed.to),
        OrderEvent::Cancelled(_) => Some(Status::Cancelled),
        OrderEvent::Completed(_) => Some(Status::Delivered),
    }
}

/// The order with the source systems' keys. Amounts are in minor units, as everywhere here.
fn shown(event: &LogEvent, change: &OrderEvent, order: Option<&FoldedOrder>) -> Value {
    let Some(order) = order else {
        let envelope = &event.envelope;
        return json!({
            "_id": envelope.order_id,
            "orderNumber": envelope.order_number,
            "user_id": envelope.customer_id,
            "status": status_after(change),
        });
    };
    let view = order.view(Audience::Customer);
    let pricing = &view["pricing"];
    let mut out = Map::new();
    let mut put = |name: &str, value: &Value| {
        if !value.is_null() {
            out.insert(name.to_owned(), value.clone());
        }
    };
    put("_id", &view["order_id"]);
    put("orderNumber", &view["order_number"]);
    put("reference", &view["reference"]);
    put("user_id", &view["customer_id"]);
    put("status", &view["status"]);
    put("items", &items(pricing));
    for name in ["currency", "discount", "shipping", "tax", "total"] {
        put(name, &pricing[name]);
    }
    put("taxIncluded", &pricing["tax_included"]);
    put("shippingAddress", &address(&view["shipping_address"]));
    put("trackingNumber", &view["tracking"]["number"]);
    put("trackingCarrier", &view["tracking"]["carrier"]);
    put("trackingUrl", &view["tracking"]["url"]);
    put("estimatedDelivery", &view["estimated_delivery"]);
    put("notes", &view["notes"]);
    put("cancelReason", &view["cancel_reason"]);
    put("orderDate", &date_of(&view["placed_at"]));
    put("createdAt", &date_of(&view["created_at"]));
    put("updatedAt", &date_of(&view["updated_at"]));
    put("version", &view["version"]);
    Value::Object(out)
}

fn items(pricing: &Value) -> Value {
    let items = pricing["items"].as_array().into_iter().flatten();
    items
        .map(|item| {
            renamed(
                item,
                &[
                    ("_id", "line_id"),
                    ("sku", "sku"),
                    ("name", "title"),
                    ("quantity", "quantity"),
                    ("price", "unit_price"),
                ],
            )
        })
        .collect()
}

fn address(address: &Value) -> Value {
    if address.is_null() {
        return Value::Null;
    }
    renamed(
        address,
        &[
            ("name", "name"),
            ("company", "company"),
            ("line1", "line1"),
            ("line2", "line2"),
            ("city", "city"),
            ("region", "region"),
            ("postalCode", "postal_code"),
            ("country", "country"),
            ("phone", "phone"),
            ("email", "email"),
        ],
    )
}

/// The named members of `from`, those that there are, under other names.
fn renamed(from: &Value, names: &[(&str, &str)]) -> Value {
    let there = names.iter().filter(|(_, old)| !from[*old].is_null());
    Value::Object(
        there
            .map(|(new, old)| ((*new).to_owned(), from[*old].clone()))
            .collect(),
    )
}

/// As JavaScript writes a `Date`.
fn date(time: Timestamp) -> Value {
    let text = time
        .to_datetime()
        .to_rfc3339_opts(SecondsFormat::Millis, true);
    Value::String(text)
}

fn date_of(time: &Value) -> Value {
    let parsed = time.as_str().and_then(|text| text.parse().ok());
    parsed.map_or(Value::Null, date)
}
