//! What one order contributes to the figures.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;
use waybill_domain::{
    CancelReason, Change as Changed, Envelope, OrderEvent, OrderId, Pricing, Status, Timestamp,
};

use super::buckets;
use crate::copy::CopyRows;
use crate::projection::{Change, Unfit};

/// The statuses that an order leaves again, in the order of the columns.
pub(super) const PASSING: [Status; 3] = [Status::Pending, Status::Processing, Status::Shipped];

const HOUR: i64 = 3_600_000_000;

/// What is stored of an order: as much as it takes to tell what it adds to each sum, and to take the next
/// event in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contribution {
    pub(super) order_id: OrderId,
    pub(super) version: i64,
    pub(super) position: i64,
    pub(super) status: Status,
    /// When it came into the status, in microseconds since 1970; `None` where nobody knows.
    pub(super) entered_at: Option<i64>,
    pub(super) entered_by: Uuid,
    /// The hour in which it was placed, likewise.
    pub(super) placed_hour: i64,
    pub(super) currency: String,
    pub(super) total: i64,
    /// How it left each of [`PASSING`], where that is known.
    pub(super) left: [Option<Leaving>; 3],
    pub(super) cancelled: Option<(NaiveDate, CancelReason)>,
}

/// When an order left a status, and the bucket of how long it had been there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leaving {
    pub(super) on: NaiveDate,
    pub(super) bucket: i16,
}

impl Contribution {
    /// Takes an order's next event in, if it is the next one.
    pub(super) fn take_in(before: Option<Self>, change: &Change<'_>) -> Result<Self, Unfit> {
        let Change { envelope, event } = change;
        let unfit = |reason: String| Unfit {
            order_id: envelope.order_id,
            version: envelope.version,
            reason,
        };
        let version = before.as_ref().map_or(0, |row| row.version);
        if envelope.version.cast_signed() != version + 1 {
            return Err(unfit(format!("comes after version {version}")));
        }
        let mut row = match (before, event) {
            (None, OrderEvent::Created(created)) => {
                let placed = created.placed_at.unix_micros();
                let mut row = Self {
                    order_id: envelope.order_id,
                    version: 0,
                    position: 0,
                    status: Status::Pending,
                    // Whoever orders waits from then on, however late the log hears of it. A clock that
                    // is ahead makes nobody wait for less than nothing.
                    entered_at: Some(placed.min(envelope.recorded_at.unix_micros())),
                    entered_by: Uuid::from(envelope.command_id),
                    placed_hour: placed - placed.rem_euclid(HOUR),
                    currency: String::new(),
                    total: 0,
                    left: [None; 3],
                    cancelled: None,
                };
                row.price(&created.pricing);
                row
            }
            (None, _) => return Err(unfit("the order was never placed".into())),
            (Some(row), event) => row.followed_by(envelope, event),
        };
        row.version = envelope.version.cast_signed();
        row.position = envelope.position.0.cast_signed();
        Ok(row)
    }

    fn followed_by(mut self, envelope: &Envelope, event: &OrderEvent) -> Self {
        match event {
            // An order is placed once. Should the log say otherwise, the order is what it said last.
            OrderEvent::Created(created) => self.price(&created.pricing),
            OrderEvent::Updated(updated) => {
                for change in &updated.changes {
                    if let Changed::Pricing(pricing) = change {
                        self.price(&pricing.after);
                    }
                }
            }
            OrderEvent::StatusChanged(changed) => {
                self.moved(envelope, changed.to);
            }
            OrderEvent::Completed(_) => {
                self.moved(envelope, Status::Delivered);
            }
            OrderEvent::Cancelled(cancelled) => {
                let when_is_known = self.moved(envelope, Status::Cancelled);
                self.cancelled = when_is_known.then(|| (day(envelope), cancelled.reason));
            }
        }
        self
    }

    /// Moves the order along, and tells whether it is known when that happened. An order that one command
    /// both placed and moved was there before the log heard of it (it was imported): how long it was in a
    /// status, nobody can tell.
    fn moved(&mut self, envelope: &Envelope, to: Status) -> bool {
        let (now, by) = (
            envelope.recorded_at.unix_micros(),
            Uuid::from(envelope.command_id),
        );
        let known = by != self.entered_by;
        let passing = PASSING.iter().position(|status| *status == self.status);
        if let (true, Some(nth), Some(since)) = (known, passing, self.entered_at) {
            self.left[nth] = Some(Leaving {
                on: day(envelope),
                bucket: buckets::bucket(now.saturating_sub(since)),
            });
        }
        self.status = to;
        self.entered_at = known.then_some(now);
        self.entered_by = by;
        known
    }

    fn price(&mut self, pricing: &Pricing) {
        let parts = pricing.parts();
        parts.currency.as_str().clone_into(&mut self.currency);
        self.total = parts.total.minor_units().cast_signed();
    }

    /// The order after all of its events; `None` without any.
    pub(super) fn fold(changes: &[Change<'_>]) -> Result<Option<Self>, Unfit> {
        changes.iter().try_fold(None, |before, change| {
            Self::take_in(before, change).map(Some)
        })
    }

    /// In the order of the columns that `COPY` names.
    pub(super) fn write(&self, rows: &mut CopyRows) {
        rows.row(17)
            .id(self.order_id)
            .bigint(self.version)
            .bigint(self.position)
            .text(self.status.as_str());
        match self.entered_at {
            Some(micros) => rows.time(time(micros).into()),
            None => rows.null(),
        };
        rows.uuid(self.entered_by)
            .time(time(self.placed_hour).into())
            .text(&self.currency)
            .bigint(self.total);
        for left in self.left {
            match left {
                Some(left) => rows.date(left.on).smallint(left.bucket),
                None => rows.null().null(),
            };
        }
        match self.cancelled {
            Some((on, reason)) => rows.date(on).text(reason.as_str()),
            None => rows.null().null(),
        };
    }

    /// From a row of `contributions`.
    pub(super) fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        let named = |text: &str, column: &str| sqlx::Error::ColumnDecode {
            index: column.to_owned(),
            source: format!("{text} is not known").into(),
        };
        let status: &str = row.try_get("status")?;
        let left = |day: &str, bucket: &str| -> Result<Option<Leaving>, sqlx::Error> {
            let on: Option<NaiveDate> = row.try_get(day)?;
            let bucket: Option<i16> = row.try_get(bucket)?;
            Ok(on.zip(bucket).map(|(on, bucket)| Leaving { on, bucket }))
        };
        let on: Option<NaiveDate> = row.try_get("cancelled_on")?;
        let reason: Option<&str> = row.try_get("cancel_reason")?;
        let cancelled = on.zip(reason).map(|(on, reason)| {
            let known = reason.parse().map_err(|_| named(reason, "cancel_reason"))?;
            Ok::<_, sqlx::Error>((on, known))
        });
        let entered_at: Option<DateTime<Utc>> = row.try_get("entered_at")?;
        let placed_hour: DateTime<Utc> = row.try_get("placed_hour")?;
        Ok(Self {
            order_id: row.try_get::<Uuid, _>("order_id")?.into(),
            version: row.try_get("version")?,
            position: row.try_get("position")?,
            status: status.parse().map_err(|_| named(status, "status"))?,
            entered_at: entered_at.map(|time| time.timestamp_micros()),
            entered_by: row.try_get("entered_by")?,
            placed_hour: placed_hour.timestamp_micros(),
            currency: row.try_get("currency")?,
            total: row.try_get("total")?,
            left: [
                left("pending_left", "pending_bucket")?,
                left("processing_left", "processing_bucket")?,
                left("shipped_left", "shipped_bucket")?,
            ],
            cancelled: cancelled.transpose()?,
        })
    }

    /// For comparing what is stored with what should be.
    pub(super) fn canonical(&self) -> Value {
        let left = self.left.map(|left| left.map(|l| (l.on, l.bucket)));
        json!({
            "version": self.version,
            "position": self.position,
            "status": self.status,
            "entered": (self.entered_at, self.entered_by),
            "placed_hour": self.placed_hour,
            "price": (&self.currency, self.total),
            "left": left,
            "cancelled": self.cancelled,
        })
    }
}

/// A time of which the microseconds came from one.
pub(super) fn time(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

fn day(envelope: &Envelope) -> NaiveDate {
    let recorded: DateTime<Utc> = Timestamp::into(envelope.recorded_at);
    recorded.date_naive()
}
