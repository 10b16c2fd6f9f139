//! What is to be sent, and to whom.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Events to send, numbered from 1.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// How many.
    pub events: u64,
    /// How many a second; all at once, if it does not say.
    pub per_second: Option<u32>,
}

impl Plan {
    /// All at once.
    pub fn burst(events: u64) -> Self {
        Self {
            events,
            per_second: None,
        }
    }

    /// So many a second for so long.
    pub fn steady(per_second: u32, seconds: u64) -> Self {
        Self {
            events: u64::from(per_second) * seconds,
            per_second: Some(per_second),
        }
    }

    /// When the `nth` is to be sent, counted from the first, which is the 0th.
    pub fn due(&self, nth: u64) -> Duration {
        let rate = self.per_second.map(u64::from);
        rate.map_or(Duration::ZERO, |rate| {
            Duration::from_micros(nth * 1_000_000 / rate.max(1))
        })
    }
}

/// Who follows what.
#[derive(Clone, Copy, Debug)]
pub enum Followers {
    /// All the same topic.
    One(usize),
    /// Each a topic of its own.
    Each(usize),
}

impl Followers {
    /// How many they are.
    pub fn count(self) -> usize {
        let (Self::One(count) | Self::Each(count)) = self;
        count
    }

    /// The number of the topic that the `nth` follows; likewise of that which the `nth` event is about.
    pub fn topic(self, nth: usize) -> usize {
        match self {
            Self::One(_) => 0,
            Self::Each(count) => nth % count.max(1),
        }
    }

    /// How often events are delivered in all.
    pub fn deliveries(self, events: u64) -> u64 {
        match self {
            Self::One(count) => events * count as u64,
            Self::Each(_) => events,
        }
    }
}
