//! One WebSocket connection, from its first frame to its close code.
//!
//! The connection owns no queue of its own: what it has to send is read from the feed or the log when
//! the socket has taken what came before. While the socket takes nothing, expiry, revocation and the
//! planned stop are still watched.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::WebSocket;
use futures::StreamExt;
use tokio::time::Instant;
use uuid::Uuid;
use waybill_projections::push::{Output, SubscribeError, Subscription, Subscriptions};

use super::access;
use super::bucket::Bucket;
use super::close::Close;
use super::entrance::{self, Arrival};
use super::frames::{self, ClientFrame, Include, Limits, Mode, ServerFrame, Subscribe};
use super::meters::Channel;
use super::refused::{Refused, check_id, refusal};
use super::snapshot::{self, Snapshot};
use super::topic::Wish;
use super::wire::{Incoming, Wire};
use super::{Push, millis, parse_cursor};
use crate::auth::Viewer;

/// Bytes joined into one message at most, unless a single frame has more: what a slow client still
/// takes within the time in which something has to move.
const MESSAGE_BYTES: usize = 32 << 10;
/// How long before its token ends a client is told.
const EXPIRY_NOTICE: Duration = Duration::from_secs(30);
/// Pings that may stay without an answer.
const MISSED_PONGS: u32 = 2;
/// How long reading the log for the next message may take.
const READ: Duration = Duration::from_secs(15);

/// Serves `socket` until either side closes it.
pub(super) async fn serve(socket: WebSocket, push: Arc<Push>, arrival: Arrival) {
    let id = Uuid::now_v7().to_string();
    let (sink, stream) = socket.split();
    let mut wire = Wire::to(sink, push.config.stall);
    let mut incoming = Incoming::of(stream);
    let close = match entrance::receive(&push, &mut incoming, arrival).await {
        Ok((_permit, viewer)) => {
            let open = push.meters.open(Channel::WebSocket);
            let connection = Connection::new(push, viewer, id.clone());
            // On the heap: whoever waits to be let in has no use for the room.
            let close = Box::pin(connection.run(&mut wire, &mut incoming)).await;
            drop(open);
            close
        }
        Err(close) => close,
    };
    metrics::counter!("waybill_push_closes_total", "code" => close.label()).increment(1);
    tracing::debug!(connection = id, code = close.code(), "connection closed");
    wire.close(&close).await;
}

struct Connection {
    push: Arc<Push>,
    viewer: Viewer,
    id: String,
    subscriptions: Subscriptions,
    bucket: Bucket,
    unanswered: u32,
    notified: bool,
}

impl Connection {
    fn new(push: Arc<Push>, viewer: Viewer, id: String) -> Self {
        let max = push.config.subscriptions_max;
        let subscriptions =
            Subscriptions::new(push.log.clone(), push.orders.clone(), &push.hub, max);
        let bucket = Bucket::new(push.config.frames_per_sec);
        Self {
            push,
            viewer,
            id,
            subscriptions,
            bucket,
            unanswered: 0,
            notified: false,
        }
    }

    async fn run(mut self, wire: &mut Wire, incoming: &mut Incoming) -> Close {
        match self.serve(wire, incoming).await {
            Ok(never) => match never {},
            Err(close) => close,
        }
    }

    async fn serve(
        &mut self,
        wire: &mut Wire,
        incoming: &mut Incoming,
    ) -> Result<std::convert::Infallible, Close> {
        let welcome = self.welcome();
        self.send(wire, welcome).await?;
        let mut ping = tokio::time::interval_at(
            Instant::now() + self.push.config.ping,
            self.push.config.ping,
        );
        ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut revocations = self.push.revocations();
        let draining = self.push.draining.clone();
        let mut leaving = None;
        loop {
            let wakes_at = self.next_deadline();
            tokio::select! {
                frame = incoming.next(self.push.config.frame_bytes_max) => {
                    let frame = frame?;
                    self.take(wire, frame).await?;
                }
                changed = revocations.changed() => {
                    if changed.is_err() || self.push.is_revoked(&self.viewer) {
                        return Err(Close::Revoked);
                    }
                }
                () = draining.cancelled(), if leaving.is_none() => {
                    let within = self.push.config.drain;
                    let frame = ServerFrame::Drain { retry_within_ms: millis(within) }.line();
                    self.send(wire, frame).await?;
                    leaving = Some(Instant::now() + within);
                }
                () = tokio::time::sleep_until(leaving.unwrap_or_else(Instant::now)), if leaving.is_some() => {
                    return Err(Close::Draining);
                }
                () = tokio::time::sleep_until(wakes_at) => self.mind_the_token(wire).await?,
                _ = ping.tick() => self.ping(wire).await?,
                () = self.subscriptions.ready() => self.push_on(wire).await?,
            }
        }
    }

    fn welcome(&self) -> String {
        let config = &self.push.config;
        ServerFrame::Welcome {
            connection_id: &self.id,
            epoch: self.push.hub.epoch(),
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

    async fn take(&mut self, wire: &mut Wire, frame: ClientFrame) -> Result<(), Close> {
        if !self.bucket.take() {
            return Err(Close::Overloaded("too many frames".into()));
        }
        match frame {
            ClientFrame::Hello { .. } => Err(Close::BadFrame(
                "`hello` comes once, first; use `auth`".into(),
            )),
            ClientFrame::Auth { token } => self.authenticate_again(wire, &token).await,
            ClientFrame::Subscribe(wish) => self.subscribe(wire, wish).await,
            ClientFrame::Unsubscribe { id } => {
                if self.subscriptions.unsubscribe(&id) {
                    return Ok(());
                }
                let frame = refusal(
                    Some(&id),
                    "unknown_subscription",
                    "there is no subscription with this id",
                    false,
                );
                self.send(wire, frame).await
            }
            ClientFrame::Pong {} => {
                self.unanswered = 0;
                Ok(())
            }
        }
    }

    async fn authenticate_again(&mut self, wire: &mut Wire, token: &str) -> Result<(), Close> {
        let fresh = self.push.authenticate(token).await?;
        if !fresh.is_same_as(&self.viewer) {
            return Err(Close::Forbidden(
                "a connection cannot change its subject".into(),
            ));
        }
        self.viewer = fresh;
        self.notified = false;
        // Roles may have changed: what is no longer granted ends.
        let audience = self.viewer.audience();
        let viewer = &self.viewer;
        let gone = self.subscriptions.authorize_again(|subscription| {
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
        self.send(wire, frames).await
    }

    async fn subscribe(&mut self, wire: &mut Wire, wish: Subscribe) -> Result<(), Close> {
        let frames = match self.begin(&wish).await {
            Ok(frames) => frames,
            Err(refused) => refusal(Some(&wish.id), refused.code, &refused.detail, refused.retry),
        };
        self.send(wire, frames).await
    }

    async fn begin(&mut self, wish: &Subscribe) -> Result<String, Refused> {
        check_id(&wish.id)?;
        let types = super::check_types(&wish.types)
            .map_err(|detail| Refused::new("bad_types", &detail, false))?;
        let parsed: Wish = wish
            .topic
            .parse()
            .map_err(|e| Refused::new("bad_topic", &e, false))?;
        let (topic, audience) = access::grant(&self.viewer, &parsed, &self.push.orders).await?;
        let after = wish.after.as_deref().unwrap_or("now");
        let snapshot = if wish.snapshot {
            Some(snapshot::take(&self.push, &topic, &self.viewer).await?)
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
        match self.subscriptions.subscribe(wanted, &cursor).await {
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
    async fn push_on(&mut self, wire: &mut Wire) -> Result<(), Close> {
        let reading = tokio::time::timeout(READ, self.subscriptions.next());
        let failure = match self.push.while_seen(&self.viewer, reading).await? {
            Ok(Ok(outputs)) => return self.send_outputs(wire, &outputs).await,
            Ok(Err(error)) => error.to_string(),
            Err(elapsed) => elapsed.to_string(),
        };
        // Nothing is lost: the next call goes on where this one stopped.
        tracing::warn!(
            connection = self.id,
            error = failure,
            "the log cannot be read for a connection"
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
        Ok(())
    }

    async fn send_outputs(&mut self, wire: &mut Wire, outputs: &[Output]) -> Result<(), Close> {
        let mut buffer = String::new();
        let mut unsent = 0;
        for (nth, output) in outputs.iter().enumerate() {
            if !buffer.is_empty() {
                buffer.push('\n');
            }
            frames::write_output(&mut buffer, output);
            if buffer.len() >= MESSAGE_BYTES {
                self.send(wire, std::mem::take(&mut buffer)).await?;
                let sent = &outputs[unsent..=nth];
                self.push.meters.sent(Channel::WebSocket, sent);
                unsent = nth + 1;
            }
        }
        if !buffer.is_empty() {
            self.send(wire, buffer).await?;
        }
        let sent = &outputs[unsent..];
        self.push.meters.sent(Channel::WebSocket, sent);
        Ok(())
    }

    async fn ping(&mut self, wire: &mut Wire) -> Result<(), Close> {
        if self.unanswered >= MISSED_PONGS {
            return Err(Close::NoPong);
        }
        self.unanswered += 1;
        let head = self.push.log.head().borrow().mark;
        let mut frames = ServerFrame::Ping {
            cursor: &self.push.log.tail().seal_mark(head),
        }
        .line();
        for output in self.subscriptions.cursors().await.unwrap_or_default() {
            frames.push('\n');
            frames::write_output(&mut frames, &output);
        }
        self.send(wire, frames).await
    }

    /// When the token needs attention next.
    fn next_deadline(&self) -> Instant {
        let left = self.viewer.time_left();
        Instant::now()
            + if self.notified {
                left
            } else {
                left.saturating_sub(EXPIRY_NOTICE)
            }
    }

    async fn mind_the_token(&mut self, wire: &mut Wire) -> Result<(), Close> {
        let left = self.viewer.time_left();
        if left.is_zero() {
            return Err(Close::Unauthenticated("the token has expired".into()));
        }
        self.notified = true;
        self.send(
            wire,
            ServerFrame::AuthExpiring {
                in_secs: left.as_secs(),
            }
            .line(),
        )
        .await
    }

    /// Sends one message, while what ends the connection is still watched.
    async fn send(&self, wire: &mut Wire, text: String) -> Result<(), Close> {
        self.push.while_seen(&self.viewer, wire.send(text)).await?
    }
}
