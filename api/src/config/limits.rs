//! Rates by kind of caller, and bounds of what is kept.

use std::{num::NonZeroU32, time::Duration};

use super::{Kind, Reader, Setting, Unless};

macro_rules! rate {
    ($rate:ident, $burst:ident, $who:literal, $rate_name:literal, $rate_key:literal, $per_sec:literal,
     $burst_name:literal, $burst_key:literal, $most:literal) => {
        #[doc = concat!("`", $rate_name, "`.")]
        pub const $rate: Setting = Setting {
            name: $rate_name,
            key: $rate_key,
            kind: Kind::Integer {
                min: 1,
                max: 1_000_000,
            },
            unless: Unless::Default($per_sec),
            meaning: concat!(
                "Requests a second that ",
                $who,
                " may make over time; more are answered with 429."
            ),
        };
        #[doc = concat!("`", $burst_name, "`.")]
        pub const $burst: Setting = Setting {
            name: $burst_name,
            key: $burst_key,
            kind: Kind::Integer {
                min: 1,
                max: 1_000_000,
            },
            unless: Unless::Default($most),
            meaning: concat!("Requests that ", $who, " may make at once."),
        };
    };
}

rate!(
    ANONYMOUS_RATE,
    ANONYMOUS_BURST,
    "one address without a valid token",
    "WAYBILL_RATE_ANONYMOUS_PER_SEC",
    "limits.rate_anonymous_per_sec",
    "10",
    "WAYBILL_RATE_ANONYMOUS_BURST",
    "limits.rate_anonymous_burst",
    "60"
);
rate!(
    CUSTOMER_RATE,
    CUSTOMER_BURST,
    "one customer",
    "WAYBILL_RATE_CUSTOMER_PER_SEC",
    "limits.rate_customer_per_sec",
    "10",
    "WAYBILL_RATE_CUSTOMER_BURST",
    "limits.rate_customer_burst",
    "60"
);
rate!(
    STAFF_RATE,
    STAFF_BURST,
    "one member of staff",
    "WAYBILL_RATE_STAFF_PER_SEC",
    "limits.rate_staff_per_sec",
    "50",
    "WAYBILL_RATE_STAFF_BURST",
    "limits.rate_staff_burst",
    "300"
);
rate!(
    SERVICE_RATE,
    SERVICE_BURST,
    "one service",
    "WAYBILL_RATE_SERVICE_PER_SEC",
    "limits.rate_service_per_sec",
    "2000",
    "WAYBILL_RATE_SERVICE_BURST",
    "limits.rate_service_burst",
    "4000"
);

/// `WAYBILL_RATE_CALLERS_MAX`.
pub const RATE_CALLERS_MAX: Setting = Setting {
    name: "WAYBILL_RATE_CALLERS_MAX",
    key: "limits.rate_callers_max",
    kind: Kind::Integer {
        min: 1_000,
        max: 10_000_000,
    },
    unless: Unless::Default("50000"),
    meaning: "Callers of each kind whose rate is remembered; beyond it the one seen longest ago is forgotten.",
};
/// `WAYBILL_REVOCATIONS_MAX`.
pub const REVOCATIONS_MAX: Setting = Setting {
    name: "WAYBILL_REVOCATIONS_MAX",
    key: "limits.revocations_max",
    kind: Kind::Integer {
        min: 100,
        max: 1_000_000,
    },
    unless: Unless::Default("100000"),
    meaning: "Revocations in force at a time; one more is refused. Apart from those, the tracking links of as many orders can be taken back.",
};
/// `WAYBILL_READ_WAIT_MAX_MS`.
pub const READ_WAIT_MAX: Setting = Setting {
    name: "WAYBILL_READ_WAIT_MAX_MS",
    key: "limits.read_wait_max_ms",
    kind: Kind::Millis { min: 0, max: 5_000 },
    unless: Unless::Default("5000"),
    meaning: "Longest wait of a read for the position named in `min_position`; then 503 `read_behind`.",
};

pub(super) const SETTINGS: &[&Setting] = &[
    &ANONYMOUS_RATE,
    &ANONYMOUS_BURST,
    &CUSTOMER_RATE,
    &CUSTOMER_BURST,
    &STAFF_RATE,
    &STAFF_BURST,
    &SERVICE_RATE,
    &SERVICE_BURST,
    &RATE_CALLERS_MAX,
    &REVOCATIONS_MAX,
    &READ_WAIT_MAX,
];

/// Rates by kind of caller, and bounds of what is kept.
#[derive(Debug, Clone)]
pub struct LimitsConfig {
    /// One address without a valid token.
    pub anonymous: Rate,
    /// One customer.
    pub customer: Rate,
    /// One member of staff.
    pub staff: Rate,
    /// One service.
    pub service: Rate,
    /// Callers of each kind that are remembered.
    pub rate_callers_max: usize,
    /// Revocations in force.
    pub revocations_max: usize,
    /// Longest wait of a read for a position.
    pub read_wait_max: Duration,
}

/// How often somebody may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second over time.
    pub per_sec: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
}

impl LimitsConfig {
    /// From `WAYBILL_RATE_{ANONYMOUS,CUSTOMER,STAFF,SERVICE}_{PER_SEC,BURST}`, `WAYBILL_RATE_CALLERS_MAX`,
    /// `WAYBILL_REVOCATIONS_MAX`, `WAYBILL_READ_WAIT_MAX_MS`.
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let mut rate = |per_sec, burst| Rate {
            per_sec: at_least_one(reader.integer(per_sec)),
            burst: at_least_one(reader.integer(burst)),
        };
        Self {
            anonymous: rate(&ANONYMOUS_RATE, &ANONYMOUS_BURST),
            customer: rate(&CUSTOMER_RATE, &CUSTOMER_BURST),
            staff: rate(&STAFF_RATE, &STAFF_BURST),
            service: rate(&SERVICE_RATE, &SERVICE_BURST),
            rate_callers_max: reader.integer(&RATE_CALLERS_MAX),
            revocations_max: reader.integer(&REVOCATIONS_MAX),
            read_wait_max: reader.duration(&READ_WAIT_MAX),
        }
    }
}

/// The bounds in the table begin at one; zero is only the placeholder of a value that was refused.
pub(super) fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}
