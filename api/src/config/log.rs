//! What is logged, and how.

use super::{ConfigErrors, Kind, Reader, Setting, Sources, Unless};

/// `WAYBILL_LOG`.
pub const FILTER: Setting = Setting {
    name: "WAYBILL_LOG",
    key: "log.filter",
    kind: Kind::Text { max_bytes: 1_024 },
    unless: Unless::Default("info"),
    meaning: "Levels, in the form of `tracing`'s EnvFilter: `info`, or `info,waybill_infra=debug`. Of libraries \
              nothing below `info` is logged, because there they tell what they carry.",
};
/// `WAYBILL_LOG_FORMAT`.
pub const FORMAT: Setting = Setting {
    name: "WAYBILL_LOG_FORMAT",
    key: "log.format",
    kind: Kind::Choice(&["auto", "text", "json"]),
    unless: Unless::Default("auto"),
    meaning: "`auto`: text on a terminal, JSON otherwise. Goes to standard error.",
};

pub(super) const SETTINGS: &[&Setting] = &[&FILTER, &FORMAT];

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// Levels; known to be a valid filter.
    pub filter: String,
    /// The form of a line.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl LogFormat {
    fn named(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl LogConfig {
    /// Reads this concern alone, so that a command can log before the rest is known to be right.
    pub fn load(sources: &Sources) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(sources);
        let config = Self::read(&mut reader);
        reader.finish(config)
    }

    /// From `WAYBILL_LOG`, `WAYBILL_LOG_FORMAT`.
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let filter = reader.text(&FILTER).unwrap_or_default();
        if let Err(error) = filter.parse::<tracing_subscriber::EnvFilter>() {
            reader.conflict(&[&FILTER], format!("{filter:?} is no filter: {error}"));
        }
        Self {
            filter,
            format: reader.choice(&FORMAT, LogFormat::named, LogFormat::Auto),
        }
    }
}
