//! Orders for tests, placed and moved through the command handler of a node.

use std::time::Duration;

use sha2::{Digest, Sha256};
use uuid::Uuid;
use waybill_api::app::App;
use waybill_domain::{Actor, ActorKind, CustomerId, NewOrder, OrderCommand, OrderId, fixtures};
use waybill_infra::commands::{CommandError, Executed, Request};
use waybill_infra::log::CommandKey;

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

/// The wish to place an order of `customer`, with a key by which it is known when it comes again.
pub async fn request_to_place(app: &App, customer: &str, key: &str) -> Request {
    let mut order = fixtures::new_order();
    order.reference = None;
    order.customer_id = customer.parse::<CustomerId>().expect("a customer id");
    let number = loop {
        // The database may be away for a moment in tests that cut it off.
        match app.numbers.next().await {
            Ok(number) => break number,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    let key: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    Request {
        key: Some(CommandKey { key, request: key }),
        ..staff_request(
            OrderId::from(Uuid::now_v7()),
            OrderCommand::from(order.numbered(number)),
        )
    }
}

/// Gives `command` as a member of staff.
pub async fn run(
    app: &App,
    order_id: OrderId,
    command: impl Into<OrderCommand>,
) -> Result<Executed, CommandError> {
    let request = staff_request(order_id, command.into());
    app.commands.execute(request).await
}

fn staff_request(order_id: OrderId, command: OrderCommand) -> Request {
    Request {
        order_id,
        command,
        actor: Actor::new(ActorKind::Staff, "ann"),
        expected_version: None,
        key: None,
        correlation_id: "a-test".into(),
        causation_id: None,
    }
}
