//! Who follows what, and one bounded queue each.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak,
};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use waybill_domain::{CustomerId, OrderId, Position};
use waybill_infra::log::{Epoch, EventLog, Head, LogEvent, Topic};

/// Stored bytes of the events that wait in one feed at most, unless it is a single one.
const QUEUE_BYTES: usize = 256 << 10;
/// Events that wait in one feed at most, however small.
const QUEUE: usize = 512;
/// Events that are taken from the log at once.
const PAGE: usize = 1_000;
/// Events, and bytes of them, that are put into the feeds before those are delivered: as much as every feed
/// has room for twice, so that a burst gives up no queue of somebody who keeps up.
const PART: usize = QUEUE / 2;
const PART_BYTES: usize = QUEUE_BYTES / 2;
/// How long the hub delivers before others get a turn on its thread.
const TURN: Duration = Duration::from_micros(500);

/// Takes what waits in a feed to where it belongs, at once, if it can.
///
/// The hub asks for it when it has put something into an empty feed. It saves waking a task for each of
/// many connections, which costs more than what the task would do.
pub trait Courier: Send + Sync {
    /// Takes all that waits, without waiting for anything. Returns false if something is left: whoever
    /// has the feed is woken then.
    fn deliver(&self) -> bool;
}

/// Spreads the log's events to the feeds that follow them. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    shared: Arc<Shared>,
}

struct Shared {
    followers: RwLock<Followers>,
    /// Every event up to here is in the feeds that follow it. Written only under `followers`.
    published: AtomicU64,
    epoch: AtomicU32,
    next_feed: AtomicU64,
    /// What all feeds follow together.
    follows: AtomicUsize,
}

#[derive(Default)]
struct Followers {
    /// Every feed, for what concerns all of them.
    all: HashMap<u64, Arc<Mailbox>>,
    orders: Mailboxes,
    customers: HashMap<CustomerId, Mailboxes>,
    order: HashMap<OrderId, Mailboxes>,
}

/// Sorted by feed, so that leaving is a binary search and a topic with one follower stays small.
type Mailboxes = Vec<(u64, Arc<Mailbox>)>;

#[derive(Default)]
struct Mailbox {
    state: Mutex<Mail>,
    ready: Notify,
    courier: OnceLock<Weak<dyn Courier>>,
}

/// Rings when there may be something to take from a feed.
pub struct Bell(Arc<Mailbox>);

impl Bell {
    /// Waits for it to ring. Once it has, whoever takes does not miss anything.
    pub async fn rung(&self) {
        self.0.ready.notified().await;
    }
}

#[derive(Default)]
struct Mail {
    queue: VecDeque<Arc<LogEvent>>,
    /// Of the events in the queue.
    bytes: usize,
    /// Set when the queue was given up: every event up to here has to be read from the log.
    lost_upto: Option<Position>,
}

impl Hub {
    /// Starts spreading what is appended from now on, until `stop`.
    #[must_use]
    pub fn start(log: &EventLog, stop: CancellationToken) -> Self {
        let mut head = log.head();
        let now = *head.borrow_and_update();
        let hub = Self {
            shared: Arc::new(Shared {
                followers: RwLock::default(),
                published: AtomicU64::new(now.mark.position.0),
                epoch: AtomicU32::new(now.epoch),
                next_feed: AtomicU64::new(0),
                follows: AtomicUsize::new(0),
            }),
        };
        let (spreading, log, vital) = (hub.clone(), log.clone(), log.vital().clone());
        let stopping = stop.clone();
        let work = async move {
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    changed = head.changed() => if changed.is_err() { return },
                }
                let now = *head.borrow_and_update();
                spreading.follow_epoch(now);
                while let Err(error) = spreading.spread(&log).await {
                    tracing::warn!(%error, "events could not be read for pushing; trying again");
                    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                }
            }
        };
        // Without it nothing is pushed, and nobody would be told.
        tokio::spawn(vital.watch("push", stopping, work));
        hub
    }

    /// A new feed, which follows nothing yet.
    #[must_use]
    pub fn feed(&self) -> Feed {
        let id = self.shared.next_feed.fetch_add(1, Ordering::Relaxed);
        let mailbox = Arc::<Mailbox>::default();
        self.followers_mut().all.insert(id, Arc::clone(&mailbox));
        Feed {
            id,
            mailbox,
            hub: self.clone(),
            topics: HashMap::new(),
        }
    }

    /// Every event up to here has been put into the feeds that follow it.
    #[must_use]
    pub fn published(&self) -> Position {
        Position(self.shared.published.load(Ordering::Acquire))
    }

    /// The log's epoch as far as the feeds are concerned.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.shared.epoch.load(Ordering::Acquire)
    }

    /// How many feeds there are.
    #[must_use]
    pub fn feeds(&self) -> usize {
        self.followers().all.len()
    }

    /// How many topics are followed, each as often as some feed does.
    #[must_use]
    pub fn follows(&self) -> usize {
        self.shared.follows.load(Ordering::Relaxed)
    }

    async fn spread(&self, log: &EventLog) -> Result<(), sqlx::Error> {
        loop {
            let page = log.read(&Topic::Orders, self.published(), PAGE).await?;
            if page.events.is_empty() {
                return Ok(());
            }
            let mut rest = &page.events[..];
            while !rest.is_empty() {
                let (part, later) = rest.split_at(part_of(rest));
                deliver(self.put(part)).await;
                rest = later;
            }
        }
    }

    /// Puts events into the feeds that follow them, and returns those that were empty before.
    fn put(&self, events: &[Arc<LogEvent>]) -> Vec<Arc<Mailbox>> {
        let followers = self.followers();
        let mut filled = Vec::new();
        followers.put(events, &mut filled);
        if let Some(last) = events.last() {
            // Under the lock: a feed that follows from here on gets everything after this.
            self.shared
                .published
                .store(last.position().0, Ordering::Release);
        }
        filled
    }

    fn follow_epoch(&self, head: Head) {
        if head.epoch == self.epoch() {
            return;
        }
        let followers = self.followers_mut();
        self.shared
            .published
            .store(head.mark.position.0, Ordering::Release);
        self.shared.epoch.store(head.epoch, Ordering::Release);
        for mailbox in followers.all.values() {
            *mailbox.mail() = Mail::default();
            mailbox.ready.notify_one();
        }
    }

    fn followers(&self) -> RwLockReadGuard<'_, Followers> {
        self.shared
            .followers
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn followers_mut(&self) -> RwLockWriteGuard<'_, Followers> {
        self.shared
            .followers
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many of `events` are put into the feeds before those are delivered: one at least.
fn part_of(events: &[Arc<LogEvent>]) -> usize {
    let mut bytes = 0;
    let fits = events.iter().take(PART).take_while(|event| {
        bytes += event.size();
        bytes <= PART_BYTES
    });
    fits.count().max(1)
}

/// Has what is in these feeds taken from them: by their couriers, or by whoever has them.
async fn deliver(filled: Vec<Arc<Mailbox>>) {
    let mut since = Instant::now();
    for mailbox in filled {
        mailbox.deliver();
        if since.elapsed() >= TURN {
            tokio::task::yield_now().await;
            since = Instant::now();
        }
    }
}

impl Followers {
    /// Adds to `filled` those that were empty before.
    fn put(&self, events: &[Arc<LogEvent>], filled: &mut Vec<Arc<Mailbox>>) {
        // Whoever follows all orders gets everything by that, and what comes by another topic of his, too,
        // he has already.
        for (_, mailbox) in &self.orders {
            if mailbox.put(events) {
                filled.push(Arc::clone(mailbox));
            }
        }
        for event in events {
            let envelope = &event.envelope;
            let customer = self.customers.get(&envelope.customer_id);
            let order = self.order.get(&envelope.order_id);
            for (_, mailbox) in [customer, order].into_iter().flatten().flatten() {
                if mailbox.put(std::slice::from_ref(event)) {
                    filled.push(Arc::clone(mailbox));
                }
            }
        }
    }

    fn of(&mut self, topic: &Topic) -> &mut Mailboxes {
        match topic {
            Topic::Orders => &mut self.orders,
            Topic::Customer(id) => self.customers.entry(id.clone()).or_default(),
            Topic::Order(id) => self.order.entry(*id).or_default(),
        }
    }

    fn leave(&mut self, topic: &Topic, feed: u64) {
        let mailboxes = self.of(topic);
        if let Ok(at) = mailboxes.binary_search_by_key(&feed, |(id, _)| *id) {
            mailboxes.remove(at);
        }
        if mailboxes.is_empty() {
            match topic {
                Topic::Orders => {}
                Topic::Customer(id) => drop(self.customers.remove(id)),
                Topic::Order(id) => drop(self.order.remove(id)),
            }
        }
    }
}

impl Mailbox {
    /// Puts events in, in log order, and says whether it was empty before.
    fn put(&self, events: &[Arc<LogEvent>]) -> bool {
        let mut mail = self.mail();
        let was_empty = mail.queue.is_empty() && mail.lost_upto.is_none();
        for event in events {
            mail.put(event);
        }
        was_empty
    }

    fn deliver(&self) {
        let courier = self.courier.get().and_then(Weak::upgrade);
        if !courier.is_some_and(|courier| courier.deliver()) {
            self.ready.notify_one();
        }
    }

    fn mail(&self) -> MutexGuard<'_, Mail> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mail {
    fn put(&mut self, event: &Arc<LogEvent>) {
        if let Some(upto) = &mut self.lost_upto {
            *upto = event.position().max(*upto);
            return;
        }
        let last = self.queue.back();
        // A feed may follow several topics of one event.
        if last.is_some_and(|last| last.position() >= event.position()) {
            return;
        }
        // A single event always fits: its size is bounded where it is made.
        let full = last.is_some() && self.bytes + event.size() > QUEUE_BYTES;
        if full || self.queue.len() == QUEUE {
            self.queue = VecDeque::new();
            self.bytes = 0;
            self.lost_upto = Some(event.position());
        } else {
            self.bytes += event.size();
            self.queue.push_back(Arc::clone(event));
        }
    }
}

/// One client's queue of events, in log order, of the topics that it follows.
pub struct Feed {
    id: u64,
    mailbox: Arc<Mailbox>,
    hub: Hub,
    /// How often each topic is followed.
    topics: HashMap<Topic, usize>,
}

/// What was waiting in a feed.
pub struct Drained {
    /// In log order.
    pub events: Vec<Arc<LogEvent>>,
    /// If set, the queue was given up: events up to here are to be read from the log.
    pub lost_upto: Option<Position>,
    /// Every followed event up to here is in `events`, came earlier, or was lost.
    pub through: Position,
}

impl Feed {
    /// Follows `topic`. Every event of it after the position returned will come through this feed.
    pub fn follow(&mut self, topic: &Topic) -> Position {
        let mut followers = self.hub.followers_mut();
        let count = self.topics.entry(topic.clone()).or_default();
        *count += 1;
        self.hub.shared.follows.fetch_add(1, Ordering::Relaxed);
        if *count == 1 {
            let mailboxes = followers.of(topic);
            if let Err(at) = mailboxes.binary_search_by_key(&self.id, |(id, _)| *id) {
                mailboxes.insert(at, (self.id, Arc::clone(&self.mailbox)));
            }
        }
        self.hub.published()
    }

    /// Takes back one [`Feed::follow`].
    pub fn unfollow(&mut self, topic: &Topic) {
        if let Some(count) = self.topics.get_mut(topic) {
            *count -= 1;
            self.hub.shared.follows.fetch_sub(1, Ordering::Relaxed);
            if *count == 0 {
                self.topics.remove(topic);
                self.hub.followers_mut().leave(topic, self.id);
            }
        }
    }

    /// Waits until there may be something to take.
    pub async fn ready(&self) {
        self.mailbox.ready.notified().await;
    }

    /// Rings when there may be something to take, for whoever cannot hold the feed while he waits.
    #[must_use]
    pub fn bell(&self) -> Bell {
        Bell(Arc::clone(&self.mailbox))
    }

    /// From now on `courier` is asked first when something has come. There can be one only.
    pub fn deliver_by(&self, courier: Weak<dyn Courier>) {
        let _ = self.mailbox.courier.set(courier);
    }

    /// Whether the queue was given up, and something has to be read from the log.
    #[must_use]
    pub fn has_lost(&self) -> bool {
        self.mailbox.mail().lost_upto.is_some()
    }

    /// Takes everything that is waiting.
    #[must_use]
    pub fn take(&self) -> Drained {
        // Read first: what is published by now is in the queue by now.
        let through = self.hub.published();
        let mut mail = self.mailbox.mail();
        let lost_upto = mail.lost_upto.take();
        let queue = std::mem::take(&mut mail.queue);
        mail.bytes = 0;
        drop(mail);
        Drained {
            events: queue.into(),
            lost_upto,
            through,
        }
    }

    /// The hub that fills this feed.
    #[must_use]
    pub fn hub(&self) -> &Hub {
        &self.hub
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        let left = self.topics.values().sum();
        self.hub.shared.follows.fetch_sub(left, Ordering::Relaxed);
        let mut followers = self.hub.followers_mut();
        followers.all.remove(&self.id);
        for topic in self.topics.keys() {
            followers.leave(topic, self.id);
        }
    }
}
