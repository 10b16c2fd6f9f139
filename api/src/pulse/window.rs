//! Durations of the last minute.

use std::collections::VecDeque;

use waybill_infra::histogram::Counts;
use waybill_infra::log::Appending;

use super::SUMMED_UP;
use super::sample::Took;
use crate::push::meters::{Channel, Meters};

/// What was drained in each of the last samples.
#[derive(Default)]
pub(super) struct Window(VecDeque<Counts>);

impl Window {
    pub(super) fn add(&mut self, counts: Counts) {
        if self.0.len() == SUMMED_UP {
            self.0.pop_front();
        }
        self.0.push_back(counts);
    }

    pub(super) fn took(&self) -> Took {
        Took::of(&Counts::sum(&self.0))
    }
}

/// What live events took since this was last asked, on all channels together.
pub(super) fn drain_deliveries(meters: &Meters) -> Counts {
    let channels = Channel::ALL.map(|channel| {
        let counts = meters.latency(channel).drain();
        for (took, count) in counts.iter() {
            // With this instead of a call for each event the recorder is asked once a bucket.
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            metrics::histogram!("waybill_push_delivery_seconds", "channel" => channel.as_str())
                .record_many(took, count);
        }
        counts
    });
    Counts::sum(&channels)
}

/// What batches took since this was last asked.
pub(super) fn drain_appends(appending: &Appending) -> Counts {
    appending.took.drain()
}
