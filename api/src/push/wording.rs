//! Messages that many connections are sent, made once.
//!
//! Whoever follows the same topic under the same name and with the same rights gets the very same bytes.
//! The hub goes from one connection to the next, so it is enough to remember what was made last.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use waybill_projections::push::Run;

use super::frames;
use super::line::MESSAGE_BYTES;
use super::rfc6455::Text;

/// Runs that are remembered: of so many kinds of connections at a time.
const KINDS: usize = 8;

/// One message of several events.
pub(super) struct Message {
    /// Framed.
    pub(super) bytes: Bytes,
    /// How many of the run's events are in it and in those before it.
    pub(super) upto: usize,
}

/// See the module's documentation.
#[derive(Default)]
pub(super) struct Wording {
    newest: Mutex<VecDeque<(Run, Arc<[Message]>)>>,
}

impl Wording {
    /// The messages that say `run`.
    pub(super) fn of(&self, run: &Run) -> Arc<[Message]> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, messages)) = newest.iter().find(|(made, _)| made == run) {
            return Arc::clone(messages);
        }
        let messages = write(run);
        newest.truncate(KINDS - 1);
        newest.push_front((run.clone(), Arc::clone(&messages)));
        messages
    }
}

fn write(run: &Run) -> Arc<[Message]> {
    let mut messages = Vec::new();
    let mut text = Text::new();
    for (nth, event) in run.events.iter().enumerate() {
        let json = event.wire(run.audience);
        frames::write_event(text.line(), std::slice::from_ref(&run.id), json, None);
        if text.len() >= MESSAGE_BYTES || nth + 1 == run.events.len() {
            messages.push(Message {
                bytes: std::mem::replace(&mut text, Text::new()).framed(),
                upto: nth + 1,
            });
        }
    }
    messages.into()
}
