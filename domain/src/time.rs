//! Points in time.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, SubsecRound, Utc};

use crate::fields::{BoundError, Faults, FromInput, from_input_str};
use crate::ids::string_serde;
use serde_json::Value;

/// A point in time, UTC, to the microsecond, as Postgres keeps it. Written as RFC 3339
/// with always six digits and `Z`, so that texts sort as times do.
///
/// Parsing takes any offset, drops digits past the sixth, and refuses years outside
/// 1970 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// 1970-01-01T00:00:00Z, for what has not happened yet.
    pub const UNIX_EPOCH: Self = Self(DateTime::UNIX_EPOCH);

    /// The same instant as chrono knows it.
    #[must_use]
    pub fn to_datetime(self) -> DateTime<Utc> {
        self.0
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// This time and `hours` more; the last representable time at most.
    #[must_use]
    pub fn plus_hours(self, hours: u32) -> Self {
        let later = self
            .0
            .checked_add_signed(chrono::TimeDelta::hours(i64::from(hours)));
        Self(later.unwrap_or(DateTime::<Utc>::MAX_UTC))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.trunc_subsecs(6))
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl FromStr for Timestamp {
    type Err = BoundError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = DateTime::parse_from_rfc3339(text).map_err(|_| {
            BoundError::new("must be an RFC 3339 time such as 2025-01-31T12:00:00Z")
        })?;
        let time = time.with_timezone(&Utc);
        if !(1970..=9999).contains(&time.year()) {
            return Err(BoundError::new("must lie in the years 1970 to 9999"));
        }
        Ok(time.into())
    }
}

string_serde!(Timestamp);
from_input_str!(Timestamp);

/// Calendar dates come as `YYYY-MM-DD`, years 1970 to 9999.
impl FromInput for NaiveDate {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let date = value
            .as_str()
            .filter(|text| text.len() == 10)
            .and_then(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
            .filter(|date| (1970..=9999).contains(&date.year()));
        if date.is_none() {
            faults.add(
                path,
                "must be a date written YYYY-MM-DD, years 1970 to 9999",
            );
        }
        date
    }
}
