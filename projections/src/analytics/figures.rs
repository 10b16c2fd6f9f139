//! Reading the figures of a range of days.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::Row;
use uuid::Uuid;
use waybill_domain::{CancelReason, Position, Status, Timestamp};

use super::buckets;
use super::contribution::PASSING;
use crate::checkpoint::{Checkpoint, WaitError};
use crate::slot::Slot;

/// Days of figures by hour that can be asked for at once: 744 periods.
const HOURLY_DAYS: u16 = 31;
/// Days of figures by day that can be asked for at once.
const DAILY_DAYS: u16 = 366;

/// How finely orders are counted over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// By hours of UTC.
    Hour,
    /// By days of UTC.
    #[default]
    Day,
}

impl Unit {
    /// The name as stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// Days that can be asked for at once.
    #[must_use]
    pub fn days_max(self) -> u16 {
        match self {
            Self::Hour => HOURLY_DAYS,
            Self::Day => DAILY_DAYS,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no [`Unit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be hour or day")]
pub struct UnknownUnit;

impl FromStr for Unit {
    type Err = UnknownUnit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "hour" => Ok(Self::Hour),
            "day" => Ok(Self::Day),
            _ => Err(UnknownUnit),
        }
    }
}

/// A range of days of UTC, both ends included, no longer than its unit allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    unit: Unit,
    from: NaiveDate,
    to: NaiveDate,
}

impl Span {
    /// The days from `from` to `to`; `None` if `to` is earlier, or they are more than
    /// [`Unit::days_max`].
    #[must_use]
    pub fn new(unit: Unit, from: NaiveDate, to: NaiveDate) -> Option<Self> {
        let days = (to - from).num_days() + 1;
        (1..=i64::from(unit.days_max()))
            .contains(&days)
            .then_some(Self { unit, from, to })
    }

    /// How finely.
    #[must_use]
    pub fn unit(self) -> Unit {
        self.unit
    }

    /// The first day.
    #[must_use]
    pub fn from(self) -> NaiveDate {
        self.from
    }

    /// The last day.
    #[must_use]
    pub fn to(self) -> NaiveDate {
        self.to
    }

    /// When the first day begins, and when the last has ended.
    fn ends(self) -> (DateTime<Utc>, DateTime<Utc>) {
        let begin = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        (begin(self.from), begin(self.to) + TimeDelta::days(1))
    }
}

/// Figures over all orders, all of one snapshot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// The position in the log that they reflect.
    #[serde(skip)]
    pub position: Position,
    /// Orders placed in the range and what they come to, by currency.
    pub currencies: Vec<CurrencyFigures>,
    /// How long orders that left a status in the range had been in it, for each status that orders leave.
    pub time_in_status: Vec<TimeInStatus>,
    /// Orders called off in the range, for each reason that there was.
    pub cancellations: Vec<Cancellations>,
    /// Orders that are parked: what happened to them last is not in the figures.
    pub parked: u64,
}

/// The orders of one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    pub periods: Vec<Period>,
}

/// The orders of one currency that were placed in one hour or on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Period {
    /// When it begins.
    pub start: Timestamp,
    /// Orders placed in it.
    pub orders: u64,
    /// How many of them are cancelled by now.
    pub cancelled: u64,
    /// What the others come to, in minor units.
    pub revenue: u64,
}

/// How long orders are in a status.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimeInStatus {
    /// The status.
    pub status: Status,
    /// Orders that left it in the range.
    pub count: u64,
    /// The time that half of them were in it at most, in seconds, to within 1/64. Nothing of no orders.
    pub median_secs: Option<f64>,
    /// The time that 95 of 100 of them were in it at most, likewise.
    pub p95_secs: Option<f64>,
}

/// Orders called off for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cancellations {
    /// The reason.
    pub reason: CancelReason,
    /// How many.
    pub count: u64,
}

/// Why there are no figures to show.
#[derive(Debug, thiserror::Error)]
pub enum AnalyticsError {
    /// The database could not be asked, or a sum could not be read.
    #[error("the figures could not be read: {0}")]
    Database(#[from] sqlx::Error),
}

/// Figures over all orders. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Analytics {
    checkpoint: Checkpoint,
}

impl Analytics {
    pub(crate) fn new(checkpoint: Checkpoint) -> Self {
        Self { checkpoint }
    }

    /// Waits until everything up to `position` is in the figures, at most `patience`; see
    /// [`crate::READ_WAIT`].
    ///
    /// # Errors
    /// [`WaitError::ReadBehind`] when the time is up.
    pub async fn wait_for(&self, position: Position, patience: Duration) -> Result<(), WaitError> {
        self.checkpoint.wait_for(position, patience).await
    }

    /// The figures of these days. Reads sums, however many orders there are.
    ///
    /// # Errors
    /// [`AnalyticsError`].
    pub async fn of(&self, span: Span) -> Result<Figures, AnalyticsError> {
        let (mut transaction, position) = self.checkpoint.snapshot().await?;
        let mut slot = Slot::new(&mut transaction, self.checkpoint.db());
        let currencies = currencies(&mut slot, span).await?;
        let time_in_status = time_in_status(&mut slot, span).await?;
        let cancellations = cancellations(&mut slot, span).await?;
        let parked = slot
            .query(include_str!("../sql/parked_among.sql"))
            .bind(Vec::<Uuid>::new())
            .fetch_one(slot.conn())
            .await?;
        Ok(Figures {
            position,
            currencies,
            time_in_status,
            cancellations,
            parked: parked.try_get::<i64, _>("total")?.cast_unsigned(),
        })
    }
}

async fn currencies(slot: &mut Slot<'_>, span: Span) -> Result<Vec<CurrencyFigures>, sqlx::Error> {
    let (begin, end) = span.ends();
    let rows = slot
        .query(include_str!("sql/series.sql"))
        .bind(span.unit.as_str())
        .bind(begin)
        .bind(end)
        .fetch_all(slot.conn())
        .await?;
    let mut all: Vec<CurrencyFigures> = Vec::new();
    for row in &rows {
        let currency: &str = row.try_get("currency")?;
        let count = |column| row.try_get::<i64, _>(column).map(i64::cast_unsigned);
        let period = Period {
            start: row.try_get::<DateTime<Utc>, _>("start")?.into(),
            orders: count("orders")?,
            cancelled: count("cancelled")?,
            revenue: count("revenue")?,
        };
        if all.last().is_none_or(|last| last.currency != currency) {
            all.push(CurrencyFigures {
                currency: currency.to_owned(),
                orders: 0,
                cancelled: 0,
                revenue: 0,
                periods: Vec::new(),
            });
        }
        if let Some(last) = all.last_mut() {
            last.orders += period.orders;
            last.cancelled += period.cancelled;
            last.revenue = last.revenue.saturating_add(period.revenue);
            last.periods.push(period);
        }
    }
    Ok(all)
}

async fn time_in_status(slot: &mut Slot<'_>, span: Span) -> Result<Vec<TimeInStatus>, sqlx::Error> {
    let rows = slot
        .query(include_str!("sql/durations.sql"))
        .bind(span.from)
        .bind(span.to)
        .fetch_all(slot.conn())
        .await?;
    let mut counts: [Vec<(i16, u64)>; 3] = Default::default();
    for row in &rows {
        let status: &str = row.try_get("status")?;
        let nth = PASSING
            .iter()
            .position(|passing| passing.as_str() == status);
        if let Some(nth) = nth {
            let orders: i64 = row.try_get("orders")?;
            counts[nth].push((row.try_get("bucket")?, orders.cast_unsigned()));
        }
    }
    let told = PASSING.iter().zip(&counts).map(|(status, counts)| {
        let secs = |percent| buckets::quantile(counts, percent).map(seconds);
        TimeInStatus {
            status: *status,
            count: counts.iter().map(|(_, count)| count).sum(),
            median_secs: secs(50),
            p95_secs: secs(95),
        }
    });
    Ok(told.collect())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a bucket's middle is below 2^41"
)]
fn seconds(millis: u64) -> f64 {
    millis as f64 / 1000.0
}

async fn cancellations(slot: &mut Slot<'_>, span: Span) -> Result<Vec<Cancellations>, sqlx::Error> {
    let rows = slot
        .query(include_str!("sql/reasons.sql"))
        .bind(span.from)
        .bind(span.to)
        .fetch_all(slot.conn())
        .await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        let reason: &str = row.try_get("reason")?;
        let count: i64 = row.try_get("orders")?;
        all.push(Cancellations {
            reason: reason
                .parse()
                .map_err(|_| sqlx::Error::Decode(format!("{reason} is no reason").into()))?,
            count: count.cast_unsigned(),
        });
    }
    Ok(all)
}
