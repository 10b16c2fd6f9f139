//! The details of an order that can be changed: which, until when and by whom, and how a
//! change asked for as a JSON merge patch (RFC 7396) is read.

mod merge;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::actor::ActorKind;
use crate::address::Address;
use crate::event::{BeforeAfter, Change, UpdatedPersonal};
use crate::fields::{Faults, FromInput, InvalidFields, MAX_ECHOED_NAME, read};
use crate::metadata::Metadata;
use crate::order::OrderState;
use crate::status::Status;
use crate::text::LongText;
use crate::tracking::Tracking;

/// A detail of an order that can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DetailField {
    /// What the order costs.
    Pricing,
    /// Where it goes.
    ShippingAddress,
    /// How it can be followed.
    Tracking,
    /// When it should arrive.
    EstimatedDelivery,
    /// What the customer asked for.
    Notes,
    /// What the shop's systems noted.
    Metadata,
}

/// Until when, and by whom, a detail can be changed.
struct Editable {
    field: DetailField,
    by_shop: &'static [Status],
    by_customer: &'static [Status],
}

const BEFORE_SHIPPED: &[Status] = &[Status::Pending, Status::Processing];
const UNTIL_FINAL: &[Status] = &[Status::Pending, Status::Processing, Status::Shipped];
const NEVER: &[Status] = &[];

/// The one table of which detail can be changed when.
const EDITABLE: [Editable; 6] = [
    row(DetailField::Pricing, BEFORE_SHIPPED, NEVER),
    row(
        DetailField::ShippingAddress,
        BEFORE_SHIPPED,
        &[Status::Pending],
    ),
    row(DetailField::Tracking, &Status::ALL, NEVER),
    row(DetailField::EstimatedDelivery, UNTIL_FINAL, NEVER),
    row(DetailField::Notes, &Status::ALL, NEVER),
    row(DetailField::Metadata, UNTIL_FINAL, NEVER),
];

const fn row(
    field: DetailField,
    by_shop: &'static [Status],
    by_customer: &'static [Status],
) -> Editable {
    Editable {
        field,
        by_shop,
        by_customer,
    }
}

impl DetailField {
    /// Every detail, in the order in which changes are listed.
    pub const ALL: [Self; 6] = [
        Self::Pricing,
        Self::ShippingAddress,
        Self::Tracking,
        Self::EstimatedDelivery,
        Self::Notes,
        Self::Metadata,
    ];

    /// The name as stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pricing => "pricing",
            Self::ShippingAddress => "shipping_address",
            Self::Tracking => "tracking",
            Self::EstimatedDelivery => "estimated_delivery",
            Self::Notes => "notes",
            Self::Metadata => "metadata",
        }
    }

    /// The statuses in which this kind of actor may change the detail; none if he never
    /// may.
    #[must_use]
    pub fn editable_in(self, by: ActorKind) -> &'static [Status] {
        let row = EDITABLE.iter().find(|row| row.field == self);
        row.map_or(NEVER, |row| match by {
            ActorKind::Customer => row.by_customer,
            ActorKind::Staff | ActorKind::Service | ActorKind::System => row.by_shop,
        })
    }
}

/// Changes to an order's details, as a JSON merge patch: what is absent stays, null
/// clears, objects are merged, anything else (arrays too) replaces.
///
/// The patch is kept as it was sent and merged when the decision is made, because a retry
/// after a conflict must merge it with the order as it has become. Only its outermost
/// names are checked before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DetailsPatch(Map<String, Value>);

impl DetailsPatch {
    /// Reads a merge patch.
    ///
    /// # Errors
    /// Names each field that is not a detail of an order.
    pub fn parse(value: Value) -> Result<Self, InvalidFields> {
        read(value)
    }

    /// Whether the patch names no detail at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The details that the patch names, whether or not they would change.
    pub fn fields(&self) -> impl Iterator<Item = DetailField> {
        DetailField::ALL
            .into_iter()
            .filter(|field| self.0.contains_key(field.as_str()))
    }

    /// Merges the patch with the order and tells what would change.
    ///
    /// # Errors
    /// Names each field of the merged details that is out of bounds.
    pub(crate) fn changes(&self, order: &OrderState) -> Result<Changes, InvalidFields> {
        let mut faults = Faults::default();
        let mut current = order.editable();
        let mut changes = Changes::default();
        for field in self.fields() {
            let name = field.as_str();
            let Some(patch) = self.0.get(name) else {
                continue;
            };
            let merged = merge::merge(current.remove(name), patch);
            changes.add(field, merged, order, &mut faults);
        }
        faults.resolve(Some(changes))
    }
}

impl FromInput for DetailsPatch {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let Value::Object(map) = value else {
            faults.add(path, "must be an object");
            return None;
        };
        for name in map.keys() {
            if !DetailField::ALL.iter().any(|field| field.as_str() == name) {
                let echoed: String = name.chars().take(MAX_ECHOED_NAME).collect();
                let dot = if path.is_empty() { "" } else { "." };
                faults.add(&format!("{path}{dot}{echoed}"), "is not a known field");
            }
        }
        Some(Self(map))
    }
}

/// What a patch would change: at most one entry a detail.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) list: Vec<Change>,
    pub(crate) personal: UpdatedPersonal,
}

impl Changes {
    fn add(
        &mut self,
        field: DetailField,
        merged: Option<Value>,
        order: &OrderState,
        faults: &mut Faults,
    ) {
        match field {
            DetailField::Pricing => {
                if merged.is_none() {
                    faults.add("pricing", "is required");
                }
                if let Some(change) = differs(&order.pricing, value(merged, field, faults)) {
                    self.list.push(Change::Pricing(Box::new(change)));
                }
            }
            DetailField::ShippingAddress => {
                let after = optional::<Address>(merged, field, faults);
                self.personal.shipping_address = differs(&order.shipping_address, after);
                if self.personal.shipping_address.is_some() {
                    self.list.push(Change::ShippingAddress);
                }
            }
            DetailField::Tracking => {
                let after = optional::<Tracking>(merged, field, faults);
                let change = differs(&order.tracking, after);
                self.list.extend(change.map(Change::Tracking));
            }
            DetailField::EstimatedDelivery => {
                let after = optional::<NaiveDate>(merged, field, faults);
                let change = differs(&order.estimated_delivery, after);
                self.list.extend(change.map(Change::EstimatedDelivery));
            }
            DetailField::Notes => {
                let after = optional::<LongText<4000>>(merged, field, faults);
                self.personal.notes = differs(&order.notes, after);
                if self.personal.notes.is_some() {
                    self.list.push(Change::Notes);
                }
            }
            DetailField::Metadata => {
                let after = optional::<Metadata>(merged, field, faults);
                let after = after.map(Option::unwrap_or_default);
                self.personal.metadata = differs(&order.metadata, after);
                if self.personal.metadata.is_some() {
                    self.list.push(Change::Metadata);
                }
            }
        }
    }
}

fn value<T: FromInput>(
    merged: Option<Value>,
    field: DetailField,
    faults: &mut Faults,
) -> Option<T> {
    T::from_input(merged?, field.as_str(), faults)
}

/// `Some(None)` is a detail that was cleared, `None` a fault.
#[expect(
    clippy::option_option,
    reason = "kept, cleared and set are three cases"
)]
fn optional<T: FromInput>(
    merged: Option<Value>,
    field: DetailField,
    faults: &mut Faults,
) -> Option<Option<T>> {
    match merged {
        None => Some(None),
        Some(merged) => T::from_input(merged, field.as_str(), faults).map(Some),
    }
}

fn differs<T: Clone + PartialEq>(before: &T, after: Option<T>) -> Option<BeforeAfter<T>> {
    let after = after.filter(|after| after != before)?;
    Some(BeforeAfter {
        before: before.clone(),
        after,
    })
}

// The state knows its own details; how they look as JSON is needed only for merging.
impl OrderState {
    /// The details that can be changed, as JSON: what a merge patch is merged with.
    pub(crate) fn editable(&self) -> Map<String, Value> {
        let mut map = Map::new();
        let mut put = |field: DetailField, value: Value| {
            if !value.is_null() {
                map.insert(field.as_str().to_owned(), value);
            }
        };
        put(DetailField::Pricing, crate::wire::json(&self.pricing));
        put(
            DetailField::ShippingAddress,
            crate::wire::json(&self.shipping_address),
        );
        put(DetailField::Tracking, crate::wire::json(&self.tracking));
        put(
            DetailField::EstimatedDelivery,
            crate::wire::json(&self.estimated_delivery),
        );
        put(DetailField::Notes, crate::wire::json(&self.notes));
        put(DetailField::Metadata, crate::wire::json(&self.metadata));
        map
    }
}
