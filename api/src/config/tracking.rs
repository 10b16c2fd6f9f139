//! Tracking links, and how guests ask for them.

use std::num::NonZeroU32;
use std::time::Duration;

use super::limits::at_least_one;
use super::{Kind, Reader, Setting, Unless};

/// `WAYBILL_TRACKING_PAGE_URL`.
pub const PAGE_URL: Setting = Setting {
    name: "WAYBILL_TRACKING_PAGE_URL",
    key: "tracking.page_url",
    kind: Kind::TrustedUrl,
    unless: Unless::Unset("this service's own page: `/track` under WAYBILL_PUBLIC_URL"),
    meaning: "The page that tracking links lead to. The token is put behind it as the fragment, which browsers send to nobody.",
};
/// `WAYBILL_TRACKING_LIFETIME_SECS`.
pub const LIFETIME: Setting = Setting {
    name: "WAYBILL_TRACKING_LIFETIME_SECS",
    key: "tracking.lifetime_secs",
    kind: Kind::Seconds {
        min: 1,
        max: 31_536_000,
    },
    unless: Unless::Default("2592000"),
    meaning: "How long a tracking link lives unless its issuer says otherwise.",
};
/// `WAYBILL_TRACKING_LIFETIME_MIN_SECS`.
pub const LIFETIME_MIN: Setting = Setting {
    name: "WAYBILL_TRACKING_LIFETIME_MIN_SECS",
    key: "tracking.lifetime_min_secs",
    kind: Kind::Seconds {
        min: 1,
        max: 31_536_000,
    },
    unless: Unless::Default("300"),
    meaning: "Shortest life that may be asked for.",
};
/// `WAYBILL_TRACKING_LIFETIME_MAX_SECS`.
pub const LIFETIME_MAX: Setting = Setting {
    name: "WAYBILL_TRACKING_LIFETIME_MAX_SECS",
    key: "tracking.lifetime_max_secs",
    kind: Kind::Seconds {
        min: 1,
        max: 31_536_000,
    },
    unless: Unless::Default("7776000"),
    meaning: "Longest life that may be asked for. A revocation of an order's links is remembered for at least as long.",
};
/// `WAYBILL_TRACKING_NOTIFIER`.
pub const NOTIFIER: Setting = Setting {
    name: "WAYBILL_TRACKING_NOTIFIER",
    key: "tracking.notifier",
    kind: Kind::Choice(&["none", "log"]),
    unless: Unless::Default("none"),
    meaning: "What sends the links that guests ask for. `log` writes them into the log, for development only: whoever reads the log can then see the orders. With `none` requests are taken and nothing is sent.",
};
/// `WAYBILL_TRACKING_REQUESTS_PER_HOUR`.
pub const REQUESTS_PER_HOUR: Setting = Setting {
    name: "WAYBILL_TRACKING_REQUESTS_PER_HOUR",
    key: "tracking.requests_per_hour",
    kind: Kind::Integer {
        min: 1,
        max: 100_000,
    },
    unless: Unless::Default("20"),
    meaning: "Links that may be asked for from one address in an hour; more are answered with 429.",
};
/// `WAYBILL_TRACKING_LINKS_PER_HOUR`.
pub const LINKS_PER_HOUR: Setting = Setting {
    name: "WAYBILL_TRACKING_LINKS_PER_HOUR",
    key: "tracking.links_per_hour",
    kind: Kind::Integer { min: 1, max: 1_000 },
    unless: Unless::Default("3"),
    meaning: "Links that are sent for one order number in an hour; further requests are answered as ever, and nothing is sent.",
};
/// `WAYBILL_TRACKING_QUEUE`.
pub const QUEUE: Setting = Setting {
    name: "WAYBILL_TRACKING_QUEUE",
    key: "tracking.queue",
    kind: Kind::Integer {
        min: 1,
        max: 100_000,
    },
    unless: Unless::Default("1000"),
    meaning: "Requests for links that wait to be looked into; one more is answered as ever and forgotten.",
};

pub(super) const SETTINGS: &[&Setting] = &[
    &PAGE_URL,
    &LIFETIME,
    &LIFETIME_MIN,
    &LIFETIME_MAX,
    &NOTIFIER,
    &REQUESTS_PER_HOUR,
    &LINKS_PER_HOUR,
    &QUEUE,
];

/// What sends links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotifierKind {
    /// Nothing.
    None,
    /// They are written into the log.
    Log,
}

/// Tracking links, and how guests ask for them.
#[derive(Debug, Clone)]
pub struct TrackingConfig {
    /// The page that links lead to, if it is not the service's own.
    pub page_url: Option<url::Url>,
    /// Life of a link unless its issuer says otherwise.
    pub lifetime: Duration,
    /// Shortest life.
    pub lifetime_min: Duration,
    /// Longest life.
    pub lifetime_max: Duration,
    /// What sends links.
    pub notifier: NotifierKind,
    /// Requests of one address in an hour.
    pub requests_per_hour: NonZeroU32,
    /// Links sent for one order number in an hour.
    pub links_per_hour: NonZeroU32,
    /// Requests that wait.
    pub queue: usize,
}

impl TrackingConfig {
    /// From `WAYBILL_TRACKING_{PAGE_URL,LIFETIME_SECS,LIFETIME_MIN_SECS,LIFETIME_MAX_SECS,NOTIFIER,
    /// REQUESTS_PER_HOUR,LINKS_PER_HOUR,QUEUE}`.
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let kind = |text: &str| match text {
            "none" => Some(NotifierKind::None),
            "log" => Some(NotifierKind::Log),
            _ => None,
        };
        let config = Self {
            page_url: reader.trusted_url(&PAGE_URL),
            lifetime: reader.duration(&LIFETIME),
            lifetime_min: reader.duration(&LIFETIME_MIN),
            lifetime_max: reader.duration(&LIFETIME_MAX),
            notifier: reader.choice(&NOTIFIER, kind, NotifierKind::None),
            requests_per_hour: at_least_one(reader.integer(&REQUESTS_PER_HOUR)),
            links_per_hour: at_least_one(reader.integer(&LINKS_PER_HOUR)),
            queue: reader.integer(&QUEUE),
        };
        if !(config.lifetime_min..=config.lifetime_max).contains(&config.lifetime) {
            reader.conflict(
                &[&LIFETIME, &LIFETIME_MIN, &LIFETIME_MAX],
                "the usual life of a link must lie between the shortest and the longest",
            );
        }
        config
    }
}
