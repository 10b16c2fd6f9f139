//! The one table of which audience may see which field of a timeline, as `wire/fields.rs` of the domain
//! is for events and orders.
//!
//! For anyone but staff the table is a list of what may pass: a field that somebody adds and forgets to
//! list here reaches staff only.

use serde_json::{Map, Value};
use waybill_domain::Audience;
use waybill_domain::Audience::{Customer, Guest, Staff};

/// `changes[x]` is the entry `x` of the list.
const FIELDS: &[(&str, Audience)] = &[
    ("version", Guest),
    ("position", Staff),
    ("type", Guest),
    ("recorded_at", Guest),
    ("actor", Staff),
    ("from", Guest),
    ("to", Guest),
    ("seconds_since_previous_status", Guest),
    ("changes[pricing]", Guest),
    ("changes[shipping_address]", Guest),
    ("changes[tracking]", Guest),
    ("changes[estimated_delivery]", Guest),
    ("changes[notes]", Customer),
    ("changes[metadata]", Staff),
    ("reason", Customer),
    ("message_to_customer", Customer),
    ("internal_note", Staff),
];

/// Every field of a timeline's entries with the least audience that sees it, for tests and documents.
#[must_use]
pub fn timeline_fields() -> &'static [(&'static str, Audience)] {
    FIELDS
}

fn sees(audience: Audience, field: &str) -> bool {
    let least = FIELDS.iter().find(|(name, _)| *name == field);
    least.is_some_and(|(_, least)| *least <= audience)
}

/// The entry as this audience may see it; `None` for a change of details of which it may see none.
pub(super) fn prune(mut entry: Map<String, Value>, audience: Audience) -> Option<Value> {
    if audience < Staff {
        if let Some(Value::Array(changes)) = entry.get_mut("changes") {
            changes.retain(|change| {
                let kind = change.as_str().unwrap_or_default();
                sees(audience, &format!("changes[{kind}]"))
            });
            if changes.is_empty() {
                return None;
            }
        }
        entry.retain(|name, _| name == "changes" || sees(audience, name));
    }
    Some(Value::Object(entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::Change;
    use crate::timeline::entry::Entry;
    use std::collections::BTreeSet;
    use waybill_domain::fixtures;

    fn entries() -> Vec<Map<String, Value>> {
        fixtures::recorded(fixtures::all_events())
            .iter()
            .map(|recorded| {
                let entry = Entry::of(Change {
                    envelope: &recorded.envelope,
                    event: &recorded.event,
                });
                match serde_json::to_value(entry) {
                    Ok(Value::Object(map)) => map,
                    other => panic!("{other:?}"),
                }
            })
            .collect()
    }

    #[test]
    fn the_table_lists_every_field_that_an_entry_can_have() {
        let mut seen = BTreeSet::from(["seconds_since_previous_status".to_owned()]);
        for entry in entries() {
            for (name, value) in entry {
                match value {
                    Value::Array(kinds) => seen.extend(
                        kinds
                            .iter()
                            .map(|kind| format!("changes[{}]", kind.as_str().unwrap())),
                    ),
                    _ => drop(seen.insert(name)),
                }
            }
        }
        let listed = timeline_fields().iter().map(|(name, _)| (*name).to_owned());
        assert_eq!(seen, listed.collect());
    }

    #[test]
    fn nobody_but_staff_sees_notes_actors_positions_or_unlisted_fields() {
        for mut entry in entries() {
            entry.insert("added_later".into(), Value::Bool(true));
            assert!(
                prune(entry.clone(), Staff)
                    .unwrap()
                    .get("added_later")
                    .is_some()
            );
            for audience in [Guest, Customer] {
                let text = prune(entry.clone(), audience).unwrap().to_string();
                for hidden in [
                    "added_later",
                    "Checked by hand",
                    "Shelf was",
                    "staff-1",
                    "position",
                    "metadata",
                ] {
                    assert!(!text.contains(hidden), "{audience} sees {hidden} in {text}");
                }
            }
            let guest = prune(entry, Guest).unwrap().to_string();
            for hidden in ["Thank you", "We are sorry", "inventory", "notes"] {
                assert!(!guest.contains(hidden), "a guest sees {hidden} in {guest}");
            }
        }
    }

    #[test]
    fn a_change_of_what_one_may_not_see_is_no_entry() {
        let mut entry = Map::new();
        entry.insert("changes".into(), serde_json::json!(["metadata"]));
        assert_eq!(prune(entry.clone(), Customer), None);
        assert!(prune(entry, Staff).is_some());
    }
}
