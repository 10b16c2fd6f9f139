//! The read models.

use std::time::Duration;

use super::{Kind, Reader, Setting, Unless};

/// `WAYBILL_PROJECTIONS`.
pub const RUN: Setting = Setting {
    name: "WAYBILL_PROJECTIONS",
    key: "projections.run",
    kind: Kind::Flag,
    unless: Unless::Default("true"),
    meaning: "Whether this node keeps the read models up to date. One node that does is enough; several only save time when one dies.",
};
/// `WAYBILL_PROJECTION_BATCH_MAX`.
pub const BATCH_MAX: Setting = Setting {
    name: "WAYBILL_PROJECTION_BATCH_MAX",
    key: "projections.batch_max",
    kind: Kind::Integer {
        min: 1,
        max: 10_000,
    },
    unless: Unless::Default("1000"),
    meaning: "Most events applied in one transaction.",
};
/// `WAYBILL_PROJECTION_RETRY_MAX_MS`.
pub const RETRY_MAX: Setting = Setting {
    name: "WAYBILL_PROJECTION_RETRY_MAX_MS",
    key: "projections.retry_max_ms",
    kind: Kind::Millis {
        min: 100,
        max: 300_000,
    },
    unless: Unless::Default("10000"),
    meaning: "Longest pause between two tries while the database fails.",
};

pub(super) const SETTINGS: &[&Setting] = &[&RUN, &BATCH_MAX, &RETRY_MAX];

/// The read models.
#[derive(Debug, Clone)]
pub struct ProjectionsConfig {
    /// Whether this node keeps them up to date.
    pub run: bool,
    /// Most events in one transaction.
    pub batch_max: u32,
    /// Longest pause between tries.
    pub retry_max: Duration,
}

impl ProjectionsConfig {
    /// From `WAYBILL_PROJECTIONS`, `WAYBILL_PROJECTION_BATCH_MAX`, `WAYBILL_PROJECTION_RETRY_MAX_MS`.
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            run: reader.flag(&RUN),
            batch_max: reader.integer(&BATCH_MAX),
            retry_max: reader.duration(&RETRY_MAX),
        }
    }
}
