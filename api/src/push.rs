//! The channels on which clients follow orders: WebSocket, server-sent events and long poll.
//!
//! All turn a caller's wish into a topic and an audience ([`access`]), and all are served from
//! [`waybill_projections::push`], which knows nothing of sockets. The frames and close codes are those of
//! `docs/protocol.md`.

pub mod access;
pub mod admission;
mod bucket;
pub mod close;
mod connection;
mod entrance;
pub mod frames;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod line;
pub mod long_poll;
pub mod meters;
mod refused;
mod rfc6455;
mod share;
mod snapshot;
pub mod socketio;
pub mod stream;
pub mod topic;
mod wire;
mod wording;
pub mod ws;

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waybill_domain::{Audience, Position};
use waybill_infra::log::{Cursor, CursorError, EventLog};
use waybill_infra::orders::Orders;
use waybill_infra::revocations::RevocationSet;
use waybill_projections::ReadModels;
use waybill_projections::push::Hub;

use crate::auth::{AllowedOrigins, Authenticator, Viewer};
use crate::config::PushConfig;
use crate::rate_limit::RateLimits;
use admission::Admission;
use close::Close;
use meters::Meters;
use share::Shares;
use wording::Wording;

/// What every push channel of a node needs.
pub struct Push {
    /// Bounds and times.
    pub config: PushConfig,
    /// The log.
    pub log: EventLog,
    /// Single orders.
    pub orders: Orders,
    /// Lists of orders, for snapshots.
    pub read_models: ReadModels,
    /// Where live events come from.
    pub hub: Hub,
    /// Who callers are.
    pub auth: Authenticator,
    /// From which pages browsers may connect.
    pub origins: Arc<AllowedOrigins>,
    /// How often callers may connect.
    pub rates: Arc<RateLimits>,
    /// Who is let in, and when: every channel asks before it does anything for a client.
    pub admission: Admission,
    /// How many connections each customer has.
    shares: Shares,
    /// What the channels do: every channel tells them.
    pub meters: Meters,
    /// What many sockets are sent.
    wording: Wording,
    /// Set when the node is about to stop.
    pub draining: CancellationToken,
    /// The open connections, to wait for at the end.
    pub connections: TaskTracker,
}

impl Push {
    /// The parts, put together.
    #[must_use]
    #[expect(
        clippy::too_many_arguments,
        reason = "called once, where the node is put together"
    )]
    pub fn new(
        config: PushConfig,
        log: EventLog,
        orders: Orders,
        read_models: ReadModels,
        hub: Hub,
        auth: Authenticator,
        origins: Arc<AllowedOrigins>,
        rates: Arc<RateLimits>,
        draining: CancellationToken,
    ) -> Self {
        let admission = Admission::new(
            config.admissions_per_sec,
            config.wait_max,
            config.connections_max,
        );
        Self {
            shares: Shares::new(config.connections_per_customer),
            meters: Meters::new(log.clone()),
            wording: Wording::default(),
            config,
            log,
            orders,
            read_models,
            hub,
            auth,
            origins,
            rates,
            admission,
            draining,
            connections: TaskTracker::new(),
        }
    }

    async fn authenticate(&self, token: &str) -> Result<Viewer, Close> {
        self.auth
            .authenticate_viewer_token(token, chrono::Utc::now())
            .await
            .map_err(Close::from)
    }

    fn revocations(&self) -> watch::Receiver<Arc<RevocationSet>> {
        self.auth.revocations()
    }

    fn is_revoked(&self, viewer: &Viewer) -> bool {
        self.auth.is_revoked(viewer)
    }

    /// Does some work for `viewer`, and gives it up when he may see nothing any more. What was done when
    /// that was so already is not handed out.
    pub(crate) async fn while_seen<T>(
        &self,
        viewer: &Viewer,
        work: impl Future<Output = T>,
    ) -> Result<T, Close> {
        tokio::select! {
            biased;
            done = work => self.still_sees(viewer).map(|()| done),
            close = self.sees_no_more(viewer) => Err(close),
        }
    }

    /// Whether `viewer` may still see what he was let in for.
    pub(crate) fn still_sees(&self, viewer: &Viewer) -> Result<(), Close> {
        if self.is_revoked(viewer) {
            return Err(Close::Revoked);
        }
        if viewer.time_left().is_zero() {
            return Err(Close::Unauthenticated("the token has expired".into()));
        }
        Ok(())
    }

    async fn sees_no_more(&self, viewer: &Viewer) -> Close {
        let mut revocations = self.revocations();
        loop {
            if let Err(close) = self.still_sees(viewer) {
                return close;
            }
            tokio::select! {
                () = tokio::time::sleep(viewer.time_left()) => {}
                changed = revocations.changed() => if changed.is_err() { return Close::Revoked },
            }
        }
    }
}

/// Reads a cursor as a client gives it. A bare position is for staff only.
///
/// # Errors
/// What is wrong with it, for people.
pub fn parse_cursor(text: &str, audience: Audience) -> Result<Cursor, String> {
    match text {
        "earliest" => Ok(Cursor::Earliest),
        "now" => Ok(Cursor::Now),
        // Sealed cursors have 22 characters, and no position has so many digits.
        digits
            if digits.len() < 20
                && !digits.is_empty()
                && digits.bytes().all(|b| b.is_ascii_digit()) =>
        {
            if audience != Audience::Staff {
                return Err(
                    "a bare position is for staff only: use the cursor that came with an event"
                        .into(),
                );
            }
            digits
                .parse()
                .map(|position| Cursor::After(Position(position)))
                .map_err(|_| "not a position".into())
        }
        other => Ok(Cursor::Opaque(other.to_owned())),
    }
}

/// The reason to give in a `reset`, if the cursor is to be answered with one.
#[must_use]
pub fn reset_reason(error: &CursorError) -> Option<&'static str> {
    match error {
        CursorError::Epoch => Some("epoch"),
        CursorError::Ahead => Some("ahead"),
        CursorError::Mismatch => Some("mismatch"),
        CursorError::Malformed | CursorError::Database(_) => None,
    }
}

/// Checks the wire types that a client asks for.
///
/// # Errors
/// Names the one that does not exist, and those that do.
pub fn check_types(types: &[String]) -> Result<Vec<Arc<str>>, String> {
    let known: Vec<&str> = waybill_domain::EventKind::ALL
        .iter()
        .map(|kind| kind.wire_type())
        .collect();
    types
        .iter()
        .map(|wanted| match known.iter().find(|name| *name == wanted) {
            Some(name) => Ok(Arc::from(*name)),
            None => Err(format!("`types` must be among {}", known.join(", "))),
        })
        .collect()
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
