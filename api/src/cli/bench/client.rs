//! A client that follows a topic over the native WebSocket, comes back when it is cut off, and keeps account.

use std::borrow::Cow;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::Utc;
use futures::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::header;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WsError, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use waybill_domain::Timestamp;
use waybill_infra::histogram::Histogram;

use super::account::Account;
use super::target::{Credentials, Target};
use crate::auth::Role;

/// Longest wait for a connection to be let in.
const PATIENCE: Duration = Duration::from_secs(15);
/// Within which a client that was cut off comes back, unless it was told otherwise.
const AGAIN: Duration = Duration::from_secs(1);
/// Read at once; the library's own default would be 128 KiB a client.
const READ: usize = 16 << 10;

/// The whole log is one count without gaps; each order is another.
pub(super) const LOG: Uuid = Uuid::nil();

/// What all clients share.
#[derive(Debug)]
pub(super) struct Crowd {
    pub(super) target: Target,
    /// Clients that follow at the moment.
    pub(super) live: AtomicUsize,
    /// Clients that were told not to come back.
    pub(super) gave_up: AtomicUsize,
    /// Connections that were lost after they had been live.
    pub(super) reconnects: AtomicU64,
    /// Cursors that the server did not know any more.
    pub(super) resets: AtomicU64,
    /// Everything that came, once each.
    pub(super) came: AtomicU64,
    /// What came of the measured time.
    pub(super) deliveries: AtomicU64,
    /// Of those, from when they were recorded until they came.
    pub(super) latency: Histogram,
    /// By how much the clock of `recorded_at` is ahead of ours.
    pub(super) offset_micros: i64,
    window: (AtomicI64, AtomicI64),
    trouble: Mutex<Option<String>>,
}

impl Crowd {
    pub(super) fn new(target: Target, offset_micros: i64) -> Self {
        Self {
            target,
            live: AtomicUsize::new(0),
            gave_up: AtomicUsize::new(0),
            reconnects: AtomicU64::new(0),
            resets: AtomicU64::new(0),
            came: AtomicU64::new(0),
            deliveries: AtomicU64::new(0),
            latency: Histogram::default(),
            offset_micros,
            window: (AtomicI64::new(i64::MAX), AtomicI64::new(i64::MAX)),
            trouble: Mutex::new(None),
        }
    }

    /// What was recorded within this time counts; microseconds since 1970, by our clock.
    pub(super) fn measure(&self, from: i64, to: i64) {
        self.window.1.store(to, Ordering::Relaxed);
        self.window.0.store(from, Ordering::Relaxed);
    }

    /// Why a client was last sent away or cut off.
    pub(super) fn trouble(&self) -> Option<String> {
        lock(&self.trouble).clone()
    }

    fn count(&self, recorded_at: &str, now_micros: i64) {
        self.came.fetch_add(1, Ordering::Relaxed);
        let Ok(recorded) = recorded_at.parse::<Timestamp>() else {
            return;
        };
        let recorded = recorded.unix_micros() - self.offset_micros;
        let (from, to) = &self.window;
        if recorded >= from.load(Ordering::Relaxed) && recorded < to.load(Ordering::Relaxed) {
            let took = u64::try_from(now_micros - recorded).unwrap_or(0);
            self.latency.record(Duration::from_micros(took));
            self.deliveries.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// One client.
pub(super) struct Client {
    pub(super) credentials: Arc<Credentials>,
    pub(super) subject: String,
    pub(super) role: Role,
    pub(super) topic: String,
    /// From where it goes on.
    pub(super) after: String,
    /// Whether it keeps account of the log, or else of each order.
    pub(super) whole_log: bool,
    pub(super) account: Arc<Mutex<Account>>,
}

type Socket = WebSocketStream<TcpStream>;

/// Why a visit ended.
enum Ended {
    /// Come back within this time.
    Again(Duration, String),
    /// There is no sense in coming back.
    Never(String),
}

impl From<WsError> for Ended {
    fn from(error: WsError) -> Self {
        match error {
            WsError::Http(answer) => {
                let told = format!("the upgrade was answered with {}", answer.status());
                if answer.status().is_client_error() && answer.status().as_u16() != 429 {
                    Self::Never(told)
                } else {
                    Self::Again(AGAIN, told)
                }
            }
            error => Self::Again(AGAIN, error.to_string()),
        }
    }
}

impl From<std::io::Error> for Ended {
    fn from(error: std::io::Error) -> Self {
        Self::Again(AGAIN, error.to_string())
    }
}

impl From<Option<CloseFrame>> for Ended {
    fn from(close: Option<CloseFrame>) -> Self {
        let Some(close) = close else {
            return Self::Again(AGAIN, "the connection was closed without a reason".into());
        };
        let code = u16::from(close.code);
        let told = format!("closed with {code}: {}", close.reason);
        if matches!(code, 4400 | 4401 | 4403 | 4409 | 4413) {
            return Self::Never(told);
        }
        let within = close.reason.split_once("retry_within_ms=");
        let within = within.and_then(|(_, ms)| ms.parse().ok());
        Self::Again(within.map_or(AGAIN, Duration::from_millis), told)
    }
}

impl Client {
    /// Follows until it is stopped, or sent away for good.
    pub(super) async fn follow(mut self, crowd: Arc<Crowd>, stop: CancellationToken) {
        loop {
            let mut live = false;
            let ended = tokio::select! {
                Err(ended) = self.visit(&crowd, &mut live) => ended,
                () = stop.cancelled() => return,
            };
            if live {
                crowd.live.fetch_sub(1, Ordering::Relaxed);
                crowd.reconnects.fetch_add(1, Ordering::Relaxed);
            }
            let (within, why) = match ended {
                Ended::Again(within, why) => (Some(within), why),
                Ended::Never(why) => (None, why),
            };
            *lock(&crowd.trouble) = Some(why);
            let Some(within) = within else {
                crowd.gave_up.fetch_add(1, Ordering::Relaxed);
                return;
            };
            tokio::select! {
                () = tokio::time::sleep(within.mul_f64(rand::random())) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    fn token(&self) -> Result<String, Ended> {
        let token = self.credentials.token(&self.subject, self.role);
        token.map_err(|error| Ended::Never(error.to_string()))
    }

    async fn visit(
        &mut self,
        crowd: &Crowd,
        live: &mut bool,
    ) -> Result<std::convert::Infallible, Ended> {
        let arriving = tokio::time::timeout(PATIENCE, self.arrive(crowd));
        let late = |_| Ended::Again(AGAIN, format!("not let in within {} s", PATIENCE.as_secs()));
        let (mut socket, mut text) = arriving.await.map_err(late)??;
        loop {
            let now = Utc::now().timestamp_micros();
            for line in text.lines() {
                let frame: Frame<'_> = serde_json::from_str(line)
                    .map_err(|error| Ended::Never(format!("a frame that is none ({error})")))?;
                let was_live = *live;
                self.take(&frame, now, crowd, live)?;
                if *live && !was_live {
                    crowd.live.fetch_add(1, Ordering::Relaxed);
                }
                match frame.kind {
                    "ping" => socket.send(Message::text(r#"{"type":"pong"}"#)).await?,
                    "auth_expiring" => {
                        let auth = json!({"type": "auth", "token": self.token()?});
                        socket.send(Message::text(auth.to_string())).await?;
                    }
                    _ => {}
                }
            }
            text = next(&mut socket).await?;
        }
    }

    /// Connects, says what to follow, and waits to be let in; returns also what it is told first.
    async fn arrive(&self, crowd: &Crowd) -> Result<(Socket, Utf8Bytes), Ended> {
        let stream = TcpStream::connect(crowd.target.authority()).await?;
        stream.set_nodelay(true)?;
        let mut request = crowd.target.socket().into_client_request()?;
        let bearer = format!("Bearer {}", self.token()?)
            .parse()
            .map_err(|_| Ended::Never("the token has characters that no token has".into()))?;
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
        let config = WebSocketConfig::default()
            .read_buffer_size(READ)
            .write_buffer_size(0);
        let (mut socket, _) = client_async_with_config(request, stream, Some(config)).await?;
        // What is said before one is let in is kept.
        let wish =
            json!({"type": "subscribe", "id": "a", "topic": self.topic, "after": self.after});
        socket.send(Message::text(wish.to_string())).await?;
        let first = next(&mut socket).await?;
        Ok((socket, first))
    }

    fn take(
        &mut self,
        frame: &Frame<'_>,
        now: i64,
        crowd: &Crowd,
        live: &mut bool,
    ) -> Result<(), Ended> {
        match frame.kind {
            "event" => {
                if let Some(event) = &frame.event {
                    self.take_event(event, now, crowd);
                }
            }
            "live" => *live = true,
            "subscribed" => *live = frame.mode == Some("live"),
            "reset" => {
                crowd.resets.fetch_add(1, Ordering::Relaxed);
                return Err(Ended::Never(
                    "the server does not know the cursor any more".into(),
                ));
            }
            "error" => {
                let (code, detail) = (frame.code.unwrap_or("error"), frame.detail.as_deref());
                let told = format!("{code}: {}", detail.unwrap_or_default());
                return Err(if frame.retry == Some(true) {
                    Ended::Again(AGAIN, told)
                } else {
                    Ended::Never(told)
                });
            }
            _ => {}
        }
        if let (Some(cursor), "subscribed" | "live" | "cursor") = (frame.cursor, frame.kind) {
            cursor.clone_into(&mut self.after);
        }
        Ok(())
    }

    fn take_event(&mut self, event: &Event<'_>, now: i64, crowd: &Crowd) {
        event.cursor.clone_into(&mut self.after);
        let (of, number) = match event.position {
            Some(position) if self.whole_log => (LOG, position),
            _ => (event.order_id, event.version),
        };
        if lock(&self.account).came(of, number) {
            crowd.count(event.recorded_at, now);
        }
    }
}

/// The next text.
async fn next(socket: &mut Socket) -> Result<Utf8Bytes, Ended> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text),
            Some(Ok(Message::Close(close))) => return Err(close.into()),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(error.into()),
            None => return Err(None.into()),
        }
    }
}

/// What a client looks at in a frame.
#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow)]
    event: Option<Event<'a>>,
    cursor: Option<&'a str>,
    mode: Option<&'a str>,
    code: Option<&'a str>,
    detail: Option<Cow<'a, str>>,
    retry: Option<bool>,
}

#[derive(Deserialize)]
struct Event<'a> {
    order_id: Uuid,
    version: u64,
    position: Option<u64>,
    recorded_at: &'a str,
    cursor: &'a str,
}

/// What a panicking holder has left behind is as good as before: all are counts.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
