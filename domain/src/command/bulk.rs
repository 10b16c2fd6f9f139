//! The same command for many orders.

use std::collections::HashSet;

use serde_json::Value;

use super::{Cancel, ChangeStatus};
use crate::fields::{Faults, Fields, FromInput, InvalidFields, read, read_list};
use crate::ids::{OrderKey, Version};

/// One order of a bulk request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkRow {
    /// The order, by id, number or reference.
    pub order: OrderKey,
    /// The version that the caller has seen, if he says so.
    pub expected_version: Option<Version>,
}

impl FromInput for BulkRow {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(value, path, faults)?;
        let order = fields.required("order_id");
        let expected_version = fields.optional("expected_version");
        fields.finish();
        Some(Self {
            order: order?,
            expected_version,
        })
    }
}

/// One command for 1 to 100 orders, each named once. Two names of one order (its id and
/// its number) are only found out when they are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulk<T> {
    /// The orders.
    pub rows: Vec<BulkRow>,
    /// What is asked of each.
    pub command: T,
}

impl<T> Bulk<T> {
    /// Most orders in one request.
    pub const MAX_ROWS: usize = 100;
}

impl Bulk<ChangeStatus> {
    /// Reads the body of `POST /v1/orders/bulk/status`.
    ///
    /// # Errors
    /// Names each field at fault, with its bound.
    pub fn parse(body: Value) -> Result<Self, InvalidFields> {
        read(body)
    }
}

impl Bulk<Cancel> {
    /// Reads the body of `POST /v1/orders/bulk/cancel`.
    ///
    /// # Errors
    /// Names each field at fault, with its bound.
    pub fn parse(body: Value) -> Result<Self, InvalidFields> {
        read(body)
    }
}

impl FromInput for Bulk<ChangeStatus> {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(value, path, faults)?;
        let rows = fields.required::<Rows>("orders");
        let command = ChangeStatus::take(&mut fields, None);
        fields.finish();
        Some(Self {
            rows: rows?.0,
            command: command?,
        })
    }
}

impl FromInput for Bulk<Cancel> {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(value, path, faults)?;
        let rows = fields.required::<Rows>("orders");
        let command = Cancel::take(&mut fields);
        fields.finish();
        Some(Self {
            rows: rows?.0,
            command: command?,
        })
    }
}

struct Rows(Vec<BulkRow>);

impl FromInput for Rows {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let bounds = (1, Bulk::<()>::MAX_ROWS);
        let rows: Vec<BulkRow> = read_list(value, path, bounds, faults)?;
        let mut seen = HashSet::new();
        for (index, row) in rows.iter().enumerate() {
            if !seen.insert(&row.order) {
                let path = format!("{path}[{index}].order_id");
                faults.add(&path, "must not name an order twice");
            }
        }
        Some(Self(rows))
    }
}
