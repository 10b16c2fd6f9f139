//! Demo orders for `waybill dev`: a shop that places orders and moves them along, so that there is something to see.
//!
//! They are real commands through the real handler, given by the actor `system`/`demo`. Which orders are still on
//! their way is read from the log, so a restart goes on where the last run ended. An order that anybody else has
//! touched is left to him. What it adds is bounded: at most `plan::MOST_OPEN` orders on their way, and after the
//! first ten minutes nothing happens while no browser is connected.

mod catalogue;
mod open;
mod plan;

use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use waybill_domain::{Actor, ActorKind, InvalidFields, OrderCommand, OrderId, Position};
use waybill_infra::commands::{CommandError, Request};
use waybill_infra::log::Topic;

use self::open::OpenOrders;
use self::plan::Step;
use crate::app::Shared;

pub use self::catalogue::DEMO_CUSTOMER;

/// How far back the log is searched for orders that are on their way.
const LOOK_BACK_EVENTS: u64 = 5_000;
/// Events read at once.
const PAGE: usize = 500;
/// Steps taken at once on an empty log, so that the first look at the pages shows something: some 70 orders.
const SEED_STEPS: usize = 240;

/// Why a step of the demo was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The log or the numbers could not be read.
    #[error("the database could not be read: {0}")]
    Database(#[from] sqlx::Error),
    /// The command did nothing.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The catalogue holds something that no order may hold.
    #[error("the demo's catalogue is at fault: {0}")]
    Catalogue(#[from] InvalidFields),
}

/// The demo shop.
pub struct Demo {
    app: Shared,
    actor: Actor,
    open: OpenOrders,
    read_to: Position,
    random: StdRng,
}

impl Demo {
    /// Finds the orders that are on their way. On an empty log, places the first ones and moves them along.
    ///
    /// # Errors
    /// When the log can't be read or written.
    pub async fn begin(app: Shared) -> Result<Self, DemoError> {
        let actor = Actor::new(ActorKind::System, "demo");
        let head = app.log.head().borrow().mark.position;
        let mut demo = Self {
            open: OpenOrders::new(actor.clone()),
            app,
            actor,
            read_to: Position(head.0.saturating_sub(LOOK_BACK_EVENTS)),
            random: StdRng::from_os_rng(),
        };
        if head == Position(0) {
            for _ in 0..SEED_STEPS {
                demo.step(Past::Days).await?;
            }
        }
        Ok(demo)
    }

    /// Takes a step now and then until told to stop. What goes wrong is logged and tried again later.
    pub async fn run(mut self, stop: CancellationToken) {
        let started = Instant::now();
        loop {
            let pause = pause(started.elapsed());
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            let watched = !self.app.push.connections.is_empty();
            if (watched || started.elapsed() < LIVELY)
                && let Err(error) = self.step(Past::Now).await
            {
                tracing::warn!(%error, "the demo could not go on; trying again");
            }
        }
    }

    async fn step(&mut self, past: Past) -> Result<(), DemoError> {
        self.read_on().await?;
        let step = plan::choose(self.open.orders(), &mut self.random);
        let (order_id, command) = match step {
            Step::Place => {
                let ago = past.pick(&mut self.random);
                let order = catalogue::order(ago, &mut self.random)?;
                let number = self.app.numbers.next().await?;
                let id = OrderId::from(Uuid::now_v7());
                (id, OrderCommand::from(order.numbered(number)))
            }
            Step::Change(order, change) => (order, plan::command(change, &mut self.random)?),
        };
        let request = Request {
            order_id,
            command,
            actor: self.actor.clone(),
            expected_version: None,
            key: None,
            correlation_id: format!("demo-{}", Uuid::new_v4()),
            causation_id: None,
        };
        match self.app.commands.execute(request).await {
            Ok(_) => Ok(()),
            // Somebody was faster. What he did is in the log, and read before the next step.
            Err(
                CommandError::Refused(_) | CommandError::Conflict { .. } | CommandError::NotFound,
            ) => {
                self.open.leave(order_id);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn read_on(&mut self) -> Result<(), DemoError> {
        loop {
            let page = self
                .app
                .log
                .walk(&Topic::Orders, self.read_to, PAGE)
                .await?;
            for event in &page.events {
                self.open
                    .observe(&event.envelope, event.event.as_ref().ok());
            }
            self.read_to = page.through;
            if !page.more {
                return Ok(());
            }
        }
    }
}

/// For how long there is much to see, whether anybody looks or not.
const LIVELY: Duration = Duration::from_mins(10);

/// The demo slows down, so that a server left running for weeks does not fill its disk.
fn pause(running: Duration) -> Duration {
    const A_WHILE: Duration = Duration::from_hours(2);
    match running {
        time if time < LIVELY => Duration::from_secs(3),
        time if time < A_WHILE => Duration::from_secs(10),
        _ => Duration::from_mins(1),
    }
}

/// How long ago an order was placed, by the shop's word.
#[derive(Clone, Copy)]
enum Past {
    /// Just now, so that it appears at the top of the list.
    Now,
    Days,
}

impl Past {
    fn pick(self, random: &mut impl rand::Rng) -> chrono::TimeDelta {
        let secs = match self {
            Self::Now => 0,
            Self::Days => random.random_range(600..7 * 86_400),
        };
        chrono::TimeDelta::seconds(secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_slows_down_and_never_stops_asking() {
        let pauses: Vec<u64> = [0, 599, 600, 7_199, 7_200, 1_000_000]
            .map(|secs| pause(Duration::from_secs(secs)).as_secs())
            .into();
        assert_eq!(pauses, [3, 3, 10, 10, 60, 60]);
    }
}
