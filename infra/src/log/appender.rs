//! Group commit across callers: a batch or two under way, and what arrives meanwhile is the next batch.
//!
//! No timer decides when a batch is full. A lone command is a batch of one and waits for nobody; under
//! load the commit of one batch is the time in which the next one gathers. Two batches that are under way
//! together have nothing in common, so it does not matter which of them the lock lets in first.

use std::collections::{HashSet, VecDeque};
use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use sqlx::postgres::PgConnection;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;
use waybill_domain::{OrderId, Reference, Timestamp};

use super::append::{self, Append, AppendError, Appended, Prepared, Verdict};
use super::event::LogEvent;
use super::tail::Tail;
use crate::db::{self, Db, Failure};
use crate::histogram::Histogram;
use crate::vital::Vital;

/// Batches under way at a time. The second one is received, parsed and waiting at the lock while the first
/// is executed and synced, and meanwhile the callers of the one before are answered.
const LANES: usize = 2;
/// From how many commands on they are shared out between the lanes; fewer share one commit.
const SHARED_FROM: usize = 16;
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
        db: &Db,
        tail: &Tail,
        queue: usize,
        tasks: &TaskTracker,
        vital: Vital,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(queue);
        let closed = tokio_util::sync::CancellationToken::new();
        let appending = Arc::new(Appending::default());
        let lane = || Lane {
            db: db.clone(),
            tail: tail.clone(),
            connection: None,
            appending: Arc::clone(&appending),
        };
        let task = Task {
            lanes: iter::repeat_with(lane).take(LANES).collect(),
            pending: VecDeque::new(),
            under_way: Claims::default(),
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
    /// Those that are free.
    lanes: Vec<Lane>,
    pending: VecDeque<Waiting>,
    /// What the batches under way are about.
    under_way: Claims,
}

/// One batch after the other, over a connection of its own.
struct Lane {
    db: Db,
    tail: Tail,
    /// With the server's process at its other end. Given up after any error, because what is left in it
    /// is not known.
    connection: Option<(u32, PgConnection)>,
    appending: Arc<Appending>,
}

/// A batch that was written, and the lane that is free again.
struct Written {
    lane: Lane,
    claims: Claims,
}

impl Task {
    async fn run(
        mut self,
        mut queue: mpsc::Receiver<Waiting>,
        closed: tokio_util::sync::CancellationToken,
    ) {
        let mut busy = FuturesUnordered::new();
        loop {
            // Whoever was just answered, or is just coming, gets to say what he wants: then it is in this
            // batch. Nobody is waited for.
            if !self.lanes.is_empty() {
                tokio::task::yield_now().await;
            }
            while self.pending.len() < MAX_COMMANDS
                && let Ok(waiting) = queue.try_recv()
            {
                self.pending.push_back(waiting);
            }
            while let Some((lane, batch)) = self.next_batch() {
                let claims = Claims::of(&batch);
                busy.push(async move {
                    let lane = lane.run(batch).await;
                    Written { lane, claims }
                });
            }
            let room = self.pending.len() < MAX_COMMANDS;
            tokio::select! {
                Some(written) = busy.next() => {
                    self.under_way.release(&written.claims);
                    self.lanes.push(written.lane);
                }
                Some(waiting) = queue.recv(), if room && !queue.is_closed() => {
                    self.pending.push_back(waiting);
                }
                () = closed.cancelled(), if !queue.is_closed() => queue.close(),
                else => {
                    // Closed, and nothing is under way: what is left in the queue is the last.
                    let Some(waiting) = queue.recv().await else { return };
                    self.pending.push_back(waiting);
                }
            }
        }
    }

    /// What a free lane is to do next.
    fn next_batch(&mut self) -> Option<(Lane, Vec<Waiting>)> {
        if self.pending.is_empty() {
            return None;
        }
        let lane = self.lanes.pop()?;
        let all = self.pending.len() + self.under_way.orders.len();
        let share = all.div_ceil(LANES).clamp(SHARED_FROM, MAX_COMMANDS);
        let batch = take_batch(&mut self.pending, &mut self.under_way, share);
        if batch.is_empty() {
            self.lanes.push(lane);
            return None;
        }
        Some((lane, batch))
    }
}

impl Lane {
    async fn run(mut self, batch: Vec<Waiting>) -> Self {
        metrics::histogram!("waybill_append_batch_commands")
            .record(u32::try_from(batch.len()).unwrap_or(u32::MAX));
        let started = std::time::Instant::now();
        self.write(batch).await;
        let took = started.elapsed();
        metrics::histogram!("waybill_append_seconds").record(took);
        self.appending.took.record(took);
        self
    }

    /// Writes a batch and answers its callers.
    async fn write(&mut self, batch: Vec<Waiting>) {
        let (prepared, answers): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|w| (w.prepared, w.answer)).unzip();
        match self.call_until_known(&prepared).await {
            Ok(verdicts) => self.settle(prepared, answers, verdicts),
            Err(BatchError::Data) if prepared.len() > 1 => {
                // One bad item must not fail its neighbours: each on its own.
                for (prepared, answer) in prepared.into_iter().zip(answers) {
                    Box::pin(self.write(vec![Waiting { prepared, answer }])).await;
                }
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
                Failure::Data if !unknown => return Err(BatchError::Data),
                Failure::Lasting if !unknown => return Err(BatchError::NotWritten),
                Failure::Unknown => unknown = true,
                // That this try was refused says nothing of an earlier one that may have been done.
                Failure::RolledBack | Failure::Lasting | Failure::Data => {}
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
        let (pid, mut connection) = match self.connection.take() {
            Some(connection) => connection,
            None => match tokio::time::timeout(CALL, db::guarded(self.connect())).await {
                Ok(Ok(connection)) => connection,
                // Nothing was sent, so nothing can have been written.
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the appender cannot connect");
                    return Err(Failure::RolledBack);
                }
                Err(_) => return Err(Failure::RolledBack),
            },
        };
        let call = db::guarded(append::call(&mut connection, batch));
        let failure = match tokio::time::timeout(CALL, call).await {
            Ok(Ok(verdicts)) => {
                self.connection = Some((pid, connection));
                return Ok(verdicts);
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, commands = batch.len(), "a batch failed");
                db::classify(&error)
            }
            Err(_) => {
                tracing::warn!(
                    commands = batch.len(),
                    seconds = CALL.as_secs(),
                    "a batch got no answer in time"
                );
                Failure::Unknown
            }
        };
        self.tail.hands_over_no_more(pid);
        Err(failure)
    }

    async fn connect(&self) -> Result<(u32, PgConnection), sqlx::Error> {
        let mut connection = self.db.connect_direct().await?;
        let pid: i32 = sqlx::query_scalar(include_str!("sql/backend.sql"))
            .fetch_one(&mut connection)
            .await?;
        let pid = pid.cast_unsigned();
        self.tail.hands_over(pid);
        Ok((pid, connection))
    }

    fn settle(
        &self,
        batch: Vec<Prepared>,
        answers: Vec<oneshot::Sender<Answer>>,
        verdicts: Vec<Verdict>,
    ) {
        let mut events: Vec<Arc<LogEvent>> = Vec::with_capacity(batch.len());
        let mut told = Vec::with_capacity(batch.len());
        for ((prepared, answer), verdict) in batch.into_iter().zip(answers).zip(verdicts) {
            let appended = match verdict {
                Verdict::Ok { receipt, first } => {
                    let own = first.map_or_else(Vec::new, |first| {
                        let seal = |position, id| self.tail.seal(position, id);
                        prepared.into_events(first, receipt.recorded_at, seal)
                    });
                    events.extend(own.iter().map(Arc::clone));
                    Appended::Done(receipt, own)
                }
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
    }
}

enum BatchError {
    Data,
    NotWritten,
    Unknown,
}

/// What no two commands may be about that are on their way at the same time.
#[derive(Default)]
struct Claims {
    orders: HashSet<OrderId>,
    keys: HashSet<[u8; 32]>,
    /// Numbers and references of new orders.
    names: HashSet<String>,
}

impl Claims {
    fn of(batch: &[Waiting]) -> Self {
        let mut claims = Self::default();
        for waiting in batch {
            claims.enter(&waiting.prepared.append);
        }
        claims
    }

    fn free_of(&self, append: &Append) -> bool {
        !self.orders.contains(&append.order_id)
            && append.key.is_none_or(|key| !self.keys.contains(&key.key))
            && names(append).all(|name| !self.names.contains(name))
    }

    fn enter(&mut self, append: &Append) {
        self.orders.insert(append.order_id);
        self.keys.extend(append.key.map(|key| key.key));
        self.names.extend(names(append).map(str::to_owned));
    }

    fn release(&mut self, done: &Self) {
        for order in &done.orders {
            self.orders.remove(order);
        }
        for key in &done.keys {
            self.keys.remove(key);
        }
        for name in &done.names {
            self.names.remove(name);
        }
    }
}

/// The names that a new order takes for itself.
fn names(append: &Append) -> impl Iterator<Item = &str> {
    let number = (append.expected_version == 0).then(|| append.order_number.as_str());
    let reference = append.reference.as_ref().map(Reference::as_str);
    number.into_iter().chain(reference)
}

/// Takes at most `share` commands that may be on their way together and with those under way: no two on
/// one order, under one key or for one name, so that each is judged on what the one before it has
/// committed.
fn take_batch(
    pending: &mut VecDeque<Waiting>,
    under_way: &mut Claims,
    share: usize,
) -> Vec<Waiting> {
    let (mut batch, mut rest) = (Vec::new(), VecDeque::new());
    // Those of a command that has to wait, too: a later one must not overtake it.
    let mut waiting_for = Claims::default();
    let mut bytes = 0;
    for waiting in pending.drain(..) {
        let append = &waiting.prepared.append;
        let fits = batch.is_empty()
            || (batch.len() < share && bytes + waiting.prepared.bytes <= MAX_BYTES);
        if fits && waiting_for.free_of(append) && under_way.free_of(append) {
            under_way.enter(append);
            bytes += waiting.prepared.bytes;
            batch.push(waiting);
        } else {
            waiting_for.enter(append);
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
