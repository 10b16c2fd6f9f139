//! Orders for tests, placed and moved through the command handler of a node.

use uuid::Uuid;
use waybill_api::app::App;
use waybill_domain::{Actor, ActorKind, CustomerId, NewOrder, OrderCommand, OrderId, fixtures};
use waybill_infra::commands::{CommandError, Executed, Request};

/// Places an order of `customer`.
pub async fn place(app: &App, customer: &str) -> Executed {
    place_with(app, customer, |_| {}).await
}

/// Places an order of `customer`, changed as the test wants it.
pub async fn place_with(app: &App, customer: &str, change: impl FnOnce(&mut NewOrder)) -> Executed {
    let mut order = fixtures::new_order();
    order.reference = None;
    order.customer_id = customer.parse::<CustomerId>().expect("a customer id");
    change(&mut order);
    let number = app.numbers.next().await.expect("an order number");
    let order_id = OrderId::from(Uuid::now_v7());
    run(app, order_id, OrderCommand::from(order.numbered(number)))
        .await
        .expect("the order is placed")
}

/// Gives `command` as a member of staff.
pub async fn run(
    app: &App,
    order_id: OrderId,
    command: impl Into<OrderCommand>,
) -> Result<Executed, CommandError> {
    let request = Request {
        order_id,
        command: command.into(),
        actor: Actor::new(ActorKind::Staff, "ann"),
        expected_version: None,
        key: None,
        correlation_id: "a-test".into(),
        causation_id: None,
    };
    app.commands.execute(request).await
}
