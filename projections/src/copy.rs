//! Rows in Postgres' binary COPY format, for loading many at once.
//!
//! The format is described in the Postgres manual under COPY, "Binary Format"; that of each type is
//! what its `recv` function reads.

use chrono::{Datelike, NaiveDate};
use uuid::Uuid;
use waybill_domain::{OrderId, Timestamp};

/// Microseconds from 1970-01-01 to 2000-01-01, where Postgres' times begin.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;
/// Days from 0001-01-01, which is chrono's day 1, to 2000-01-01, which is Postgres' day 0.
const POSTGRES_DAY: i32 = 730_120;

/// Rows of whole orders, written one field after another.
#[derive(Debug, Default)]
pub struct CopyRows {
    bytes: Vec<u8>,
    /// Each order with where its rows end.
    orders: Vec<(OrderId, usize)>,
}

impl CopyRows {
    /// What comes before the first row: signature, flags, no extension.
    pub(crate) const HEADER: &'static [u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
    /// What comes after the last row.
    pub(crate) const TRAILER: &'static [u8] = &(-1_i16).to_be_bytes();

    /// Begins a row of this many fields.
    pub fn row(&mut self, fields: i16) -> &mut Self {
        self.bytes.extend_from_slice(&fields.to_be_bytes());
        self
    }

    /// A `uuid`.
    pub fn id(&mut self, order: OrderId) -> &mut Self {
        self.uuid(order.as_uuid())
    }

    /// Likewise, of whatever it names.
    pub fn uuid(&mut self, id: Uuid) -> &mut Self {
        self.field(id.as_bytes())
    }

    /// Of any type, no value.
    pub fn null(&mut self) -> &mut Self {
        self.length(-1)
    }

    /// A `smallint`.
    pub fn smallint(&mut self, value: i16) -> &mut Self {
        self.field(&value.to_be_bytes())
    }

    /// A `date`.
    pub fn date(&mut self, date: NaiveDate) -> &mut Self {
        let days = date.num_days_from_ce() - POSTGRES_DAY;
        self.field(&days.to_be_bytes())
    }

    /// A `bigint`.
    pub fn bigint(&mut self, value: i64) -> &mut Self {
        self.field(&value.to_be_bytes())
    }

    /// A `timestamptz`.
    pub fn time(&mut self, time: Timestamp) -> &mut Self {
        self.bigint(time.unix_micros() - POSTGRES_EPOCH)
    }

    /// A `text` or a `json`.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.field(text.as_bytes())
    }

    /// A `text` that may be null.
    pub fn optional_text(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => self.null(),
        }
    }

    /// A `tsvector` of these words, without places. They are sorted and hold no zero byte.
    pub fn words<'w>(&mut self, words: impl ExactSizeIterator<Item = &'w str>) -> &mut Self {
        let start = self.bytes.len();
        self.length(0);
        let count = i32::try_from(words.len()).unwrap_or(i32::MAX);
        self.bytes.extend_from_slice(&count.to_be_bytes());
        for word in words {
            self.bytes.extend_from_slice(word.as_bytes());
            // The end of the word, and no places in the text.
            self.bytes.extend_from_slice(&[0, 0, 0]);
        }
        let length = i32::try_from(self.bytes.len() - start - 4).unwrap_or(i32::MAX);
        self.bytes[start..start + 4].copy_from_slice(&length.to_be_bytes());
        self
    }

    /// Says that the rows since the last call are those of `order`.
    pub(crate) fn end_order(&mut self, order: OrderId) {
        self.orders.push((order, self.bytes.len()));
    }

    /// Takes back the rows since the last call of `end_order`.
    pub(crate) fn take_back(&mut self) {
        let end = self.orders.last().map_or(0, |(_, end)| *end);
        self.bytes.truncate(end);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The rows of each order by itself.
    pub(crate) fn by_order(&self) -> impl Iterator<Item = (OrderId, &[u8])> {
        let starts = std::iter::once(0).chain(self.orders.iter().map(|(_, end)| *end));
        self.orders
            .iter()
            .zip(starts)
            .map(|((order, end), start)| (*order, &self.bytes[start..*end]))
    }

    pub(crate) fn order_count(&self) -> usize {
        self.orders.len()
    }

    fn field(&mut self, bytes: &[u8]) -> &mut Self {
        self.length(i32::try_from(bytes.len()).unwrap_or(i32::MAX));
        self.bytes.extend_from_slice(bytes);
        self
    }

    fn length(&mut self, length: i32) -> &mut Self {
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self
    }
}
