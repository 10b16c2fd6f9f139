//! The model: orders, what has happened to them, and which requests were answered under a key.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use waybill_domain::{CancelReason, Status};

use super::rules::{self, Unchangeable};
use super::step::Who;

/// An order at one version.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) status: Status,
    pub(super) cancel_reason: Option<CancelReason>,
    pub(super) details: Map<String, Value>,
    /// Place of the event that made it so.
    pub(super) position: usize,
    /// When the service says that this was.
    pub(super) at: String,
}

/// An order.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) id: String,
    pub(super) number: String,
    pub(super) reference: Option<String>,
    pub(super) customer: Who,
    pub(super) placed_at: String,
    pub(super) title: &'static str,
    /// One a version.
    pub(super) states: Vec<State>,
}

impl Order {
    pub(super) fn version(&self) -> usize {
        self.states.len()
    }

    /// The order as it is. It is placed with its first state.
    pub(super) fn now(&self) -> &State {
        &self.states[self.states.len() - 1]
    }

    /// Whether `by` may know of it.
    pub(super) fn shows_to(&self, by: Who) -> bool {
        !by.is_customer() || by == self.customer
    }

    fn head(&self, version: usize) -> Value {
        let state = &self.states[version - 1];
        let mut head = json!({
            "order_id": self.id,
            "order_number": self.number,
            "customer_id": self.customer.subject(),
            "status": state.status,
            "version": version,
            "placed_at": self.placed_at,
            "created_at": self.states[0].at,
            "updated_at": state.at,
        });
        put(&mut head, "reference", &json!(self.reference));
        put(&mut head, "cancel_reason", &json!(state.cancel_reason));
        for detail in ["tracking", "estimated_delivery"] {
            put(&mut head, detail, &state.details[detail]);
        }
        head
    }

    /// The whole order at a version, as `by` may see it.
    pub(super) fn view(&self, version: usize, by: Who) -> Value {
        let details = &self.states[version - 1].details;
        let mut view = self.head(version);
        for detail in ["pricing", "shipping_address", "notes", "metadata"] {
            if detail != "metadata" || !by.is_customer() {
                put(&mut view, detail, &details[detail]);
            }
        }
        view
    }

    /// The order as a row of a list. Of these fields everybody but a guest sees all.
    pub(super) fn summary(&self, version: usize) -> Value {
        let details = &self.states[version - 1].details;
        let (pricing, address) = (&details["pricing"], &details["shipping_address"]);
        let mut row = self.head(version);
        for (name, value) in [
            ("currency", &pricing["currency"]),
            ("total", &pricing["total"]),
            ("item_count", &pricing["items"][0]["quantity"]),
            ("titles", &json!([self.title])),
            ("city", &address["city"]),
            ("recipient", &address["name"]),
        ] {
            put(&mut row, name, value);
        }
        row
    }
}

fn put(out: &mut Value, name: &str, value: &Value) {
    if !value.is_null() {
        out[name] = value.clone();
    }
}

/// Something that has happened to an order.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) order: usize,
    pub(super) version: usize,
    by: Who,
    kind: &'static str,
    data: Value,
}

/// What was answered under a key.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// Method, path and body.
    pub(super) request: String,
    pub(super) order: usize,
    pub(super) version: usize,
    pub(super) changed: bool,
}

/// Whose key, and which row of many.
pub(super) type Key = (Who, u8, Option<usize>);

/// All orders.
#[derive(Debug, Default)]
pub(super) struct Shop {
    pub(super) orders: Vec<Order>,
    pub(super) events: Vec<Event>,
    pub(super) kept: HashMap<Key, Kept>,
}

/// Why the model refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused(pub(super) u16, pub(super) &'static str);

impl Refused {
    pub(super) const FORBIDDEN: Self = Self(403, "forbidden");
    pub(super) const NOT_FOUND: Self = Self(404, "not_found");
    pub(super) const INVALID: Self = Self(422, "invalid_fields");
    pub(super) const KEY_REUSED: Self = Self(422, "idempotency_key_reused");
}

/// What happens to an order.
#[derive(Clone, Debug)]
pub(super) struct Happens {
    kind: &'static str,
    data: Value,
    status: Status,
    cancel_reason: Option<CancelReason>,
    details: Map<String, Value>,
}

impl Shop {
    /// What changes an order's details, if anything does.
    pub(super) fn update(
        &self,
        order: usize,
        patch: &Map<String, Value>,
        by: Who,
    ) -> Result<Vec<Happens>, Refused> {
        let state = self.orders[order].now();
        let changes = rules::changes(&state.details, patch, state.status, by);
        let changes = changes.map_err(|why| match why {
            Unchangeable::Forbidden => Refused::FORBIDDEN,
            Unchangeable::Invalid => Refused::INVALID,
            Unchangeable::Locked if state.status >= Status::Delivered => {
                Refused(409, "order_final")
            }
            Unchangeable::Locked => Refused(409, "field_locked"),
        })?;
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let mut details = state.details.clone();
        let told: Vec<_> = changes
            .into_iter()
            .map(|(kind, before, after)| {
                details.insert(kind.to_owned(), after.clone());
                json!({ "kind": kind, "before": before, "after": after })
            })
            .collect();
        Ok(vec![Happens {
            kind: "order.updated",
            data: json!({ "changes": told }),
            status: state.status,
            cancel_reason: state.cancel_reason,
            details,
        }])
    }

    /// What moves an order along.
    pub(super) fn change_status(
        &self,
        order: usize,
        to: Status,
        patch: &Map<String, Value>,
        note: bool,
        by: Who,
    ) -> Result<Vec<Happens>, Refused> {
        if by.is_customer() {
            return Err(Refused::FORBIDDEN);
        }
        let state = self.orders[order].now();
        let from = state.status;
        if from == to {
            return self.update(order, patch, by);
        }
        if to == Status::Cancelled {
            return Err(Refused(409, "use_cancel"));
        }
        if !rules::ways(from, by).contains(&to) {
            return Err(Refused(409, "illegal_transition"));
        }
        let mut happens = self.update(order, patch, by)?;
        let details = happens.last().map_or(&state.details, |last| &last.details);
        let (kind, mut data) = match to {
            Status::Delivered => ("order.completed", json!({ "from": from })),
            _ => ("order.status_changed", json!({ "from": from, "to": to })),
        };
        noted(&mut data, note);
        happens.push(Happens {
            kind,
            data,
            status: to,
            cancel_reason: None,
            details: details.clone(),
        });
        Ok(happens)
    }

    /// What calls an order off.
    pub(super) fn cancel(
        &self,
        order: usize,
        reason: CancelReason,
        note: bool,
        by: Who,
    ) -> Result<Vec<Happens>, Refused> {
        let state = self.orders[order].now();
        if by.is_customer() && note {
            return Err(Refused::FORBIDDEN);
        }
        if by.is_customer() && !matches!(reason, CancelReason::Customer | CancelReason::Other) {
            return Err(Refused::INVALID);
        }
        if state.status == Status::Cancelled {
            return Ok(Vec::new());
        }
        if !rules::may_cancel(state.status, by) {
            return Err(Refused(409, "illegal_transition"));
        }
        let mut data = json!({ "from": state.status, "reason": reason });
        noted(&mut data, note);
        Ok(vec![Happens {
            kind: "order.cancelled",
            data,
            status: Status::Cancelled,
            cancel_reason: Some(reason),
            details: state.details.clone(),
        }])
    }

    /// What places an order, of which only the service knows the names.
    pub(super) fn place(&mut self, mut order: Order, pricing: Value, by: Who) -> usize {
        let mut details = Map::new();
        for (name, value) in [
            ("pricing", pricing),
            ("shipping_address", rules::address()),
            ("tracking", Value::Null),
            ("estimated_delivery", Value::Null),
            ("notes", Value::Null),
            ("metadata", json!({})),
        ] {
            details.insert(name.to_owned(), value);
        }
        let mut data = json!({
            "placed_at": order.placed_at,
            "pricing": details["pricing"],
            "shipping_address": details["shipping_address"],
        });
        put(&mut data, "reference", &json!(order.reference));
        order.states.clear();
        self.orders.push(order);
        let placed = self.orders.len() - 1;
        self.record(
            placed,
            vec![Happens {
                kind: "order.created",
                data,
                status: Status::Pending,
                cancel_reason: None,
                details,
            }],
            by,
        );
        placed
    }

    /// Takes in what has happened.
    pub(super) fn record(&mut self, order: usize, happens: Vec<Happens>, by: Who) {
        for what in happens {
            let states = &mut self.orders[order].states;
            states.push(State {
                status: what.status,
                cancel_reason: what.cancel_reason,
                details: what.details,
                position: self.events.len() + 1,
                at: String::new(),
            });
            self.events.push(Event {
                order,
                version: states.len(),
                by,
                kind: what.kind,
                data: what.data,
            });
        }
    }

    /// The event as `viewer` may see it, but for the names and times that only the service knows.
    pub(super) fn wire(&self, event: &Event, viewer: Who) -> Value {
        let order = &self.orders[event.order];
        let mut wire = json!({
            "aggregate_type": "order",
            "order_id": order.id,
            "order_number": order.number,
            "customer_id": order.customer.subject(),
            "version": event.version,
            "type": event.kind,
            "data": event.data,
        });
        if viewer.is_customer() {
            let data = &mut wire["data"];
            if let Some(data) = data.as_object_mut() {
                data.remove("internal_note");
            }
            if let Some(Value::Array(changes)) = data.get_mut("changes") {
                changes.retain(|change| change["kind"] != "metadata");
            }
        } else {
            wire["position"] = json!(order.states[event.version - 1].position);
            let kind = match event.by {
                Who::Ann => "staff",
                Who::Shop => "service",
                Who::Ada | Who::Ben => "customer",
            };
            wire["actor"] = json!({ "kind": kind, "id": event.by.subject() });
        }
        wire
    }
}

fn noted(data: &mut Value, note: bool) {
    if note {
        data["internal_note"] = json!("Checked by hand.");
        data["message_to_customer"] = json!("Thank you for waiting.");
    }
}
