//! One Socket.IO connection, from its first packet to the end of its transport.
//!
//! As on the native channel the task owns no queue that could grow: what the transport refuses stays
//! here, nothing more is read from the feed or the log meanwhile, and what the feed drops is read from
//! the log later.
//!
//! A connection ends by its transport being closed. A packet that says DISCONNECT, or an error at
//! connecting, would make the client stop for good.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use engineioxide::{DisconnectReason, Socket, Str};
use rand::Rng;
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use waybill_projections::push::{Subscriptions, Summaries};

use super::SocketIo;
use super::caller::{self, INVALID_TOKEN, Unrecognised};
use super::handler::SocketData;
use super::link::Link;
use super::offset::Pid;
use super::outgoing::Outgoing;
use super::packet::{self, ClientPacket, ROOT};
use super::rooms::Rooms;
use crate::auth::Viewer;
use crate::http::middleware::ClientAddress;
use crate::push::Push;
use crate::push::bucket::Bucket;
use crate::push::close::Close;
use crate::push::meters::Channel;

/// How long a transport that is closed may take to send what it holds.
const CLOSING: Duration = Duration::from_secs(2);
/// Packets of the client that are handled before other duties get a turn.
const TURN: usize = 16;
/// Answers that may wait for the transport; until they are gone nothing more is listened to.
const ANSWERS: usize = 64;

/// Serves a session of the engine until it ends.
pub(super) async fn serve(shared: Arc<SocketIo>, socket: Arc<Socket<SocketData>>, link: Arc<Link>) {
    let open = shared.app.push.meters.open(Channel::SocketIo);
    let connection = Connection::new(Arc::clone(&shared), Arc::clone(&socket), Arc::clone(&link));
    let close = match connection.run().await {
        Ok(never) => match never {},
        Err(close) => close,
    };
    drop(open);
    metrics::counter!("waybill_push_closes_total", "code" => close.label()).increment(1);
    tracing::debug!(session = %socket.id, code = close.code(), "connection closed");
    shared.sessions.remove(socket.id);
    socket.close(DisconnectReason::ClosingServer);
    // What the transport still holds may go out; a peer that does not read is not waited for.
    let _ = tokio::time::timeout(CLOSING, link.over.cancelled()).await;
    link.cut.cancel();
}

/// See the module's documentation.
pub(super) struct Connection {
    pub(super) shared: Arc<SocketIo>,
    pub(super) socket: Arc<Socket<SocketData>>,
    link: Arc<Link>,
    /// Who is there; nobody, if he did not say.
    pub(super) caller: Option<Viewer>,
    pub(super) pid: Pid,
    pub(super) rooms: Rooms,
    pub(super) subscriptions: Subscriptions,
    pub(super) summaries: Summaries,
    pub(super) outgoing: Outgoing,
    bucket: Bucket,
    /// Whether it is known who is there, be it nobody, or has been counted that it is not.
    recognised: bool,
}

impl Connection {
    fn new(shared: Arc<SocketIo>, socket: Arc<Socket<SocketData>>, link: Arc<Link>) -> Self {
        let push = &shared.app.push;
        let config = &push.config;
        let max = config.subscriptions_max;
        Self {
            caller: None,
            pid: Pid::random(),
            rooms: Rooms::default(),
            subscriptions: Subscriptions::new(
                push.log.clone(),
                push.orders.clone(),
                &push.hub,
                max,
            ),
            summaries: Summaries::new(push.orders.clone()),
            outgoing: Outgoing::to(Arc::clone(&socket)),
            bucket: Bucket::new(config.frames_per_sec),
            recognised: false,
            link,
            socket,
            shared,
        }
    }

    pub(super) fn push(&self) -> &Push {
        &self.shared.app.push
    }

    async fn run(mut self) -> Result<Infallible, Close> {
        let limit = self.push().config.hello_timeout;
        let draining = self.push().draining.clone();
        let greeted = tokio::select! {
            greeted = tokio::time::timeout(limit, self.greet()) => {
                greeted.unwrap_or(Err(Close::NoHello))
            }
            () = draining.cancelled() => return Err(Close::Draining),
        };
        if let Err(close) = greeted {
            // That tokens cannot be checked at the moment is not the client's fault.
            if !self.recognised && !matches!(close, Close::Overloaded(_)) {
                self.count_failure();
            }
            return Err(close);
        }
        // The answer to CONNECT has not gone out yet.
        let _place = match &self.caller {
            Some(caller) => (self.push().shares.take(caller)?, None),
            None => (None, Some(self.place_for_nobody()?)),
        };
        self.serve().await
    }

    /// Counts a session that turned out to be nobody's, as on the native channel.
    fn count_failure(&self) {
        let address = self.socket.req_parts.extensions.get::<ClientAddress>();
        self.push().rates.count_failure(address.and_then(|a| a.0));
    }

    /// Waits until the client has opened the one namespace that there is.
    async fn greet(&mut self) -> Result<(), Close> {
        let (link, socket) = (Arc::clone(&self.link), Arc::clone(&self.socket));
        loop {
            while let Some(message) = link.take()? {
                let ClientPacket::Connect { namespace, auth } = self.parse(&message)? else {
                    return Err(Close::BadFrame("the first packet must be CONNECT".into()));
                };
                if namespace != ROOT {
                    self.refuse_namespace(&namespace);
                } else if self.recognise(&socket, &auth).await? {
                    return self.begin(&auth).await;
                }
                self.pump().await;
            }
            tokio::select! {
                () = link.arrived.notified() => {}
                () = link.over.cancelled() => return Err(Close::Gone),
            }
        }
    }

    /// Finds out who is there; whether he may connect.
    async fn recognise(
        &mut self,
        socket: &Socket<SocketData>,
        auth: &Value,
    ) -> Result<bool, Close> {
        let headers = &socket.req_parts.headers;
        match caller::recognise(self.push(), headers, auth).await {
            Ok(caller) => {
                self.caller = caller;
                self.recognised = true;
                Ok(true)
            }
            Err(Unrecognised::InvalidToken) => {
                self.recognised = true;
                self.count_failure();
                self.outgoing
                    .tell(packet::connect_error(ROOT, INVALID_TOKEN));
                Ok(false)
            }
            Err(Unrecognised::NotNow) => Err(Close::Overloaded("tokens can't be checked".into())),
        }
    }

    /// Whoever says who he is finds room, however many do not: what they have of it is bounded.
    fn place_for_nobody(&self) -> Result<OwnedSemaphorePermit, Close> {
        let place = Arc::clone(&self.shared.nobodys).try_acquire_owned();
        place.map_err(|_| {
            self.count_failure();
            Close::Overloaded("too many connections are nobody's".into())
        })
    }

    async fn serve(&mut self) -> Result<Infallible, Close> {
        let link = Arc::clone(&self.link);
        let mut revocations = self.push().revocations();
        let draining = self.push().draining.clone();
        let mut leaving = None;
        loop {
            self.listen().await?;
            self.pump().await;
            let blocked = self.outgoing.blocked_since();
            let gives_up =
                blocked.map(|since| since.max(link.moved_at()) + self.push().config.stall);
            let behind = self.outgoing.is_behind();
            tokio::select! {
                // What ends the connection comes first, and what can be done at any time last.
                biased;
                () = link.over.cancelled() => return Err(Close::Gone),
                changed = revocations.changed() => {
                    let revoked = self.caller.as_ref().is_some_and(|c| self.push().is_revoked(c));
                    if changed.is_err() || revoked {
                        return Err(Close::Revoked);
                    }
                }
                () = at(self.expires_at()), if self.caller.is_some() => {
                    return Err(Close::Unauthenticated("the token has expired".into()));
                }
                () = draining.cancelled(), if leaving.is_none() => {
                    // There is no frame that could ask the clients to spread their return.
                    let within = self.push().config.drain;
                    leaving = Some(Instant::now() + within.mul_f64(rand::rng().random()));
                }
                () = at(leaving), if leaving.is_some() => return Err(Close::Draining),
                () = link.taken.notified(), if blocked.is_some() => {}
                () = at(gives_up), if blocked.is_some() => return Err(Close::NoProgress),
                () = link.arrived.notified() => {}
                // An event could not be shown. Nothing else would bring it up again, and nothing is
                // to be read on top of it.
                () = std::future::ready(()), if blocked.is_none() && behind => {}
                () = self.subscriptions.ready(), if blocked.is_none() => self.fetch().await?,
            }
        }
    }

    /// Whether the caller, if it is not nobody, may still see what it was let in for.
    pub(super) fn still_sees(&self) -> Result<(), Close> {
        let caller = self.caller.as_ref();
        caller.map_or(Ok(()), |caller| self.push().still_sees(caller))
    }

    fn expires_at(&self) -> Option<Instant> {
        let caller = self.caller.as_ref()?;
        Some(Instant::now() + caller.time_left())
    }

    fn parse(&mut self, message: &Str) -> Result<ClientPacket, Close> {
        if !self.bucket.take() {
            return Err(Close::Overloaded("too many packets".into()));
        }
        if message.len() > self.push().config.frame_bytes_max {
            return Err(Close::TooBig);
        }
        ClientPacket::parse(message).map_err(|error| Close::BadFrame(error.to_string()))
    }

    /// Handles what the client has said.
    async fn listen(&mut self) -> Result<(), Close> {
        let link = Arc::clone(&self.link);
        for _ in 0..TURN {
            if self.outgoing.answers() >= ANSWERS {
                // Heard again when the transport has taken some.
                return Ok(());
            }
            let Some(message) = link.take()? else {
                return Ok(());
            };
            // Asked before each, because handling the one before may have taken its time.
            self.still_sees()?;
            self.handle(&message).await?;
        }
        link.arrived.notify_one();
        Ok(())
    }

    async fn handle(&mut self, message: &Str) -> Result<(), Close> {
        match self.parse(message)? {
            ClientPacket::Event {
                namespace,
                ack,
                name,
                args,
            } if namespace == ROOT => match name.as_str() {
                "join-order-tracking" => self.join(&args, ack).await,
                "leave-order-tracking" => self.leave(&args, ack),
                "admin-status-update" => self.admin_update(&args, ack).await,
                // As a server without a listener for it.
                _ => {}
            },
            ClientPacket::Connect { namespace, .. } if namespace != ROOT => {
                self.refuse_namespace(&namespace);
            }
            // The client's last word.
            ClientPacket::Disconnect { namespace } if namespace == ROOT => return Err(Close::Gone),
            ClientPacket::Ack => {}
            ClientPacket::Connect { .. } => {
                return Err(Close::BadFrame("CONNECT comes once".into()));
            }
            ClientPacket::Event { .. } | ClientPacket::Disconnect { .. } => {
                return Err(Close::BadFrame("this namespace was not opened".into()));
            }
        }
        Ok(())
    }

    fn refuse_namespace(&mut self, namespace: &str) {
        self.outgoing
            .tell(packet::connect_error(namespace, "Invalid namespace"));
    }

    /// Answers an event, if its sender asked for that.
    pub(super) fn answer(&mut self, ack: Option<u64>, answer: impl FnOnce() -> Value) {
        if let Some(id) = ack {
            self.outgoing.tell(packet::ack_of(id, &answer()));
        }
    }

    /// Sends an event of ours.
    pub(super) fn say(&mut self, name: &'static str, argument: &Value) {
        self.outgoing.say(name, Some(argument.to_string()));
    }
}

/// At that time; at once, if there is none, so use it with a condition.
async fn at(time: Option<Instant>) {
    if let Some(time) = time {
        tokio::time::sleep_until(time).await;
    }
}
