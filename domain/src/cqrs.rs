//! The order as `cqrs-es` knows aggregates, so that its stock repositories read the log.
//! The only file that names that crate.

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use cqrs_es::{Aggregate, DomainEvent};

use crate::command::OrderCommand;
use crate::decide::{DecisionContext, decide};
use crate::error::OrderError;
use crate::event::OrderEvent;
use crate::order::{AGGREGATE_TYPE, Order};
use crate::stored::{self, StoredForm};

impl Aggregate for Order {
    const TYPE: &'static str = AGGREGATE_TYPE;
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use cqrs_es::mem_store::MemStore;
    use cqrs_es::{CqrsFramework, EventStore as _};
    use serde_json::json;

    use super::{Order, SerializedEvent, upcasters};
    use crate::cqrs::Aggregate as _;
    use crate::{ActorKind, ChangeStatus, OrderError, OrderEvent, Status, fixtures};

    #[tokio::test]
    async fn the_framework_runs_commands_and_replays_their_events() {
        let store = MemStore::<Order>::default();
        let cqrs = CqrsFramework::new(store.clone(), vec![], fixtures::context(ActorKind::Staff));
        let id = fixtures::order_id(1).to_string();
        let commands = [
            fixtures::create().into(),
            fixtures::update().into(),
            fixtures::change_status(Status::Processing).into(),
        ];
        for command in commands.clone() {
            cqrs.execute(&id, command).await.unwrap();
        }
        let refused = cqrs
            .execute(&id, ChangeStatus::to(Status::Pending).into())
            .await;
        assert!(matches!(
            refused,
            Err(cqrs_es::AggregateError::UserError(
                OrderError::IllegalTransition { .. }
            ))
        ));
        let events = store.load_events(&id).await.unwrap();
        let found: Vec<OrderEvent> = events.into_iter().map(|event| event.payload).collect();
        assert_eq!(found, fixtures::story(&commands));
    }

    /// A move with details emits two events; the second is decided on the order before the
    /// first, and both reach the sink.
    #[tokio::test]
    async fn all_events_of_one_command_are_written() {
        let mut order = Order::default();
        order.evolve(&fixtures::all_events()[0]);
        let body = json!({ "to": "shipped", "details": fixtures::patch_json() });
        let command = ChangeStatus::parse(body).unwrap().command;
        let sink = cqrs_es::event_sink::EventSink::default();
        let context = fixtures::context(ActorKind::Staff);
        order.handle(command.into(), &context, &sink).await.unwrap();
        assert_eq!(sink.collect().await.len(), 2);
        assert_eq!(order.status(), Some(Status::Shipped));
    }

    #[test]
    fn stock_upcasters_bring_old_payloads_to_the_newest_form() {
        let old = SerializedEvent::new(
            String::new(),
            1,
            Order::TYPE.to_owned(),
            "OrderCancelled".to_owned(),
            "1.0".to_owned(),
            json!({ "Cancelled": { "from": "pending", "cause": "customer_request" } }),
            json!(HashMap::<String, String>::new()),
        );
        let event = upcasters().iter().fold(old, |event, upcaster| {
            if upcaster.can_upcast(&event.event_type, &event.event_version) {
                upcaster.upcast(event)
            } else {
                event
            }
        });
        assert_eq!(event.event_version, "2.0");
        let event: OrderEvent = serde_json::from_value(event.payload).unwrap();
        assert!(matches!(
            event,
            OrderEvent::Cancelled(cancelled) if cancelled.reason == crate::CancelReason::Customer
        ));
    }
}
