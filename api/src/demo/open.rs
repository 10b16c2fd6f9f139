//! The demo's orders that are still on their way, as the log tells.

use std::collections::BTreeMap;

use waybill_domain::{Actor, Envelope, OrderEvent, OrderId, Status};

/// See the module's documentation.
pub(super) struct OpenOrders {
    demo: Actor,
    orders: BTreeMap<OrderId, Status>,
}

impl OpenOrders {
    pub(super) fn new(demo: Actor) -> Self {
        Self {
            demo,
            orders: BTreeMap::new(),
        }
    }

    pub(super) fn orders(&self) -> &BTreeMap<OrderId, Status> {
        &self.orders
    }

    /// Takes in the log's next event; `None` is one that this build can't read.
    pub(super) fn observe(&mut self, envelope: &Envelope, event: Option<&OrderEvent>) {
        let order = envelope.order_id;
        if envelope.actor != self.demo {
            // Somebody has taken it in hand; moving it under his eyes would only be in his way.
            self.leave(order);
            return;
        }
        match event {
            Some(OrderEvent::Created(_)) => self.put(order, Status::Pending),
            Some(OrderEvent::StatusChanged(change)) => self.put(order, change.to),
            Some(OrderEvent::Updated(_)) => {}
            Some(OrderEvent::Cancelled(_) | OrderEvent::Completed(_)) | None => self.leave(order),
        }
    }

    /// Forgets an order.
    pub(super) fn leave(&mut self, order: OrderId) {
        self.orders.remove(&order);
    }

    fn put(&mut self, order: OrderId, status: Status) {
        self.orders.insert(order, status);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use waybill_domain::{
        ActorKind, CancelReason, Cancelled, CommandId, EventId, Position, StatusChanged, Timestamp,
    };

    use super::*;

    fn envelope(order: OrderId, actor: Actor) -> Envelope {
        Envelope {
            event_id: EventId::from(Uuid::now_v7()),
            order_id: order,
            order_number: "ORD-1".parse().unwrap(),
            customer_id: "ada".parse().unwrap(),
            version: 1,
            position: Position(1),
            recorded_at: Timestamp::UNIX_EPOCH,
            actor,
            command_id: CommandId::from(Uuid::now_v7()),
            correlation_id: "test".to_owned(),
            causation_id: None,
        }
    }

    fn moved(to: Status) -> OrderEvent {
        OrderEvent::StatusChanged(StatusChanged {
            from: Status::Pending,
            to,
            personal: None,
        })
    }

    #[test]
    fn an_order_is_followed_until_it_ends_or_somebody_else_takes_it() {
        let demo = Actor::new(ActorKind::System, "demo");
        let mut open = OpenOrders::new(demo.clone());
        let [first, second] = [1, 2].map(|n| OrderId::from(Uuid::from_u128(n)));
        for order in [first, second] {
            let moved = moved(Status::Processing);
            open.observe(&envelope(order, demo.clone()), Some(&moved));
        }
        assert_eq!(open.orders().len(), 2);
        assert_eq!(open.orders()[&first], Status::Processing);

        let staff = Actor::new(ActorKind::Staff, "ann");
        open.observe(&envelope(first, staff), Some(&moved(Status::Shipped)));
        let end = OrderEvent::Cancelled(Cancelled {
            from: Status::Processing,
            reason: CancelReason::Other,
            personal: None,
        });
        open.observe(&envelope(second, demo), Some(&end));
        assert!(open.orders().is_empty());
    }
}
