//! What the fuzz targets in `fuzz/` feed with any bytes, and what must hold whatever they are. Only with
//! the feature `fuzzing`; the crate's own tests put the committed corpus through the same functions.

mod bounds;
mod command;
mod event;

use serde::Serialize;
use serde_json::Value;

use crate::actor::Audience;

pub use command::command;
pub use event::stored_event;

/// Data of ours as JSON, which it always has.
fn json(data: &impl Serialize) -> Value {
    serde_json::to_value(data).expect("data of ours has a JSON form")
}

/// Checks that whoever may see more is shown all that a lesser one is.
fn shown_in_order(shown: &[Value; 3]) {
    let [guest, customer, staff] = shown;
    let [for_guest, for_customer, for_staff] = Audience::ALL;
    assert!(
        within(guest, customer),
        "{for_guest} sees {guest}, {for_customer} {customer}"
    );
    assert!(
        within(customer, staff),
        "{for_customer} sees {customer}, {for_staff} {staff}"
    );
}

/// Whether everything in `lesser` is in `greater` too; entries of arrays may be left out.
#[must_use]
pub fn within(lesser: &Value, greater: &Value) -> bool {
    match (lesser, greater) {
        (Value::Object(lesser), Value::Object(greater)) => lesser
            .iter()
            .all(|(name, value)| greater.get(name).is_some_and(|found| within(value, found))),
        (Value::Array(lesser), Value::Array(greater)) => {
            let mut rest = greater.iter();
            lesser
                .iter()
                .all(|value| rest.any(|found| within(value, found)))
        }
        (lesser, greater) => lesser == greater,
    }
}

#[cfg(test)]
#[path = "../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::replay::replay;

    #[test]
    fn stored_events_of_the_corpus_hold() {
        replay("stored_event", super::stored_event);
    }

    #[test]
    fn commands_of_the_corpus_hold() {
        replay("command", super::command);
    }
}
