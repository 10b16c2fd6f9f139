//! The newest events in memory: contiguous positions, bounded by number and by bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use waybill_domain::Position;

use super::event::LogEvent;

pub(super) struct Ring {
    events: VecDeque<Arc<LogEvent>>,
    bytes: usize,
    max_events: usize,
    max_bytes: usize,
}

impl Ring {
    pub(super) fn new(max_events: usize, max_bytes: usize) -> Self {
        Self {
            events: VecDeque::new(),
            bytes: 0,
            max_events,
            max_bytes,
        }
    }

    /// Takes the event after the newest, and lets go of the oldest while there is too much.
    pub(super) fn push(&mut self, event: Arc<LogEvent>) {
        debug_assert!(
            self.events
                .back()
                .is_none_or(|last| last.position().0 + 1 == event.position().0)
        );
        self.bytes += event.size();
        self.events.push_back(event);
        // The newest stays whatever its size, so that the tail always knows its own last event.
        while self.events.len() > 1
            && (self.events.len() > self.max_events || self.bytes > self.max_bytes)
        {
            if let Some(gone) = self.events.pop_front() {
                self.bytes -= gone.size();
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.events.clear();
        self.bytes = 0;
    }

    /// The oldest position that is here.
    pub(super) fn first(&self) -> Option<Position> {
        self.events.front().map(|event| event.position())
    }

    pub(super) fn get(&self, position: Position) -> Option<&Arc<LogEvent>> {
        let first = self.events.front()?.position().0;
        self.events
            .get(usize::try_from(position.0.checked_sub(first)?).ok()?)
    }

    /// The events after `after`, or nothing if some of them are no longer here.
    pub(super) fn after(&self, after: Position) -> Option<impl Iterator<Item = &Arc<LogEvent>>> {
        let first = self.events.front()?.position().0;
        let skip = (after.0 + 1).checked_sub(first)?;
        Some(
            self.events
                .range(usize::try_from(skip).ok()?.min(self.events.len())..),
        )
    }
}
