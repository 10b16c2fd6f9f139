//! Points in time.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, SubsecRound, Timelike, Utc};

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
        let (year, micros) = (self.0.year(), self.0.timestamp_subsec_micros());
        // A second that is leapt over has more.
        if !(0..=9999).contains(&year) || micros >= 1_000_000 {
            return f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true));
        }
        // Written digit by digit: every event and order holds some, and chrono takes ten times as long.
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let mut write = |from: usize, to: usize, mut value: u32| {
            for digit in text[from..to].iter_mut().rev() {
                *digit = b'0' + u8::try_from(value % 10).unwrap_or_default();
                value /= 10;
            }
        };
        write(0, 4, year.unsigned_abs());
        write(5, 7, self.0.month());
        write(8, 10, self.0.day());
        write(11, 13, self.0.hour());
        write(14, 16, self.0.minute());
        write(17, 19, self.0.second());
        write(20, 26, micros);
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl FromStr for Timestamp {
    type Err = BoundError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(time) = as_written(text) {
            return Ok(Self(time));
        }
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

/// Reads a time in the form in which this build writes it, and in no other.
fn as_written(text: &str) -> Option<DateTime<Utc>> {
    let text: &[u8; 27] = text.as_bytes().try_into().ok()?;
    let marks = [
        (4, b'-'),
        (7, b'-'),
        (10, b'T'),
        (13, b':'),
        (16, b':'),
        (19, b'.'),
        (26, b'Z'),
    ];
    if marks.iter().any(|(at, mark)| text[*at] != *mark) {
        return None;
    }
    let number = |from: usize, to: usize| {
        text[from..to].iter().try_fold(0, |number: u32, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    let year = i32::try_from(number(0, 4)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number(5, 7)?, number(8, 10)?)?;
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let time = date.and_hms_micro_opt(hour, minute, second, number(20, 26)?)?;
    (year >= 1970).then(|| time.and_utc())
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
