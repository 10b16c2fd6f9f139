//! Keeps one projection's live copy up with the log, as one of possibly several nodes.
//!
//! Each step reads a page of the log after the checkpoint, locks the checkpoint, applies the page and
//! moves the checkpoint, in one transaction. A node that finds the checkpoint locked, or somewhere else
//! than it thought, has lost nothing but the work: no event is ever applied twice.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use waybill_domain::Position;
use waybill_infra::db::guarded;
use waybill_infra::log::{Epoch, EventLog, LogEvent, Topic};

use crate::batch::{self, How};
use crate::checkpoint::Checkpoint;
use crate::projection::{ApplyError, Projection};
use crate::slot::Slot;

/// Events of a batch at first. What waits while a batch is applied becomes the next one, so batches
/// grow by themselves under load.
const BATCH: usize = 256;
/// How long a node that found another one at work leaves it to it.
const BUSY: Duration = Duration::from_millis(50);
/// How long one step may take; its statements have shorter bounds of their own at the server.
const STEP: Duration = Duration::from_mins(1);
/// How long events gather between two steps, unless somebody waits to read them: a step costs as much for one as for
/// dozens. The first one after a silence waits for nobody.
const GATHER: Duration = Duration::from_millis(40);
/// What begins a step. Nobody waits for the disk: rows and checkpoint are in one transaction, so that a server that
/// crashes takes back both or neither, and the log has what they are made of.
const BEGIN: &str = "BEGIN; SET LOCAL synchronous_commit = off";
/// How often a node with nothing to do looks whether that is still so.
const IDLE: Duration = Duration::from_secs(1);
/// How long a stopped projection waits before it looks again: another build may have gone on, or a
/// rebuild have been switched to.
const STOPPED: Duration = Duration::from_secs(5);
/// The shortest wait after a failure; it doubles with each further one.
const BACKOFF: Duration = Duration::from_millis(100);

/// Bounds of what keeps the read models up with the log.
#[derive(Clone, Copy, Debug)]
pub struct RunnerOptions {
    /// Events that one transaction applies at most; keeps it short.
    pub batch_max: usize,
    /// The longest wait between two tries while the database fails.
    pub retry_max: Duration,
}

impl Default for RunnerOptions {
    fn default() -> Self {
        Self {
            batch_max: 1_000,
            retry_max: Duration::from_secs(10),
        }
    }
}

pub(crate) struct Runner {
    log: EventLog,
    projection: Arc<dyn Projection>,
    checkpoint: Checkpoint,
    options: RunnerOptions,
    batch: usize,
    /// The epoch in which the checkpoint was last seen to fit the log.
    fits: Option<Epoch>,
    failures: u32,
    /// What was last logged as the reason for stopping, to say it once only.
    told: Option<String>,
}

enum Step {
    /// There may be more at once.
    Applied,
    /// All that there was.
    Level,
    /// Nothing to do until the log grows.
    CaughtUp,
    /// Another node holds the checkpoint, or has moved it.
    Busy,
    Stopped(String),
}

impl Runner {
    pub(crate) fn new(
        log: EventLog,
        projection: Arc<dyn Projection>,
        checkpoint: Checkpoint,
        options: RunnerOptions,
    ) -> Self {
        Self {
            log,
            projection,
            checkpoint,
            options,
            batch: BATCH.min(options.batch_max),
            fits: None,
            failures: 0,
            told: None,
        }
    }

    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut head = self.log.head();
        loop {
            head.mark_unchanged();
            // Given up only if the server has vanished without a word: a step is short, and ends with its
            // transaction.
            let stepped = tokio::time::timeout(STEP, guarded(self.step()))
                .await
                .unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut.into()));
            let wait = match stepped {
                Ok(Step::Applied) => Duration::ZERO,
                Ok(Step::Level) => GATHER,
                Ok(Step::CaughtUp) => IDLE,
                Ok(Step::Busy) => BUSY,
                Ok(Step::Stopped(reason)) => self.stopped(reason),
                Err(error) => self.failed(&error),
            };
            tokio::select! {
                () = stop.cancelled() => return,
                _ = head.changed(), if wait == IDLE => {}
                () = self.checkpoint.wanted(), if wait == GATHER => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn step(&mut self) -> Result<Step, ApplyError> {
        let epoch = self.log.head().borrow().epoch;
        if self.fits.is_none() {
            self.checkpoint.learn(self.checkpoint.read().await?);
        }
        let from = self.checkpoint.known();
        let page = self.log.walk(&Topic::Orders, from, self.batch).await?;
        self.show_lag(from, page.events.first());
        if page.events.is_empty() && self.fits == Some(epoch) {
            return Ok(Step::CaughtUp);
        }
        let step = match self.apply(from, &page.events, How::Together).await {
            // One of them is at fault: find out which.
            Err(error) if error.poison().is_some() => {
                self.apply(from, &page.events, How::Singly).await
            }
            other => other,
        }?;
        if !matches!(step, Step::Busy) {
            self.failures = 0;
        }
        if matches!(step, Step::Applied | Step::CaughtUp) {
            self.fits = Some(epoch);
            self.told = None;
            self.batch = if page.more {
                (self.batch * 2).min(self.options.batch_max)
            } else {
                BATCH.min(self.options.batch_max)
            };
        }
        Ok(match step {
            Step::Applied if !page.more => Step::Level,
            step => step,
        })
    }

    async fn apply(
        &self,
        from: Position,
        events: &[Arc<LogEvent>],
        how: How,
    ) -> Result<Step, ApplyError> {
        let db = self.checkpoint.db();
        let mut transaction = db.begin_with(BEGIN).await?;
        let Some(claim) = self.checkpoint.claim(&mut transaction, false).await? else {
            return Ok(Step::Busy);
        };
        if claim.position != from {
            self.checkpoint.learn(claim.position);
            return Ok(Step::Busy);
        }
        if !claim.matches {
            let reason = format!(
                "the log is not the one that the rows up to position {from} were made from: rebuild"
            );
            self.checkpoint
                .advance(&mut transaction, from, from, None, Some(&reason))
                .await?;
            transaction.commit().await?;
            return Ok(Step::Stopped(reason));
        }
        if !follows(from, events) {
            // Cannot be, as positions have no gaps. If it is, no row may be made from it.
            return Ok(Step::Stopped(format!(
                "the log shows no event at position {}",
                from.next()
            )));
        }
        let mut slot = Slot::new(&mut transaction, db);
        let outcome = batch::apply(&*self.projection, &mut slot, events, how).await?;
        let to = outcome.through.as_ref().map_or(from, |e| e.position());
        let event: Option<Uuid> = outcome.through.as_ref().map(|e| e.envelope.event_id.into());
        if to != from || outcome.stopped.is_some() {
            self.checkpoint
                .advance(
                    &mut transaction,
                    from,
                    to,
                    event,
                    outcome.stopped.as_deref(),
                )
                .await?;
        }
        transaction.commit().await?;
        self.checkpoint.learn(to);
        let name = self.projection.name();
        metrics::counter!("waybill_projection_events_total", "projection" => name)
            .increment(to.0 - from.0);
        #[expect(
            clippy::cast_precision_loss,
            reason = "a gauge; exact up to 2^53 orders"
        )]
        metrics::gauge!("waybill_projection_parked_orders", "projection" => name)
            .set(outcome.parked_in_all as f64);
        for parked in &outcome.parked {
            tracing::error!(
                projection = name, order_id = %parked.order_id, version = parked.version,
                position = parked.position, reason = parked.reason,
                "an order is parked: its rows are stale until it is redriven"
            );
        }
        Ok(match outcome.stopped {
            Some(reason) => Step::Stopped(reason),
            None if to == from => Step::CaughtUp,
            None => Step::Applied,
        })
    }

    /// Shows how far behind the log the rows are, and for how long the next event has been waiting.
    fn show_lag(&self, from: Position, next: Option<&Arc<LogEvent>>) {
        let name = self.projection.name();
        let head = self.log.head().borrow().mark.position;
        let waiting = next.map_or(0.0, |event| {
            let since = self.log.clock().since(event.envelope.recorded_at);
            since.as_secs_f64()
        });
        #[expect(
            clippy::cast_precision_loss,
            reason = "a gauge; exact up to 2^53 events"
        )]
        let events = head.0.saturating_sub(from.0) as f64;
        metrics::gauge!("waybill_projection_lag_events", "projection" => name).set(events);
        metrics::gauge!("waybill_projection_lag_seconds", "projection" => name).set(waiting);
    }

    fn stopped(&mut self, reason: String) -> Duration {
        self.fits = None;
        if self.told.as_ref() != Some(&reason) {
            tracing::error!(
                projection = self.projection.name(),
                reason,
                "a projection stopped"
            );
            self.told = Some(reason);
        }
        STOPPED
    }

    fn failed(&mut self, error: &ApplyError) -> Duration {
        let wait = (BACKOFF * 2_u32.pow(self.failures.min(20))).min(self.options.retry_max);
        self.failures = self.failures.saturating_add(1);
        // A smaller batch needs less of whatever there was too little of, such as time.
        self.batch = (self.batch / 4).max(1);
        self.fits = None;
        metrics::counter!("waybill_projection_failures_total", "projection" => self.projection.name())
            .increment(1);
        tracing::warn!(
            projection = self.projection.name(), %error, failures = self.failures,
            retry_in_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            "a batch could not be applied; trying again"
        );
        wait
    }
}

/// Whether `events` go on exactly after `from`.
fn follows(from: Position, events: &[Arc<LogEvent>]) -> bool {
    events
        .iter()
        .zip(from.0 + 1..)
        .all(|(event, position)| event.position().0 == position)
}
