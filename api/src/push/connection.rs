//! One WebSocket connection, from its first frame to its close code.
//!
//! The connection owns no queue of its own: what it has to send is read from the feed or the log when
//! the socket has taken what came before. While the socket takes nothing, expiry and revocation are
//! still watched; a node that stops cuts such a connection when its time to drain is up.
//!
//! While all is live, the hub sends the events by itself ([`Line`]), and the task here does not even wake up.
//! There may be many such tasks, so what one keeps while it waits is kept small: whatever seldom
//! happens is on the heap while it happens.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::time::Instant;
use uuid::Uuid;
use waybill_projections::push::{Bell, SubscribeError, Subscription};

use super::access;
use super::bucket::Bucket;
use super::close::Close;
use super::entrance::{self, Arrival, Seat};
use super::frames::{self, ClientFrame, Include, Limits, Mode, ServerFrame, Subscribe};
use super::line::{self, Line, Sending};
use super::meters::{Channel, Open};
use super::refused::{Refused, check_id, refusal};
use super::rfc6455::Text;
use super::snapshot::{self, Snapshot};
use super::topic::Wish;
use super::wire::{Heard, Incoming};
use super::{Push, millis, parse_cursor};
use crate::auth::Viewer;
use crate::http::server::Place;

/// How long before its token ends a client is told.
const EXPIRY_NOTICE: Duration = Duration::from_secs(30);
/// Pings that may stay without an answer.
const MISSED_PONGS: u32 = 2;
/// How long reading the log for the next message may take.
const READ: Duration = Duration::from_secs(15);

/// Lets the client in, or tells it why not. `already` was read together with the upgrade.
pub(super) async fn enter(
    stream: TcpStream,
    already: Bytes,
    push: Arc<Push>,
    mut arrival: Arrival,
) -> Option<Box<Connection>> {
    let id = Uuid::now_v7();
    let mut incoming = Incoming::after(&already);
    let place = arrival.place.take();
    match entrance::receive(&push, &stream, &mut incoming, arrival).await {
        Ok((seat, viewer)) => {
            let connection = Connection::new(push, stream, incoming, viewer, (place, seat), id);
            Some(Box::new(connection))
        }
        Err(close) => {
            note(&close, id);
            line::part(&stream, Bytes::new(), &close).await;
            None
        }
    }
}

/// Serves a client that was let in, until either side closes the connection.
pub(super) async fn serve(mut connection: Box<Connection>) {
    let Err(close) = connection.serve().await;
    note(&close, connection.id);
    let line = Arc::clone(&connection.line);
    drop(connection);
    Box::pin(line.close(&close)).await;
}

fn note(close: &Close, id: Uuid) {
    metrics::counter!("waybill_push_closes_total", "code" => close.label()).increment(1);
    tracing::debug!(connection = %id, code = close.code(), "connection closed");
}

/// A client that was let in.
pub(super) struct Connection {
    line: Arc<Line>,
    bell: Bell,
    incoming: Incoming,
    viewer: Arc<Viewer>,
    id: Uuid,
    bucket: Bucket,
    next_ping: Instant,
    unanswered: u32,
    /// Whether the client was told that its token ends soon.
    notified: bool,
    /// Whether there is something to send before the bell rings.
    busy: bool,
    /// When the connection ends because the node stops.
    leaves: Option<Instant>,
    /// Given back when the connection ends, before it is closed.
    _place: (Open, Seat, Option<Place>),
}

impl Connection {
    fn new(
        push: Arc<Push>,
        stream: TcpStream,
        incoming: Incoming,
        viewer: Viewer,
        (place, seat): (Option<Place>, Seat),
        id: Uuid,
    ) -> Self {
        let open = push.meters.open(Channel::WebSocket);
        let bucket = Bucket::new(push.config.frames_per_sec);
        let next_ping = Instant::now() + push.config.ping;
        let viewer = Arc::new(viewer);
        let (line, bell) = Line::new(push, stream, Arc::clone(&viewer));
        Self {
            line,
            bell,
            incoming,
            viewer,
            id,
            bucket,
            next_ping,
            unanswered: 0,
            notified: false,
            busy: false,
            leaves: None,
            _place: (open, seat, place),
        }
    }

    fn push(&self) -> &Push {
        &self.line.push
    }

    async fn serve(&mut self) -> Result<Infallible, Close> {
        Box::pin(self.greet()).await?;
        let mut revocations = self.push().revocations();
        let draining = self.push().draining.clone();
        let max = self.push().config.frame_bytes_max;
        loop {
            let deadline = self.next_deadline();
            tokio::select! {
                heard = self.incoming.next(&self.line.stream, max) => {
                    let heard = heard?;
                    Box::pin(self.take(heard)).await?;
                }
                changed = revocations.changed() => {
                    if changed.is_err() || self.push().is_revoked(&self.viewer) {
                        return Err(Close::Revoked);
                    }
                }
                () = draining.cancelled(), if self.leaves.is_none() => Box::pin(self.drain()).await?,
                () = tokio::time::sleep_until(deadline) => Box::pin(self.keep_time()).await?,
                () = attention(self.busy, &self.bell) => Box::pin(self.push_on()).await?,
            }
        }
    }

    async fn greet(&mut self) -> Result<(), Close> {
        let welcome = self.welcome();
        self.say(&welcome).await
    }

    /// Sends frames at this connection's next turn.
    async fn say(&mut self, frames: &str) -> Result<(), Close> {
        let line = Arc::clone(&self.line);
        let mut sending = line.turn().await;
        let sent = line.send(&mut sending, frames.into()).await;
        self.end_turn(&sending);
        sent
    }

    /// To be called before others get their turn, after anything was done.
    fn end_turn(&mut self, sending: &Sending) {
        self.busy = sending.is_busy();
    }

    async fn drain(&mut self) -> Result<(), Close> {
        let within = self.push().config.drain;
        let retry_within_ms = millis(within);
        self.say(&ServerFrame::Drain { retry_within_ms }.line())
            .await?;
        self.leaves = Some(Instant::now() + within);
        Ok(())
    }

    /// When something has to be done that nobody asks for.
    fn next_deadline(&self) -> Instant {
        let left = self.viewer.time_left();
        let token = Instant::now()
            + if self.notified {
                left
            } else {
                left.saturating_sub(EXPIRY_NOTICE)
            };
        let first = token.min(self.next_ping);
        self.leaves.map_or(first, |leaves| first.min(leaves))
    }

    /// Does what it is time for.
    async fn keep_time(&mut self) -> Result<(), Close> {
        let now = Instant::now();
        if self.leaves.is_some_and(|leaves| leaves <= now) {
            return Err(Close::Draining);
        }
        self.mind_the_token().await?;
        if self.next_ping <= now {
            self.ping().await?;
            // A connection that was held up is not pinged more often for that.
            self.next_ping = Instant::now() + self.push().config.ping;
        }
        Ok(())
    }

    async fn mind_the_token(&mut self) -> Result<(), Close> {
        let left = self.viewer.time_left();
        if left.is_zero() {
            return Err(Close::Unauthenticated("the token has expired".into()));
        }
        if self.notified || left > EXPIRY_NOTICE {
            return Ok(());
        }
        self.notified = true;
        let in_secs = left.as_secs();
        self.say(&ServerFrame::AuthExpiring { in_secs }.line())
            .await
    }

    async fn ping(&mut self) -> Result<(), Close> {
        if self.unanswered >= MISSED_PONGS {
            return Err(Close::NoPong);
        }
        self.unanswered += 1;
        let line = Arc::clone(&self.line);
        let mut sending = line.turn().await;
        let head = line.push.log.head().borrow().mark;
        let mut message = Text::from(
            &*ServerFrame::Ping {
                cursor: &line.push.log.tail().seal_mark(head),
            }
            .line(),
        );
        let cursors = sending.subscriptions.cursors().await.unwrap_or_default();
        for output in &cursors {
            frames::write_output(message.line(), output);
        }
        let sent = line.send(&mut sending, message).await;
        self.end_turn(&sending);
        sent
    }

    fn welcome(&self) -> String {
        let config = &self.push().config;
        ServerFrame::Welcome {
            connection_id: &self.id.to_string(),
            epoch: self.push().hub.epoch(),
            ping_secs: config.ping.as_secs(),
            token_expires_at: self
                .viewer
                .expires_at()
                .to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            subject: &self.viewer.name(),
            roles: self.viewer.roles(),
            limits: Limits {
                max_frame_bytes: config.frame_bytes_max,
                max_subscriptions: config.subscriptions_max,
                frames_per_sec: config.frames_per_sec,
            },
        }
        .line()
    }

    async fn take(&mut self, heard: Heard) -> Result<(), Close> {
        if !self.bucket.take() {
            return Err(Close::Overloaded("too many frames".into()));
        }
        match heard {
            Heard::Ping(payload) => {
                let line = Arc::clone(&self.line);
                let mut sending = line.turn().await;
                let answered = line.answer(&mut sending, &payload).await;
                self.end_turn(&sending);
                answered
            }
            Heard::Frame(ClientFrame::Hello { .. }) => Err(Close::BadFrame(
                "`hello` comes once, first; use `auth`".into(),
            )),
            Heard::Frame(ClientFrame::Auth { token }) => self.authenticate_again(&token).await,
            Heard::Frame(ClientFrame::Subscribe(wish)) => self.subscribe(wish).await,
            Heard::Frame(ClientFrame::Unsubscribe { id }) => self.unsubscribe(&id).await,
            Heard::Frame(ClientFrame::Pong {}) => {
                self.unanswered = 0;
                Ok(())
            }
            Heard::Other => Ok(()),
        }
    }

    async fn authenticate_again(&mut self, token: &str) -> Result<(), Close> {
        let fresh = self.push().authenticate(token).await?;
        if !fresh.is_same_as(&self.viewer) {
            return Err(Close::Forbidden(
                "a connection cannot change its subject".into(),
            ));
        }
        let line = Arc::clone(&self.line);
        let mut sending = line.turn().await;
        self.viewer = Arc::new(fresh);
        self.notified = false;
        sending.viewer = Arc::clone(&self.viewer);
        // Roles may have changed: what is no longer granted ends.
        let audience = self.viewer.audience();
        let viewer = &self.viewer;
        let gone = sending.subscriptions.authorize_again(|subscription| {
            let was = std::mem::replace(&mut subscription.audience, audience);
            access::still_granted(viewer, was, subscription)
        });
        let mut frames = self.welcome();
        for id in gone {
            frames.push('\n');
            frames.push_str(&refusal(
                Some(&id),
                "forbidden",
                "the new token does not allow this topic",
                false,
            ));
        }
        let sent = line.send(&mut sending, (&*frames).into()).await;
        self.end_turn(&sending);
        sent
    }

    async fn unsubscribe(&mut self, id: &str) -> Result<(), Close> {
        let line = Arc::clone(&self.line);
        let mut sending = line.turn().await;
        let sent = if sending.subscriptions.unsubscribe(id) {
            Ok(())
        } else {
            let frame = refusal(
                Some(id),
                "unknown_subscription",
                "there is no subscription with this id",
                false,
            );
            line.send(&mut sending, (&*frame).into()).await
        };
        self.end_turn(&sending);
        sent
    }

    async fn subscribe(&mut self, wish: Subscribe) -> Result<(), Close> {
        let line = Arc::clone(&self.line);
        let mut sending = line.turn().await;
        let frames = match self.begin(&mut sending, &wish).await {
            Ok(frames) => frames,
            Err(refused) => {
                metrics::counter!("waybill_push_refused_total", "code" => refused.code)
                    .increment(1);
                refusal(Some(&wish.id), refused.code, &refused.detail, refused.retry)
            }
        };
        let sent = line.send(&mut sending, (&*frames).into()).await;
        self.end_turn(&sending);
        sent
    }

    async fn begin(&self, sending: &mut Sending, wish: &Subscribe) -> Result<String, Refused> {
        check_id(&wish.id)?;
        let types = super::check_types(&wish.types)
            .map_err(|detail| Refused::new("bad_types", &detail, false))?;
        let parsed: Wish = wish
            .topic
            .parse()
            .map_err(|e| Refused::new("bad_topic", &e, false))?;
        let (topic, audience) = access::grant(&self.viewer, &parsed, &self.push().orders).await?;
        let after = wish.after.as_deref().unwrap_or("now");
        let snapshot = if wish.snapshot {
            Some(snapshot::take(self.push(), &topic, &self.viewer).await?)
        } else {
            None
        };
        let cursor = match &snapshot {
            Some(snapshot) => waybill_infra::log::Cursor::Opaque(snapshot.cursor.clone()),
            None => parse_cursor(after, audience)
                .map_err(|detail| Refused::new("bad_cursor", &detail, false))?,
        };
        let id: Arc<str> = wish.id.as_str().into();
        let include_order = wish.include == Some(Include::Order);
        let wanted = Subscription {
            id: Arc::clone(&id),
            topic,
            audience,
            types,
            include_order,
        };
        match sending.subscriptions.subscribe(wanted, &cursor).await {
            Ok((cursor, live)) => {
                let mode = if live { Mode::Live } else { Mode::Replay };
                let mut frames = ServerFrame::Subscribed {
                    id: &id,
                    mode,
                    cursor: &cursor,
                }
                .line();
                if let Some(Snapshot {
                    order,
                    orders,
                    next_cursor,
                    cursor,
                }) = snapshot
                {
                    frames.push('\n');
                    let frame = ServerFrame::Snapshot {
                        id: &id,
                        order,
                        orders,
                        next_cursor,
                        cursor: &cursor,
                    };
                    frames.push_str(&frame.line());
                }
                Ok(frames)
            }
            Err(SubscribeError::Cursor(error)) => match super::reset_reason(&error) {
                Some(reason) => Ok(ServerFrame::Reset { id: &id, reason }.line()),
                None => Err(Refused::of_cursor(&error)),
            },
            Err(error @ SubscribeError::Duplicate(_)) => {
                Err(Refused::new("duplicate_subscription", &error, false))
            }
            Err(error @ SubscribeError::TooMany(_)) => {
                Err(Refused::new("too_many_subscriptions", &error, false))
            }
        }
    }

    /// Sends what there is to send: at most one page of each kind, then the other duties get a turn.
    async fn push_on(&mut self) -> Result<(), Close> {
        let line = Arc::clone(&self.line);
        let mut sending = line.turn().await;
        // What the hub could not send whole.
        line.flush(&mut sending).await?;
        let reading = tokio::time::timeout(READ, sending.subscriptions.next());
        let failure = match line.push.while_seen(&self.viewer, reading).await? {
            Ok(Ok(outputs)) => {
                line.send_outputs(&mut sending, &outputs).await?;
                self.end_turn(&sending);
                // What was put back came first, and there may be more in the feed that nobody rings for again.
                self.busy |= !outputs.is_empty();
                return Ok(());
            }
            Ok(Err(error)) => error.to_string(),
            Err(elapsed) => elapsed.to_string(),
        };
        // Nothing is lost: the next call goes on where this one stopped.
        tracing::warn!(
            connection = %self.id,
            error = failure,
            "the log cannot be read for a connection"
        );
        self.busy = true;
        drop(sending);
        tokio::time::sleep(Duration::from_millis(500)).await;
        Ok(())
    }
}

/// Waits until there is something to send.
async fn attention(busy: bool, bell: &Bell) {
    if !busy {
        bell.rung().await;
    }
}
