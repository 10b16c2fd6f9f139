//! Rows in Postgres' binary `COPY` format, handed on in chunks.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

/// What comes before the first row: signature, flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Microseconds from 1970-01-01 to 2000-01-01, where Postgres' times begin.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

/// Rows of one table, written one field after another.
#[derive(Default)]
pub(super) struct Rows {
    bytes: Vec<u8>,
    to: Option<mpsc::Sender<Vec<u8>>>,
}

impl Rows {
    /// None yet; they go to `to`.
    pub(super) fn to(to: mpsc::Sender<Vec<u8>>) -> Self {
        Self {
            bytes: HEADER.to_vec(),
            to: Some(to),
        }
    }

    /// Begins a row of this many fields.
    pub(super) fn row(&mut self, fields: i16) -> &mut Self {
        self.bytes.extend_from_slice(&fields.to_be_bytes());
        self
    }

    /// A value that is sent as it is: a text, JSON, an id, bytes.
    pub(super) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.with(|out| out.extend_from_slice(value))
    }

    /// Likewise, written by `write`.
    pub(super) fn with(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> &mut Self {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        write(&mut self.bytes);
        // A value has less than 2 GiB.
        let length = u32::try_from(self.bytes.len() - at - 4).unwrap_or(u32::MAX);
        self.bytes[at..at + 4].copy_from_slice(&length.to_be_bytes());
        self
    }

    /// Likewise, if there is one.
    pub(super) fn maybe<T>(
        &mut self,
        value: Option<&T>,
        write: impl FnOnce(&T, &mut Vec<u8>),
    ) -> &mut Self {
        match value {
            Some(value) => self.with(|out| write(value, out)),
            None => self.null(),
        }
    }

    /// No value.
    pub(super) fn null(&mut self) -> &mut Self {
        self.bytes.extend_from_slice(&(-1_i32).to_be_bytes());
        self
    }

    /// A `bigint`.
    pub(super) fn bigint(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// A `timestamptz`.
    pub(super) fn time(&mut self, time: DateTime<Utc>) -> &mut Self {
        self.bytes(&(time.timestamp_micros() - POSTGRES_EPOCH).to_be_bytes())
    }

    /// Hands on what there is, once it is this much.
    pub(super) fn send_when(&mut self, bytes: usize) -> anyhow::Result<()> {
        if self.bytes.len() < bytes {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.bytes, Vec::with_capacity(bytes + bytes / 8));
        let to = self.to.as_ref().context("rows that go nowhere")?;
        to.blocking_send(chunk).context("Postgres takes no more")
    }

    /// Hands on the rest. No row may follow.
    pub(super) fn end(&mut self) -> anyhow::Result<()> {
        self.bytes.extend_from_slice(&(-1_i16).to_be_bytes());
        self.send_when(0)?;
        self.to = None;
        Ok(())
    }
}
