//! Making a read model anew beside the live one, and switching to it.
//!
//! The other copy of the tables is emptied and loses its indexes; every order is folded from its whole
//! stream and its rows are copied in, in bulk; the indexes are built; what was appended meanwhile is
//! caught up with as a runner would; the two copies are compared; and one transaction makes the new one
//! the live one. Until then nobody but the rebuild sees it, so a rebuild that dies leaves nothing behind
//! but work for the next one. Memory stays flat: a few pages of events, and at most one order's stream.

mod compare;
pub(crate) mod fold;
mod lease;
mod load;
mod switch;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use waybill_domain::{OrderId, Position};

use crate::projection::{ApplyError, Projection};
use crate::read_models::{Model, ReadModels};
use lease::Lease;

/// How a rebuild goes about it.
#[derive(Clone, Copy, Debug)]
pub struct RebuildOptions {
    /// Events that are read and copied at once.
    pub page: usize,
    /// For how long a rebuild that has died keeps others from beginning.
    pub lease: Duration,
    /// For how long somebody may still read the old copy after the switch: longer than any read
    /// takes, shorter than the lease.
    pub grace: Duration,
    /// Whether to switch to the new copy, or only to make and compare it.
    pub switch: bool,
}

impl Default for RebuildOptions {
    fn default() -> Self {
        Self {
            page: 2_000,
            lease: Duration::from_secs(30),
            grace: Duration::from_secs(10),
            switch: true,
        }
    }
}

/// What a rebuild is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Emptying the other copy; `done` and `total` are 0 and 1.
    Clearing,
    /// Folding orders and copying their rows; counted in events.
    Folding,
    /// Building indexes; counted in steps.
    Indexing,
    /// Applying what was appended meanwhile; counted in events.
    CatchingUp,
    /// Comparing the copies; counted in rows, whose total is not known.
    Comparing,
    /// Making the new copy the live one, and emptying the old one once nobody reads it any more.
    Switching,
}

impl Phase {
    /// Its name as stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clearing => "clearing",
            Self::Folding => "folding",
            Self::Indexing => "indexing",
            Self::CatchingUp => "catching_up",
            Self::Comparing => "comparing",
            Self::Switching => "switching",
        }
    }
}

/// How far a rebuild is.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// How much of that is done, in the phase's own units.
    pub done: u64,
    /// Of how much; 0 when it is not known.
    pub total: u64,
    /// Units a second since the phase began.
    pub per_second: f64,
}

/// What a rebuild has made.
#[derive(Clone, Debug, Serialize)]
pub struct Rebuilt {
    /// Events that were folded.
    pub events: u64,
    /// Orders whose rows were copied in bulk.
    pub orders: u64,
    /// Orders that were parked in the new copy; 0 when they could not be counted after the switch.
    pub parked: u64,
    /// How it compares with the live copy; `None` where that was made from another log.
    pub compared: Option<Compared>,
    /// The position that the new copy reflected at the end.
    pub position: Position,
    /// Whether the new copy is the live one now.
    pub switched: bool,
    /// How long it took, with the switch if there was one.
    pub seconds: f64,
    /// Events folded and copied a second, without what came after.
    pub events_per_second: f64,
}

/// What the comparison of both copies found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Compared {
    /// Rows that were compared.
    pub rows: u64,
    /// Rows that differ, or that only one copy has.
    pub differing: u64,
    /// Some of the orders that they are about, at most 20.
    pub examples: Vec<OrderId>,
}

/// Why there is no new copy.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// There is no such projection.
    #[error("there is no projection {0}; there are order_list, order_timeline and order_analytics")]
    UnknownProjection(String),
    /// Another one is under way, on this node or another. One that has died ends within
    /// [`RebuildOptions::lease`].
    #[error("the projection is being rebuilt already")]
    Running,
    /// It took too long over something, and another one may have begun.
    #[error("the rebuild lost its lease")]
    LeaseLost,
    /// The log has an event that only a newer build knows.
    #[error("{0}")]
    NewerEvent(String),
    /// More orders cannot be copied than can be remembered; something else must be wrong.
    #[error("more than {0} orders cannot be copied")]
    TooManyUnfit(usize),
    /// The database refused, or an order could not be applied.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// Postgres has ended sessions, as it does when it crashes; rows that were committed without waiting for the disk may
    /// be gone.
    #[error("the database has restarted, and may have lost rows of the new copy: begin again")]
    ServerRestarted,
    /// A thread that folds orders has died.
    #[error("folding was cut short: {0}")]
    Cut(#[from] tokio::task::JoinError),
}

impl From<sqlx::Error> for RebuildError {
    fn from(error: sqlx::Error) -> Self {
        Self::Apply(error.into())
    }
}

/// What is told how far a rebuild is, often.
pub type OnProgress<'p> = &'p (dyn Fn(Progress) + Send + Sync);

impl ReadModels {
    /// Makes the read model `name` anew beside the live copy, compares the two, and switches.
    ///
    /// # Errors
    /// [`RebuildError`]; the live copy is then what it was, unless the answer to the switch itself was lost.
    pub async fn rebuild(
        &self,
        name: &str,
        options: RebuildOptions,
        on_progress: OnProgress<'_>,
    ) -> Result<Rebuilt, RebuildError> {
        let model = self
            .models()
            .iter()
            .find(|model| model.projection.name() == name)
            .ok_or_else(|| RebuildError::UnknownProjection(name.to_owned()))?;
        let lease = Lease::take(self.log().db().clone(), model.projection.name(), options).await?;
        let rebuild = Rebuild {
            models: self,
            model,
            projection: Arc::clone(&model.projection),
            lease: &lease,
            options,
            on_progress,
        };
        let result = rebuild.run().await;
        let outcome = match &result {
            Ok(made) if made.switched => "switched".to_owned(),
            Ok(_) => "compared".to_owned(),
            Err(error) => error.to_string(),
        };
        tracing::info!(projection = name, outcome, "a rebuild ended");
        // The lease runs out by itself, and what was made or not made stays so.
        if let Err(error) = lease.end(&outcome).await {
            tracing::warn!(projection = name, %error, "the end of a rebuild could not be recorded");
        }
        result
    }
}

/// A rebuild under way.
struct Rebuild<'r> {
    models: &'r ReadModels,
    model: &'r Model,
    projection: Arc<dyn Projection>,
    lease: &'r Lease,
    options: RebuildOptions,
    on_progress: OnProgress<'r>,
}

impl Rebuild<'_> {
    async fn run(&self) -> Result<Rebuilt, RebuildError> {
        let began = Instant::now();
        self.clear().await?;
        let folding = Instant::now();
        let upto = self.models.log().head().borrow().mark.position;
        let loaded = self.load(upto).await?;
        let per_second = rate(loaded.events, folding);
        self.index().await?;
        self.finish_load(upto, &loaded.leftovers).await?;
        self.catch_up().await?;
        let compared = self.compare().await?;
        let position = if self.options.switch {
            self.switch().await?
        } else {
            self.lease.reached().await?
        };
        let seconds = began.elapsed().as_secs_f64();
        let parked = match self.parked().await {
            Err(error) if self.options.switch => {
                self.tell_after_switch(&error, "counting its parked orders");
                0
            }
            parked => parked?,
        };
        // What is not live now is of no use, and holds what may have to be forgotten.
        match self.clear().await {
            Err(error) if self.options.switch => {
                self.tell_after_switch(&error, "emptying the old copy; the next rebuild does");
            }
            cleared => cleared?,
        }
        Ok(Rebuilt {
            events: loaded.events,
            orders: loaded.orders,
            parked,
            compared,
            position,
            switched: self.options.switch,
            seconds,
            events_per_second: per_second,
        })
    }

    /// The new copy is live whatever fails after that, and whoever asked must not take it for failed.
    fn tell_after_switch(&self, error: &RebuildError, what: &str) {
        let projection = self.projection.name();
        tracing::warn!(projection, %error, what, "a rebuild has switched, and something failed after it");
    }

    /// Empties the copy that is not live, once nobody can still be reading it.
    async fn clear(&self) -> Result<(), RebuildError> {
        let mut meter = self.meter(Phase::Clearing, 1);
        meter.show(0).await?;
        tokio::time::sleep(self.lease.grace().await?).await;
        self.lease.clear().await?;
        meter.show(1).await
    }

    fn meter(&self, phase: Phase, total: u64) -> Meter<'_> {
        Meter {
            lease: self.lease,
            on_progress: self.on_progress,
            phase,
            total,
            began: Instant::now(),
            stored: None,
        }
    }
}

/// Shows the progress of one phase: to the caller each time, in the database once a second.
struct Meter<'r> {
    lease: &'r Lease,
    on_progress: OnProgress<'r>,
    phase: Phase,
    total: u64,
    began: Instant,
    stored: Option<Instant>,
}

impl Meter<'_> {
    async fn show(&mut self, done: u64) -> Result<(), RebuildError> {
        (self.on_progress)(Progress {
            phase: self.phase,
            done,
            total: self.total,
            per_second: rate(done, self.began),
        });
        let lately = |at: Instant| at.elapsed() < Duration::from_secs(1);
        if self.stored.is_none_or(|at| !lately(at)) || done == self.total {
            self.lease.renew(self.phase, done, self.total).await?;
            self.stored = Some(Instant::now());
        }
        Ok(())
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "for people to read; exact up to 2^53"
)]
fn rate(done: u64, since: Instant) -> f64 {
    done as f64 / since.elapsed().as_secs_f64().max(1e-6)
}
