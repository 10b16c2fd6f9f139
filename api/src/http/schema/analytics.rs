//! Figures over all orders.

use serde::Serialize;
use utoipa::ToSchema;

use super::CancelReason;

/// How finely orders are counted over time.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnalyticsUnit {
    /// By hours of UTC.
    Hour,
    /// By days of UTC.
    Day,
}

/// A status that orders leave again.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is named for its status")]
pub enum PassingStatus {
    Pending,
    Processing,
    Shipped,
}

/// Figures over all orders, all of one moment. `docs/analytics.md` says what each of them means.
#[derive(Debug, Serialize, ToSchema)]
pub struct Figures {
    /// The place in the log that they reflect.
    pub cursor: String,
    /// That place as a number.
    pub position: u64,
    /// Events of the log that are not in the figures yet, as far as the node knows that answers. Many, where the
    /// figures are made for the first time; some for a moment, while orders change.
    pub lag_events: u64,
    /// The first day of the range.
    #[schema(format = "date", example = "2026-11-01")]
    pub from: String,
    /// The last day of the range.
    #[schema(format = "date", example = "2026-11-30")]
    pub to: String,
    /// How finely orders are counted over time.
    pub by: AnalyticsUnit,
    /// Whose days and hours these are: always `UTC`.
    pub time_zone: String,
    /// Of all currencies together, where that makes sense.
    pub totals: FiguresTotals,
    /// Orders placed in the range and what they come to, by currency, in the order of the codes. A currency
    /// without orders is left out.
    pub currencies: Vec<CurrencyFigures>,
    /// How long orders that left a status in the range had been in it: `pending`, `processing` and `shipped`.
    pub time_in_status: Vec<TimeInStatus>,
    /// Orders called off in the range, for each reason that there was.
    pub cancellations: Vec<Cancellations>,
    /// Orders that the figures could not follow: what happened to them last is not in here.
    pub parked: u64,
}

/// Counts of all currencies.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiguresTotals {
    /// Orders placed in the range.
    pub orders: u64,
    /// How many of them are cancelled by now.
    pub cancelled: u64,
    /// Orders called off in the range, whenever they were placed.
    pub cancellations: u64,
}

/// The orders of one currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct CurrencyFigures {
    /// Its ISO 4217 code.
    pub currency: String,
    /// Orders placed in the range.
    pub orders: u64,
    /// How many of them are cancelled by now.
    pub cancelled: u64,
    /// What the others come to, in minor units.
    pub revenue: u64,
    /// The same by hour or day, earliest first. One in which nothing was placed is left out.
    pub periods: Vec<FiguresPeriod>,
}

/// The orders of one currency that were placed in one hour or on one day.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiguresPeriod {
    /// When it begins.
    #[schema(format = "date-time")]
    pub start: String,
    /// Orders placed in it.
    pub orders: u64,
    /// How many of them are cancelled by now.
    pub cancelled: u64,
    /// What the others come to, in minor units.
    pub revenue: u64,
}

/// How long orders are in a status.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimeInStatus {
    /// The status.
    pub status: PassingStatus,
    /// Orders that left it in the range.
    pub count: u64,
    /// Half of them were in it for so many seconds at most, to within 1/64 (1.6 %). Null if there are none.
    #[schema(required)]
    pub median_secs: Option<f64>,
    /// 95 of 100 of them were in it for so many seconds at most, likewise.
    #[schema(required)]
    pub p95_secs: Option<f64>,
}

/// Orders called off for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cancellations {
    /// The reason.
    pub reason: CancelReason,
    /// How many.
    pub count: u64,
}
