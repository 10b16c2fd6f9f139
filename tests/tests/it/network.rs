//! A node whose network to the database does not do what it should.

use std::num::NonZeroUsize;
use std::time::Duration;

use uuid::Uuid;
use waybill_domain::fixtures;
use waybill_domain::{Actor, ActorKind, OrderCommand, OrderId, Policy, Position};
use waybill_infra::commands::{CommandError, CommandHandler, Executed, Request};
use waybill_infra::db::{Db, DbOptions};
use waybill_infra::log::{AppendError, EventLog, LogOptions, Topic};
use waybill_infra::orders::Orders;
use waybill_tests::database::{TestDatabase, socket};
use waybill_tests::network::{Fault, Network, Victim};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// On whose connection faults lie in wait.
const APPENDING: Victim = Victim::Speaks("waybill_append($1");

/// A node's log and its commands, over a network of its own.
struct Shop {
    log: EventLog,
    handler: CommandHandler,
    network: Network,
}

impl Shop {
    async fn over_a_network(database: &TestDatabase, options: LogOptions) -> Self {
        let network = Network::to(socket(), 11).await.unwrap();
        let db = Db::new(&DbOptions::new(database.url_through(&network))).unwrap();
        let log = EventLog::open(db, options).await.unwrap();
        let orders = Orders::new(log.clone(), NonZeroUsize::new(100).unwrap());
        let handler = CommandHandler::new(log.clone(), orders, Policy::default());
        Self {
            log,
            handler,
            network,
        }
    }

    async fn place(&self) -> Result<Executed, CommandError> {
        let mut order = fixtures::new_order();
        order.reference = None;
        let number = fixtures::order_number(u64::from(rand::random::<u32>()));
        let request = Request {
            order_id: OrderId::from(Uuid::now_v7()),
            command: OrderCommand::from(order.numbered(number)),
            actor: Actor::new(ActorKind::Staff, "ann"),
            expected_version: None,
            key: None,
            correlation_id: "network".into(),
            causation_id: None,
        };
        let wanted = request.order_id;
        let executed = self.handler.execute(request).await?;
        assert_eq!(executed.receipt.order_id, wanted, "somebody else's answer");
        Ok(executed)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_befalls_a_batch_its_callers_are_told_what_became_of_it() {
    let database = TestDatabase::create().await;
    let shop = Shop::over_a_network(&database, LogOptions::default()).await;
    shop.place().await.unwrap();
    let mut placed = vec![Position(1)];
    for fault in [
        Fault::CutAnswer,
        Fault::CutQuestion,
        Fault::TruncateAnswer,
        Fault::DoubleQuestion,
        Fault::Delay(Duration::from_millis(100)),
        Fault::RepeatQuestion,
        Fault::RepeatAnswer,
    ] {
        // A connection that appends, for the fault to lie in wait on.
        placed.push(shop.place().await.unwrap().receipt.position);
        let strike = shop.network.strike(fault, APPENDING);
        // Whoever lies in wait is there first.
        let both = async { tokio::join!(biased; strike, shop.place()).1 };
        let done = tokio::time::timeout(PATIENCE * 2, both).await;
        let done = done.unwrap_or_else(|_| panic!("{fault:?} struck nobody"));
        match done {
            Ok(done) => placed.push(done.receipt.position),
            // What Postgres says of bytes that make no sense may be that this can never work.
            Err(CommandError::Append(AppendError::Unavailable)) => {}
            Err(error) => panic!("{fault:?}: {error}"),
        }
        for _ in 0..3 {
            let done = shop
                .place()
                .await
                .unwrap_or_else(|e| panic!("after {fault:?}: {e}"));
            placed.push(done.receipt.position);
        }
    }
    // Each got a place of its own, and there is nothing else.
    let log = database.log().await;
    let page = log.read(&Topic::Orders, Position(0), 1_000).await.unwrap();
    let written: Vec<_> = page.events.iter().map(|event| event.position()).collect();
    placed.sort_unstable();
    assert_eq!(placed, written);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_whose_connection_has_vanished_without_a_word_listens_anew() {
    let database = TestDatabase::create().await;
    // Only a notification tells it of what others append.
    let options = LogOptions {
        poll: Duration::from_hours(1),
        silence: Duration::from_millis(200),
        ..LogOptions::default()
    };
    let shop = Shop::over_a_network(&database, options).await;
    let vanish = shop.network.strike(Fault::Lose, Victim::Speaks("LISTEN"));
    let vanished = tokio::time::timeout(PATIENCE, vanish).await;
    vanished.expect("it asks whether anybody is there");
    let other = Shop::over_a_network(&database, LogOptions::default()).await;
    let placed = other.place().await.unwrap().receipt.position;
    let mut head = shop.log.head();
    let arrived = head.wait_for(|head| head.mark.position >= placed);
    tokio::time::timeout(PATIENCE, arrived)
        .await
        .expect("it hears of it")
        .unwrap();
}
