//! The order as `cqrs-es` knows aggregates, so that its stock repositories read the log.
//! The only file that names that crate.

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use cqrs_es::{Aggregate, DomainEvent};

use crate::command::OrderCommand;
use crate::decide::{DecisionContext, decide};
use crate::error::OrderError;
use crate::event::OrderEvent;
use crate::order::Order;
use crate::stored::{self, StoredForm};

impl Aggregate for Order {
    const TYPE: &'static str = "order";
    type Command = OrderCommand;
    type Event = OrderEvent;
    type Error = OrderError;
    type Services = DecisionContext;

    async fn handle(
        &mut self,
        command: Self::Command,
        service: &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in decide(self, &command, service)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        self.evolve(&event);
    }
}

impl DomainEvent for OrderEvent {
    fn event_type(&self) -> String {
        self.kind().stored_type().to_owned()
    }

    fn event_version(&self) -> String {
        stored::current_version(self.kind()).to_owned()
    }
}

/// The upcasters of [`stored::FORMS`] for a stock event store
/// (`PersistedEventStore::with_upcasters`), in the order in which they apply.
#[must_use]
pub fn upcasters() -> Vec<Box<dyn EventUpcaster>> {
    stored::upcasters_of()
        .map(|(form, next, upcast)| -> Box<dyn EventUpcaster> {
            Box::new(FormUpcaster { form, next, upcast })
        })
        .collect()
}

/// Brings one stored form to the next. A stock repository reads the payload only, so the
/// personal half is absent here.
struct FormUpcaster {
    form: &'static StoredForm,
    next: &'static str,
    upcast: stored::Upcast,
}

impl EventUpcaster for FormUpcaster {
    fn can_upcast(&self, event_type: &str, event_version: &str) -> bool {
        event_type == self.form.kind.stored_type() && event_version == self.form.version
    }

    fn upcast(&self, mut event: SerializedEvent) -> SerializedEvent {
        (self.upcast)(&mut event.payload, None);
        self.next.clone_into(&mut event.event_version);
        event
    }
}
