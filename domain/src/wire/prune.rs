//! Taking out of a rendering what an audience may not see.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::fields::{Shape, fields_of};
use crate::actor::Audience;

/// The table of one shape, made ready for walking a value alongside it.
struct Node {
    /// The least audience that sees this field or anything below it.
    least: Audience,
    below: Below,
}

enum Below {
    /// Seen whole or not at all.
    Whole,
    /// An object with these fields.
    Object(BTreeMap<String, Node>),
    /// An array whose entries all look like this.
    Each(Box<Node>),
    /// An array of changes, which look as their `kind` says. One that shows no difference
    /// to an audience is left out: that something hidden changed is hidden too.
    ByKind(BTreeMap<String, Node>),
}

static TREES: LazyLock<[Node; 3]> = LazyLock::new(|| Shape::ALL.map(tree));

fn tree(shape: Shape) -> Node {
    let mut root = Node {
        least: Audience::Staff,
        below: Below::Object(BTreeMap::new()),
    };
    for field in fields_of(shape) {
        let steps: Vec<Step> = field.path.split('.').flat_map(steps).collect();
        root.insert(&steps, field.audience);
    }
    root
}

enum Step {
    Field(String),
    Each,
    Kind(String),
}

/// `items[]` is the field and then each entry; `changes[notes]` the entries of that kind.
fn steps(segment: &str) -> Vec<Step> {
    match segment.split_once('[') {
        None => vec![Step::Field(segment.to_owned())],
        Some((name, rest)) => {
            let kind = rest.trim_end_matches(']');
            let entries = if kind.is_empty() {
                Step::Each
            } else {
                Step::Kind(kind.to_owned())
            };
            vec![Step::Field(name.to_owned()), entries]
        }
    }
}

impl Node {
    fn whole(least: Audience) -> Self {
        Self {
            least,
            below: Below::Whole,
        }
    }

    fn insert(&mut self, steps: &[Step], audience: Audience) {
        self.least = self.least.min(audience);
        let Some((step, rest)) = steps.split_first() else {
            return;
        };
        let next = match step {
            Step::Field(name) => {
                if !matches!(self.below, Below::Object(_)) {
                    self.below = Below::Object(BTreeMap::new());
                }
                let Below::Object(fields) = &mut self.below else {
                    return;
                };
                fields.entry(name.clone())
            }
            Step::Kind(kind) => {
                if !matches!(self.below, Below::ByKind(_)) {
                    self.below = Below::ByKind(BTreeMap::new());
                }
                let Below::ByKind(kinds) = &mut self.below else {
                    return;
                };
                kinds.entry(kind.clone())
            }
            Step::Each => {
                if !matches!(self.below, Below::Each(_)) {
                    self.below = Below::Each(Box::new(Self::whole(audience)));
                }
                let Below::Each(entry) = &mut self.below else {
                    return;
                };
                return entry.insert(rest, audience);
            }
        };
        next.or_insert_with(|| Self::whole(audience))
            .insert(rest, audience);
    }

    fn prune(&self, value: &mut Value, audience: Audience) {
        match (&self.below, value) {
            (Below::Object(fields), Value::Object(map)) => prune_fields(fields, map, audience),
            (Below::Each(entry), Value::Array(entries)) => {
                for value in entries {
                    entry.prune(value, audience);
                }
            }
            (Below::ByKind(kinds), Value::Array(entries)) => entries.retain_mut(|value| {
                let kind = value.get("kind").and_then(Value::as_str);
                let node = kind.and_then(|kind| kinds.get(kind));
                keep(node, value, audience) && value.get("before") != value.get("after")
            }),
            // Null and the like: nothing in it to take out.
            _ => {}
        }
    }
}

fn prune_fields(fields: &BTreeMap<String, Node>, map: &mut Map<String, Value>, audience: Audience) {
    map.retain(|name, value| keep(fields.get(name), value, audience));
}

/// Prunes a value and tells whether it stays. What the table does not know stays for staff
/// only, and staff's renderings are not pruned.
fn keep(node: Option<&Node>, value: &mut Value, audience: Audience) -> bool {
    match node {
        Some(node) if node.least <= audience => {
            node.prune(value, audience);
            true
        }
        _ => false,
    }
}

/// The rendering as this audience may see it.
pub(super) fn prune(mut value: Value, shape: Shape, audience: Audience) -> Value {
    if audience < Audience::Staff {
        let tree = match shape {
            Shape::Event => &TREES[0],
            Shape::Summary => &TREES[1],
            Shape::View => &TREES[2],
        };
        tree.prune(&mut value, audience);
    }
    value
}
