//! One client's subscriptions: what it has to be sent next.
//!
//! Each subscription knows two positions. Everything up to `seen` has been dealt with; everything after
//! `live_from` comes through the feed. While `seen < live_from` the subscription replays from the log;
//! from `seen >= live_from` on it is live, and what the feed brings up to `seen` is passed over. So the
//! hand-over can neither skip nor repeat, and a queue that was given up only moves `live_from` ahead.

use std::sync::{Arc, Weak};

use waybill_domain::{Audience, Position};
use waybill_infra::log::{Cursor, CursorError, Epoch, EventLog, LogEvent, Topic};
use waybill_infra::orders::{LoadOrderError, Orders};

use super::feed::{Bell, Courier, Drained, Feed, Hub};
use super::summaries::Summaries;

/// Events read from the log at once for one subscription.
const PAGE: usize = 256;

/// What a client wants to follow.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// The client's name for it, unique among its subscriptions.
    pub id: Arc<str>,
    /// What it follows.
    pub topic: Topic,
    /// How much of it the client may see.
    pub audience: Audience,
    /// Wire types that it wants, such as `order.created`; empty means all.
    pub types: Vec<Arc<str>>,
    /// Whether each event comes with its order's summary as of that event.
    pub include_order: bool,
}

struct Active {
    wanted: Subscription,
    seen: Position,
    live_from: Position,
    /// Whether the client has been told that it is live.
    told_live: bool,
    /// Up to where the client was told, by an event or by a cursor.
    told: Position,
}

impl Active {
    fn is_live(&self) -> bool {
        self.seen >= self.live_from
    }

    fn wants(&self, event: &LogEvent) -> bool {
        self.wanted.topic.covers(event)
            && (self.wanted.types.is_empty() || {
                let name = event.wire_type();
                // What cannot be read is shown to whoever might have wanted it.
                event.event.is_err() || self.wanted.types.iter().any(|t| **t == *name)
            })
    }
}

/// An event for one or more of the client's subscriptions, with the same rights and the same extras.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The subscriptions that it is for.
    pub ids: Vec<Arc<str>>,
    /// The event.
    pub event: Arc<LogEvent>,
    /// How much of it the client may see.
    pub audience: Audience,
    /// The order's summary as JSON, if it was asked for.
    pub order: Option<bytes::Bytes>,
    /// Whether it came as it was appended; otherwise it is a replay's, and as old as the client was away.
    pub live: bool,
}

/// One thing to send.
#[derive(Clone, Debug)]
pub enum Output {
    /// An event.
    Event(Delivery),
    /// The replay of this subscription is over.
    Live {
        /// The subscription.
        id: Arc<str>,
        /// Where it stands.
        cursor: String,
    },
    /// Nothing for this subscription up to here.
    Cursor {
        /// The subscription.
        id: Arc<str>,
        /// Where it stands.
        cursor: String,
    },
    /// The log is no longer the one that the client knows. The subscription has ended.
    Reset {
        /// The subscription.
        id: Arc<str>,
    },
}

/// What can be sent at once.
#[derive(Debug)]
pub enum Waiting {
    /// Nothing.
    Nothing,
    /// There may be something, and finding out takes more.
    NotAtOnce,
    /// Events for the only subscription.
    Run(Run),
    /// Events for several.
    Outputs(Vec<Output>),
}

/// Live events for one subscription.
#[derive(Clone, Debug)]
pub struct Run {
    /// The subscription.
    pub id: Arc<str>,
    /// How much of them the client may see.
    pub audience: Audience,
    /// The events, in log order.
    pub events: Vec<Arc<LogEvent>>,
}

impl Run {
    /// The same for those of its `events`, one by one.
    #[must_use]
    pub fn outputs(&self, events: &[Arc<LogEvent>]) -> Vec<Output> {
        let output = |event: &Arc<LogEvent>| {
            Output::Event(Delivery {
                ids: vec![Arc::clone(&self.id)],
                event: Arc::clone(event),
                audience: self.audience,
                order: None,
                live: true,
            })
        };
        events.iter().map(output).collect()
    }
}

/// Of the very same events under the same name, for the same eyes.
impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        let events = || self.events.iter().zip(&other.events);
        self.id == other.id
            && self.audience == other.audience
            && self.events.len() == other.events.len()
            && events().all(|(one, other)| Arc::ptr_eq(one, other))
    }
}

/// Why a subscription was not begun.
#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    /// The id is in use.
    #[error("there is already a subscription {0}")]
    Duplicate(Arc<str>),
    /// The client has as many as it may have.
    #[error("at most {0} subscriptions a connection")]
    TooMany(usize),
    /// The cursor cannot be resumed from.
    #[error(transparent)]
    Cursor(#[from] CursorError),
}

/// See the module's documentation.
pub struct Subscriptions {
    log: EventLog,
    feed: Feed,
    epoch: Epoch,
    active: Vec<Active>,
    max: usize,
    /// The replaying subscription whose turn it is.
    turn: usize,
    /// Made but not handed out yet, because a read failed on the way: nothing is lost.
    pending: Vec<Output>,
    summaries: Summaries,
}

impl Subscriptions {
    /// None yet; at most `max` at a time.
    #[must_use]
    pub fn new(log: EventLog, orders: Orders, hub: &Hub, max: usize) -> Self {
        let epoch = hub.epoch();
        Self {
            log,
            feed: hub.feed(),
            epoch,
            active: Vec::new(),
            max,
            turn: 0,
            pending: Vec::new(),
            summaries: Summaries::new(orders),
        }
    }

    /// Begins a subscription after `cursor`. Returns the cursor from which it goes on and whether it is
    /// live at once.
    ///
    /// # Errors
    /// [`SubscribeError`]; then nothing has changed.
    pub async fn subscribe(
        &mut self,
        wanted: Subscription,
        cursor: &Cursor,
    ) -> Result<(String, bool), SubscribeError> {
        if self.active.iter().any(|a| a.wanted.id == wanted.id) {
            return Err(SubscribeError::Duplicate(wanted.id));
        }
        if self.active.len() >= self.max {
            return Err(SubscribeError::TooMany(self.max));
        }
        let live_from = self.feed.follow(&wanted.topic);
        let begun = async {
            let seen = self.log.resolve(cursor).await?;
            let text = match cursor {
                // It has just been found to stand for this very place.
                Cursor::Opaque(text) => text.clone(),
                _ => self.log.cursor_at(seen).await?,
            };
            Ok::<_, CursorError>((seen, text))
        };
        let (seen, text) = match begun.await {
            Ok(begun) => begun,
            Err(error) => {
                self.feed.unfollow(&wanted.topic);
                return Err(error.into());
            }
        };
        let active = Active {
            wanted,
            seen,
            live_from,
            told_live: false,
            told: seen,
        };
        let live = active.is_live();
        // Most clients have one, and there may be many clients.
        self.active.reserve_exact(1);
        self.active.push(Active {
            told_live: live,
            ..active
        });
        Ok((text, live))
    }

    /// Ends the subscription `id`. Returns whether there was one.
    pub fn unsubscribe(&mut self, id: &str) -> bool {
        let Some(at) = self.active.iter().position(|a| &*a.wanted.id == id) else {
            return false;
        };
        let gone = self.active.remove(at);
        self.feed.unfollow(&gone.wanted.topic);
        self.review_pending();
        true
    }

    /// Ends those that `keep` does not allow any more, and returns their ids. `keep` may change the
    /// audience of those that stay.
    pub fn authorize_again(
        &mut self,
        mut keep: impl FnMut(&mut Subscription) -> bool,
    ) -> Vec<Arc<str>> {
        let mut gone = Vec::new();
        self.active.retain_mut(|active| {
            let kept = keep(&mut active.wanted);
            if !kept {
                self.feed.unfollow(&active.wanted.topic);
                gone.push(Arc::clone(&active.wanted.id));
            }
            kept
        });
        self.review_pending();
        gone
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.active.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.active.is_empty()
    }

    /// Waits until there may be something to send. Safe to give up on.
    pub async fn ready(&self) {
        if !self.is_busy() {
            self.feed.ready().await;
        }
    }

    /// Whether there is something to send, whatever the feed brings.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.pending.is_empty() || self.active.iter().any(|a| !a.is_live() || !a.told_live)
    }

    /// Rings when the feed brings something, for whoever cannot hold on to `self` while he waits.
    #[must_use]
    pub fn bell(&self) -> Bell {
        self.feed.bell()
    }

    /// From now on `courier` is asked first when the feed brings something; it will
    /// [`take_at_once`](Self::take_at_once).
    pub fn deliver_by(&self, courier: Weak<dyn Courier>) {
        self.feed.deliver_by(courier);
    }

    /// What waits in the feed, if it can be had without waiting for anything: if all is live, nothing was
    /// lost, and there are no summaries to make. Otherwise nothing has changed, and
    /// [`next`](Self::next) has it.
    pub fn take_at_once(&mut self) -> Waiting {
        let summaries = self.active.iter().any(|a| a.wanted.include_order);
        let changed = self.feed.hub().epoch() != self.epoch || self.is_over();
        if summaries || changed || self.is_busy() || self.feed.has_lost() {
            return Waiting::NotAtOnce;
        }
        if self.active.len() != 1 {
            self.take_feed();
            return match std::mem::take(&mut self.pending) {
                outputs if outputs.is_empty() => Waiting::Nothing,
                outputs => Waiting::Outputs(outputs),
            };
        }
        self.take_run()
    }

    /// Puts back what was taken [at once](Self::take_at_once) and could not be sent. It is the first
    /// that [`next`](Self::next) will have.
    pub fn put_back(&mut self, unsent: Vec<Output>) {
        self.pending = unsent;
    }

    /// What is to be sent now: at most about 256 events a replaying subscription, and what waits in
    /// the feed. Call it again after having sent this; nothing is read ahead of the client.
    ///
    /// # Errors
    /// When the log cannot be read. Nothing is lost: call again.
    pub async fn next(&mut self) -> Result<Vec<Output>, LoadOrderError> {
        if self.feed.hub().epoch() != self.epoch {
            self.epoch = self.feed.hub().epoch();
            return Ok(self.reset_all());
        }
        // What was left over from a failed call goes out first, and nothing is piled on top of it.
        if self.pending.is_empty() {
            self.take_feed();
            self.replay_one().await?;
            self.tell_live().await?;
        }
        self.add_orders().await?;
        if self.is_over() {
            // The reset will follow as soon as the hub has seen the new epoch.
            self.pending.clear();
        }
        Ok(std::mem::take(&mut self.pending))
    }

    /// A cursor for each subscription that has had nothing to tell for a while, so that its client need
    /// not replay from far back. Never past an event that has not been handed out.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn cursors(&mut self) -> Result<Vec<Output>, sqlx::Error> {
        let mut outputs = Vec::new();
        if self.pending.is_empty() {
            // Nothing in it wakes anybody up, and still it tells how far there was nothing.
            self.take_feed();
        }
        if !self.pending.is_empty() {
            return Ok(outputs);
        }
        for active in self.active.iter_mut().filter(|a| a.seen > a.told) {
            let cursor = self.log.cursor_at(active.seen).await?;
            active.told = active.seen;
            outputs.push(Output::Cursor {
                id: Arc::clone(&active.wanted.id),
                cursor,
            });
        }
        if self.is_over() {
            // They may have been sealed in an epoch that their positions do not belong to.
            outputs.clear();
        }
        Ok(outputs)
    }

    /// Whether the log has begun a new epoch that these subscriptions do not know of yet.
    fn is_over(&self) -> bool {
        self.log.head().borrow().epoch != self.epoch
    }

    /// Holds what is still to be handed out against the rights that there are now.
    fn review_pending(&mut self) {
        let active = &self.active;
        let wanted = |id: &Arc<str>| active.iter().map(|a| &a.wanted).find(|w| w.id == *id);
        self.pending.retain_mut(|output| match output {
            Output::Event(delivery) => {
                delivery.ids.retain(|id| wanted(id).is_some());
                if let Some(wanted) = delivery.ids.first().and_then(wanted) {
                    delivery.audience = wanted.audience;
                    // Made anew for that audience.
                    delivery.order = delivery.order.is_some().then(bytes::Bytes::new);
                }
                !delivery.ids.is_empty()
            }
            Output::Live { id, .. } | Output::Cursor { id, .. } => wanted(id).is_some(),
            Output::Reset { .. } => true,
        });
    }

    fn reset_all(&mut self) -> Vec<Output> {
        let gone = std::mem::take(&mut self.active);
        self.pending.clear();
        self.summaries.forget();
        let _ = self.feed.take();
        gone.into_iter()
            .map(|active| {
                self.feed.unfollow(&active.wanted.topic);
                Output::Reset {
                    id: active.wanted.id,
                }
            })
            .collect()
    }

    fn take_feed(&mut self) {
        let drained = self.feed.take();
        self.spread(drained);
    }

    fn spread(&mut self, drained: Drained) {
        if let Some(upto) = drained.lost_upto {
            metrics::counter!("waybill_push_fallbacks_total").increment(1);
            for active in &mut self.active {
                active.live_from = active.live_from.max(upto);
                active.told_live &= active.is_live();
            }
        }
        for event in drained.events {
            let position = event.position();
            let mut groups: Vec<Delivery> = Vec::new();
            for active in &mut self.active {
                if active.seen >= position || !active.wanted.topic.covers(&event) {
                    continue;
                }
                if !active.is_live() {
                    // Taken out of the feed too early for this one: the replay has to reach it.
                    active.live_from = active.live_from.max(position);
                    continue;
                }
                active.seen = position;
                if active.wants(&event) {
                    active.told = position;
                    deliver(&mut groups, &active.wanted, &event, true);
                }
            }
            self.pending.extend(groups.into_iter().map(Output::Event));
        }
        for active in self.active.iter_mut().filter(|a| a.is_live()) {
            active.seen = active.seen.max(drained.through);
        }
    }

    /// Like [`take_feed`](Self::take_feed), for one live subscription.
    fn take_run(&mut self) -> Waiting {
        let drained = self.feed.take();
        let only = match &mut self.active[..] {
            [only] if drained.lost_upto.is_none() => only,
            _ => {
                self.spread(drained);
                return Waiting::NotAtOnce;
            }
        };
        let mut events = drained.events;
        let newest = events.last().map_or(drained.through, |e| e.position());
        events.retain(|event| event.position() > only.seen && only.wants(event));
        only.seen = only.seen.max(newest).max(drained.through);
        let Some(last) = events.last() else {
            return Waiting::Nothing;
        };
        only.told = last.position();
        Waiting::Run(Run {
            id: Arc::clone(&only.wanted.id),
            audience: only.wanted.audience,
            events,
        })
    }

    async fn replay_one(&mut self) -> Result<(), sqlx::Error> {
        let count = self.active.len();
        let Some(at) = (0..count)
            .map(|k| (self.turn + k) % count)
            .find(|at| !self.active[*at].is_live())
        else {
            return Ok(());
        };
        self.turn = at + 1;
        let active = &mut self.active[at];
        let page = self
            .log
            .read(&active.wanted.topic, active.seen, PAGE)
            .await?;
        for event in page.events {
            if active.wants(&event) {
                active.told = event.position();
                let mut group = Vec::new();
                deliver(&mut group, &active.wanted, &event, false);
                self.pending.extend(group.into_iter().map(Output::Event));
            }
        }
        active.seen = active.seen.max(page.through);
        Ok(())
    }

    async fn tell_live(&mut self) -> Result<(), sqlx::Error> {
        for active in self
            .active
            .iter_mut()
            .filter(|a| a.is_live() && !a.told_live)
        {
            let cursor = self.log.cursor_at(active.seen).await?;
            active.told_live = true;
            active.told = active.seen;
            self.pending.push(Output::Live {
                id: Arc::clone(&active.wanted.id),
                cursor,
            });
        }
        Ok(())
    }

    async fn add_orders(&mut self) -> Result<(), LoadOrderError> {
        for at in 0..self.pending.len() {
            let (event, audience) = match &self.pending[at] {
                Output::Event(d) if d.order.is_some() => (Arc::clone(&d.event), d.audience),
                _ => continue,
            };
            let summary = self.summaries.of(&event, audience).await?;
            if let Output::Event(delivery) = &mut self.pending[at] {
                delivery.order = summary;
            }
        }
        Ok(())
    }
}

/// Adds `wanted` to the group with the same rights and extras, or begins one.
fn deliver(groups: &mut Vec<Delivery>, wanted: &Subscription, event: &Arc<LogEvent>, live: bool) {
    let id = Arc::clone(&wanted.id);
    let order = wanted.include_order.then(bytes::Bytes::new);
    match groups
        .iter_mut()
        .find(|g| g.audience == wanted.audience && g.order.is_some() == wanted.include_order)
    {
        Some(group) => group.ids.push(id),
        None => groups.push(Delivery {
            ids: vec![id],
            event: Arc::clone(event),
            audience: wanted.audience,
            order,
            live,
        }),
    }
}
