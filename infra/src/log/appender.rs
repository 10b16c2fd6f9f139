//! Group commit across callers: one batch in flight, and what arrives meanwhile is the next batch.
//!
//! No timer decides when a batch is full. A lone command is a batch of one and waits for nobody; under
//! load the commit of one batch is the time in which the next one gathers.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::postgres::PgConnection;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;
use waybill_domain::{Position, Timestamp};

use super::append::{self, Append, AppendError, Appended, Prepared, Receipt, Verdict};
use super::event::LogEvent;
use super::tail::Tail;
use crate::db::{self, Db, Failure};
use crate::histogram::Histogram;
use crate::vital::Vital;

/// Commands in one batch at most.
const MAX_COMMANDS: usize = 512;
/// Stored bytes in one batch at most, unless a single command has more.
const MAX_BYTES: usize = 4 << 20;
/// How long one call may take before its connection is given up and its outcome counts as unknown.
const CALL: Duration = Duration::from_secs(10);
/// The pauses before each further try of a batch: about 8 s in all, enough for Postgres to restart.
const PAUSES: [Duration; 8] = [
    Duration::from_millis(20),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

type Answer = Result<Appended, AppendError>;

struct Waiting {
    prepared: Prepared,
    answer: oneshot::Sender<Answer>,
}

/// What an appender has counted since it began.
#[derive(Debug, Default)]
pub struct Appending {
    events: AtomicU64,
    /// How long each batch took, from its call to its verdicts, retries included.
    pub took: Histogram,
}

impl Appending {
    /// Events that were appended.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }
}

/// The way to the appender's task; cheap to clone.
#[derive(Clone)]
pub(super) struct Appender {
    queue: mpsc::Sender<Waiting>,
    closed: tokio_util::sync::CancellationToken,
    appending: Arc<Appending>,
}

impl Appender {
    pub(super) fn start(
        db: Db,
        tail: Tail,
        queue: usize,
        tasks: &TaskTracker,
        vital: Vital,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(queue);
        let closed = tokio_util::sync::CancellationToken::new();
        let appending = Arc::new(Appending::default());
        let task = Task {
            db,
            tail,
            connection: None,
            appending: Arc::clone(&appending),
        };
        let work = task.run(receiver, closed.clone());
        tasks.spawn(vital.watch("appender", closed.clone(), work));
        Self {
            queue: sender,
            closed,
            appending,
        }
    }

    pub(super) fn appending(&self) -> &Appending {
        &self.appending
    }

    /// Commands that the task has not taken yet.
    pub(super) fn queued(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    pub(super) async fn append(&self, append: Append) -> Answer {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            prepared: Prepared::new(append),
            answer,
        };
        self.queue
            .try_send(waiting)
            .map_err(|refused| match refused {
                mpsc::error::TrySendError::Full(_) => AppendError::Overloaded,
                mpsc::error::TrySendError::Closed(_) => AppendError::Unavailable,
            })?;
        // The task answers everything that it takes; it is gone only if it panicked in mid-batch.
        answered.await.unwrap_or(Err(AppendError::OutcomeUnknown))
    }

    /// Refuses what comes from now on; what is queued is still written.
    pub(super) async fn close(&self) {
        self.closed.cancel();
        self.queue.closed().await;
    }
}

struct Task {
    db: Db,
    tail: Tail,
    /// The appender's own. Given up after any error, because what is left in it is not known.
    connection: Option<PgConnection>,
    appending: Arc<Appending>,
}

impl Task {
    async fn run(
        mut self,
        mut queue: mpsc::Receiver<Waiting>,
        closed: tokio_util::sync::CancellationToken,
    ) {
        let mut pending = VecDeque::new();
        loop {
            if pending.is_empty() {
                let next = tokio::select! {
                    next = queue.recv() => next,
                    () = closed.cancelled(), if !queue.is_closed() => {
                        queue.close();
                        continue;
                    }
                };
                match next {
                    Some(waiting) => pending.push_back(waiting),
                    None => return,
                }
            }
            while pending.len() < MAX_COMMANDS
                && let Ok(waiting) = queue.try_recv()
            {
                pending.push_back(waiting);
            }
            let batch = take_batch(&mut pending);
            metrics::histogram!("waybill_append_batch_commands")
                .record(u32::try_from(batch.len()).unwrap_or(u32::MAX));
            let started = std::time::Instant::now();
            // What has to be sent again goes first, in its old order.
            for waiting in self.write(batch).await.into_iter().rev() {
                pending.push_front(waiting);
            }
            let took = started.elapsed();
            metrics::histogram!("waybill_append_seconds").record(took);
            self.appending.took.record(took);
        }
    }

    /// Writes a batch, answers its callers, and returns those that have to be sent again.
    async fn write(&mut self, batch: Vec<Waiting>) -> Vec<Waiting> {
        let (prepared, answers): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|w| (w.prepared, w.answer)).unzip();
        match self.call_until_known(&prepared).await {
            Ok(verdicts) => self.settle(prepared, answers, verdicts),
            Err(BatchError::Data) if prepared.len() > 1 => {
                // One bad item must not fail its neighbours: each on its own.
                let mut again = Vec::new();
                for (prepared, answer) in prepared.into_iter().zip(answers) {
                    again.extend(Box::pin(self.write(vec![Waiting { prepared, answer }])).await);
                }
                again
            }
            Err(error) => {
                let error = match error {
                    BatchError::Data => AppendError::Refused,
                    BatchError::NotWritten => AppendError::Unavailable,
                    BatchError::Unknown => AppendError::OutcomeUnknown,
                };
                for answer in answers {
                    // A caller that has gone away needs no answer.
                    let _ = answer.send(Err(error.clone()));
                }
                Vec::new()
            }
        }
    }

    /// Sends the batch, under the same keys, until the database says what became of it.
    async fn call_until_known(&mut self, batch: &[Prepared]) -> Result<Vec<Verdict>, BatchError> {
        let mut unknown = false;
        for pause in PAUSES.iter().map(Some).chain([None]) {
            let failure = match self.call_once(batch).await {
                Ok(verdicts) => return Ok(verdicts),
                Err(failure) => failure,
            };
            match failure {
                Failure::Data => return Err(BatchError::Data),
                Failure::Lasting if !unknown => return Err(BatchError::NotWritten),
                Failure::Unknown => unknown = true,
                Failure::RolledBack | Failure::Lasting => {}
            }
            if let Some(pause) = pause {
                metrics::counter!("waybill_append_retries_total").increment(1);
                // Between half and all of it, so that nodes do not retry in step.
                tokio::time::sleep(pause.mul_f64(0.5 + rand::random::<f64>() / 2.0)).await;
            }
        }
        Err(if unknown {
            BatchError::Unknown
        } else {
            BatchError::NotWritten
        })
    }

    async fn call_once(&mut self, batch: &[Prepared]) -> Result<Vec<Verdict>, Failure> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => match tokio::time::timeout(CALL, self.db.connect_direct()).await {
                Ok(Ok(connection)) => connection,
                // Nothing was sent, so nothing can have been written.
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the appender cannot connect");
                    return Err(Failure::RolledBack);
                }
                Err(_) => return Err(Failure::RolledBack),
            },
        };
        match tokio::time::timeout(CALL, append::call(&mut connection, batch)).await {
            Ok(Ok(verdicts)) => {
                self.connection = Some(connection);
                Ok(verdicts)
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, commands = batch.len(), "a batch failed");
                Err(db::classify(&error))
            }
            Err(_) => {
                tracing::warn!(
                    commands = batch.len(),
                    seconds = CALL.as_secs(),
                    "a batch got no answer in time"
                );
                Err(Failure::Unknown)
            }
        }
    }

    fn settle(
        &self,
        batch: Vec<Prepared>,
        answers: Vec<oneshot::Sender<Answer>>,
        verdicts: Vec<Verdict>,
    ) -> Vec<Waiting> {
        let mut again = Vec::new();
        let mut events: Vec<Arc<LogEvent>> = Vec::new();
        let mut told = Vec::new();
        for ((prepared, answer), verdict) in batch.into_iter().zip(answers).zip(verdicts) {
            let appended = match verdict {
                Verdict::Again => {
                    again.push(Waiting { prepared, answer });
                    continue;
                }
                Verdict::Ok { receipt, first } => self.done(&prepared, receipt, first, &mut events),
                Verdict::Repeated(receipt) => Appended::Done(receipt, Vec::new()),
                Verdict::KeyReused => Appended::KeyReused,
                Verdict::Conflict { current } => Appended::Conflict { current },
                Verdict::NumberTaken => Appended::NumberTaken,
                Verdict::ReferenceTaken => Appended::ReferenceTaken,
            };
            told.push((answer, appended));
        }
        events.sort_by_key(|event| event.position());
        let count = events.len() as u64;
        metrics::counter!("waybill_events_appended_total").increment(count);
        self.appending.events.fetch_add(count, Ordering::Relaxed);
        // Into the tail before the callers hear of it, so that they can read what they wrote.
        self.tail.extend(events);
        for (answer, appended) in told {
            let _ = answer.send(Ok(appended));
        }
        again
    }

    fn done(
        &self,
        prepared: &Prepared,
        receipt: Receipt,
        first: Option<Position>,
        events: &mut Vec<Arc<LogEvent>>,
    ) -> Appended {
        let envelopes = first
            .map(|first| prepared.envelopes(first, receipt.recorded_at))
            .unwrap_or_default();
        let size = prepared.bytes / envelopes.len().max(1);
        for (envelope, event) in envelopes.iter().zip(&prepared.append.events) {
            let cursor = self.tail.seal(envelope.position, envelope.event_id.into());
            events.push(Arc::new(LogEvent::new(
                envelope.clone(),
                Ok(event.clone()),
                cursor,
                size,
            )));
        }
        Appended::Done(receipt, envelopes)
    }
}

enum BatchError {
    Data,
    NotWritten,
    Unknown,
}

/// Takes the commands that may share a batch: no two on one order or under one key, so that each is
/// judged on what the one before it has committed.
fn take_batch(pending: &mut VecDeque<Waiting>) -> Vec<Waiting> {
    let (mut orders, mut keys) = (HashSet::new(), HashSet::new());
    let (mut batch, mut rest) = (Vec::new(), VecDeque::new());
    let mut bytes = 0;
    for waiting in pending.drain(..) {
        let append = &waiting.prepared.append;
        let fits = batch.is_empty()
            || (batch.len() < MAX_COMMANDS && bytes + waiting.prepared.bytes <= MAX_BYTES);
        // Both are entered even if the command has to wait: a later one must not overtake it.
        let free = orders.insert(append.order_id) & keys.insert(append.key.key);
        if fits && free {
            bytes += waiting.prepared.bytes;
            batch.push(waiting);
        } else {
            rest.push_back(waiting);
        }
    }
    *pending = rest;
    batch
}

/// The log's clock, for those who decide before they append; the log takes its own time when it writes.
pub(crate) fn now() -> Timestamp {
    Timestamp::from(chrono::Utc::now())
}
