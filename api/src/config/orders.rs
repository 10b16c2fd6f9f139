//! What the shop decides about orders.

use waybill_domain::OrderPrefix;

use super::{ConfigErrors, Kind, Reader, Setting, Sources, Unless};

/// `WAYBILL_ORDER_PREFIX`.
pub const PREFIX: Setting = Setting {
    name: "WAYBILL_ORDER_PREFIX",
    key: "orders.prefix",
    kind: Kind::Text { max_bytes: 16 },
    unless: Unless::Default("ORD-"),
    meaning: "What order numbers begin with.",
};
/// `WAYBILL_ALLOW_CUSTOMER_CREATE`.
pub const ALLOW_CUSTOMER_CREATE: Setting = Setting {
    name: "WAYBILL_ALLOW_CUSTOMER_CREATE",
    key: "orders.allow_customer_create",
    kind: Kind::Flag,
    unless: Unless::Default("false"),
    meaning: "Whether a customer may place an order himself, naming his own prices. For demos only.",
};
/// `WAYBILL_ORDER_CACHE`.
pub const CACHE: Setting = Setting {
    name: "WAYBILL_ORDER_CACHE",
    key: "orders.cache",
    kind: Kind::Integer {
        min: 1,
        max: 1_000_000,
    },
    unless: Unless::Default("10000"),
    meaning: "How many orders just handled are kept in memory.",
};

pub(super) const SETTINGS: &[&Setting] = &[&PREFIX, &ALLOW_CUSTOMER_CREATE, &CACHE];

/// What the shop decides about orders.
#[derive(Debug, Clone)]
pub struct OrdersConfig {
    /// What order numbers begin with; known to be an [`OrderPrefix`].
    pub prefix: String,
    /// Whether customers may place orders themselves.
    pub allow_customer_create: bool,
    /// Orders kept in memory.
    pub cache: usize,
}

impl OrdersConfig {
    /// Reads this concern alone, for commands that need no more.
    pub fn load(sources: &Sources) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(sources);
        let config = Self::read(&mut reader);
        reader.finish(config)
    }

    /// From `WAYBILL_ORDER_PREFIX`, `WAYBILL_ALLOW_CUSTOMER_CREATE`, `WAYBILL_ORDER_CACHE`.
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let prefix = reader.text(&PREFIX).unwrap_or_default();
        if let Err(error) = prefix.parse::<OrderPrefix>() {
            reader.conflict(&[&PREFIX], format!("{prefix:?} {error}"));
        }
        Self {
            prefix,
            allow_customer_create: reader.flag(&ALLOW_CUSTOMER_CREATE),
            cache: reader.integer(&CACHE),
        }
    }
}
