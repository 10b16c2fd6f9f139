//! One event on one line, for people.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use owo_colors::{AnsiColors, OwoColorize};
use waybill_domain::{Change, Created, OrderEvent, Status, Updated};
use waybill_infra::log::LogEvent;

use crate::cli::output::harmless;

/// Writes `event`: when, where in the log, which order, what happened, and who did it.
pub(super) fn print(out: &mut impl Write, event: &LogEvent) -> io::Result<()> {
    let envelope = &event.envelope;
    let time = DateTime::<Utc>::from(envelope.recorded_at).format("%Y-%m-%d %H:%M:%S%.3f");
    let (colour, what) = match &event.event {
        Ok(event) => (colour(event), what(event)),
        Err(error) => (AnsiColors::BrightRed, error.to_string()),
    };
    writeln!(
        out,
        "{} {:>7}  {:<12} {:<20} {}  {}",
        time.dimmed(),
        envelope.position,
        envelope.order_number.bold(),
        event.wire_type().color(colour),
        harmless(&what),
        format!(
            "by {} {}",
            envelope.actor.kind,
            harmless(&envelope.actor.id)
        )
        .dimmed(),
    )
}

fn colour(event: &OrderEvent) -> AnsiColors {
    match event {
        OrderEvent::Created(_) => AnsiColors::Cyan,
        OrderEvent::Updated(_) => AnsiColors::Yellow,
        OrderEvent::StatusChanged(_) => AnsiColors::Blue,
        OrderEvent::Cancelled(_) => AnsiColors::Red,
        OrderEvent::Completed(_) => AnsiColors::Green,
    }
}

fn what(event: &OrderEvent) -> String {
    match event {
        OrderEvent::Created(created) => created_for(created),
        OrderEvent::Updated(updated) => changes(updated),
        OrderEvent::StatusChanged(moved) => format!("{} → {}", moved.from, moved.to),
        OrderEvent::Completed(completed) => format!("{} → {}", completed.from, Status::Delivered),
        OrderEvent::Cancelled(cancelled) => format!(
            "{} → {} ({})",
            cancelled.from,
            Status::Cancelled,
            cancelled.reason
        ),
    }
}

fn created_for(created: &Created) -> String {
    let items = &created.pricing.parts().items;
    let first = items
        .first()
        .map(|item| format!("{} × {}", item.quantity.get(), item.title))
        .unwrap_or_default();
    let more = match items.len() {
        0 | 1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    format!("{first}{more}, for {}", created.customer_id)
}

fn changes(updated: &Updated) -> String {
    let all: Vec<String> = updated.changes.iter().map(change).collect();
    all.join(", ")
}

fn change(change: &Change) -> String {
    let name = change.field().as_str();
    let after = match change {
        Change::Tracking(change) => change.after.as_ref().map(|t| t.number.to_string()),
        Change::EstimatedDelivery(change) => change.after.map(|date| date.to_string()),
        Change::Pricing(_) | Change::ShippingAddress | Change::Notes | Change::Metadata => {
            return name.to_owned();
        }
    };
    format!("{name} → {}", after.as_deref().unwrap_or("none"))
}
