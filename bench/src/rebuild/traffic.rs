//! Commands at an even rate, while something else is measured.

use std::num::NonZeroUsize;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use waybill_domain::{
    ActorKind, ChangeStatus, OrderCommand, OrderId, OrderPrefix, Policy, Status, fixtures,
};
use waybill_infra::commands::{CommandHandler, Request};
use waybill_infra::log::EventLog;
use waybill_infra::orders::Orders;

/// Gives about `rate` commands a second until it is `over`: new orders, each of which is then worked on.
/// Returns how many were carried out.
pub(super) async fn give(log: EventLog, rate: u32, over: CancellationToken) -> anyhow::Result<u64> {
    let cache = NonZeroUsize::new(1_000).unwrap_or(NonZeroUsize::MIN);
    let orders = Orders::new(log.clone(), cache);
    let handler = CommandHandler::new(log, orders, Policy::default());
    // Two commands an order.
    let mut ticks = interval(Duration::from_secs(2) / rate.max(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let prefix: OrderPrefix = "LIVE-".parse()?;
    let mut given = JoinSet::new();
    let mut done = 0;
    while !over.is_cancelled() {
        ticks.tick().await;
        let number = prefix.number(u64::from(rand::random::<u32>()));
        let handler = handler.clone();
        given.spawn(async move {
            let mut order = fixtures::new_order();
            order.reference = None;
            let id = OrderId::from(Uuid::now_v7());
            let commands: [OrderCommand; 2] = [
                order.numbered(number).into(),
                ChangeStatus::to(Status::Processing).into(),
            ];
            for command in commands {
                handler.execute(request(id, command)).await?;
            }
            anyhow::Ok(2)
        });
        while let Some(orders) = given.try_join_next() {
            done += orders??;
        }
    }
    while let Some(orders) = given.join_next().await {
        done += orders??;
    }
    Ok(done)
}

fn request(order_id: OrderId, command: OrderCommand) -> Request {
    Request {
        order_id,
        command,
        actor: fixtures::actor(ActorKind::Service),
        expected_version: None,
        key: None,
        correlation_id: "bench".into(),
        causation_id: None,
    }
}
