//! The clients of a storm, in a process of their own.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::{SinkExt as _, StreamExt as _};
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// How long everybody may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// Within which somebody whose connection failed tries again.
const AGAIN: Duration = Duration::from_secs(1);

/// One client: who it is, where it stands, and how many events it has missed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Client {
    pub(super) token: String,
    pub(super) topic: String,
    pub(super) after: String,
    pub(super) missed: u64,
}

/// What all of them saw.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// When the last upgrade was answered.
    pub(super) connected_ms: u64,
    /// When they were live.
    pub(super) live_ms: Shares,
    /// Events that came, and those that did not or came twice.
    pub(super) events: u64,
    pub(super) missing: u64,
    pub(super) doubled: u64,
    /// Refusals that said when to come back, and those that did not.
    pub(super) hinted: u64,
    pub(super) unhinted: u64,
    /// Connections that were not made or were lost.
    pub(super) failed: u64,
    /// The node's memory while all are live.
    pub(super) resident_kib: u64,
}

/// After which time half of them, 99 % and all were so far.
#[derive(Debug, Serialize, Deserialize)]
pub struct Shares {
    pub(super) half: u64,
    pub(super) most: u64,
    pub(super) all: u64,
}

#[derive(Default)]
struct Counts {
    events: AtomicU64,
    missing: AtomicU64,
    doubled: AtomicU64,
    hinted: AtomicU64,
    unhinted: AtomicU64,
    failed: AtomicU64,
    connected_ms: AtomicU64,
}

type Socket = WebSocketStream<TcpStream>;

/// Reads from standard input where the node is and who the clients are, has all of them come at once, and
/// writes the report when all are live.
pub async fn run() -> anyhow::Result<()> {
    let input = tokio::task::spawn_blocking(|| std::io::read_to_string(std::io::stdin())).await??;
    let mut lines = input.lines();
    let start: Start = serde_json::from_str(lines.next().context("who is the node?")?)?;
    let clients = lines
        .map(serde_json::from_str)
        .collect::<Result<Vec<Client>, _>>()?;
    let counts = Arc::new(Counts::default());
    let began = Instant::now();
    let mut coming = JoinSet::new();
    for client in clients {
        let counts = Arc::clone(&counts);
        coming.spawn(async move {
            let back = come_back(start.address, &client, &counts, began);
            let socket = tokio::time::timeout(PATIENCE, back).await?;
            anyhow::Ok((began.elapsed(), socket))
        });
    }
    let (mut times, mut sockets) = (Vec::new(), Vec::new());
    while let Some(back) = coming.join_next().await {
        let (time, socket) = back?.context("not live in time")?;
        times.push(time);
        sockets.push(socket);
    }
    times.sort();
    let at = |share: usize| {
        let time = times.get((times.len() * share).div_ceil(100).saturating_sub(1));
        time.map_or(0, |time| millis(*time))
    };
    // A moment for what was made for the replays to be let go of.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let report = Report {
        connected_ms: get(&counts.connected_ms),
        live_ms: Shares {
            half: at(50),
            most: at(99),
            all: at(100),
        },
        events: get(&counts.events),
        missing: get(&counts.missing),
        doubled: get(&counts.doubled),
        hinted: get(&counts.hinted),
        unhinted: get(&counts.unhinted),
        failed: get(&counts.failed),
        resident_kib: waybill_tests::process::memory_kib(start.process, "VmRSS:")?,
    };
    println!("{}", serde_json::to_string(&report)?);
    drop(sockets);
    Ok(())
}

/// The first line of the input.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Start {
    pub(super) address: SocketAddr,
    pub(super) process: u32,
}

/// Comes back, as often as it is sent away, until it is live.
async fn come_back(
    address: SocketAddr,
    client: &Client,
    counts: &Counts,
    began: Instant,
) -> Socket {
    loop {
        match resume(address, client, counts, began).await {
            Ok(Some(socket)) => return socket,
            Ok(None) => {}
            Err(_) => {
                counts.failed.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(AGAIN.mul_f64(rand::random())).await;
            }
        }
    }
}

/// Connects, resumes and takes what it missed; nothing if it was sent away and has waited.
async fn resume(
    address: SocketAddr,
    client: &Client,
    counts: &Counts,
    began: Instant,
) -> anyhow::Result<Option<Socket>> {
    let config = WebSocketConfig::default()
        .read_buffer_size(4 << 10)
        .write_buffer_size(0);
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let url = format!("ws://{address}/v1/ws");
    let (mut socket, _) = client_async_with_config(url, stream, Some(config)).await?;
    let elapsed = millis(began.elapsed());
    counts.connected_ms.fetch_max(elapsed, Ordering::Relaxed);
    let hello = serde_json::json!({"type": "hello", "token": client.token});
    socket.send(Message::text(hello.to_string())).await?;
    let mut seen = HashSet::new();
    while let Some(message) = socket.next().await {
        let text = match message? {
            Message::Text(text) => text,
            Message::Close(Some(close)) if u16::from(close.code) == 4120 => {
                sent_away(&close.reason, counts).await;
                return Ok(None);
            }
            Message::Close(close) => anyhow::bail!("{close:?}"),
            _ => continue,
        };
        for line in text.lines() {
            let frame: Frame<'_> = serde_json::from_str(line)?;
            match frame.kind {
                "welcome" => {
                    let wish = serde_json::json!({
                        "type": "subscribe", "id": "a", "topic": client.topic, "after": client.after,
                    });
                    socket.send(Message::text(wish.to_string())).await?;
                }
                "event" => {
                    let event = frame.event.context("an event frame without an event")?;
                    let new = seen.insert(event.event_id.to_owned());
                    counts.doubled.fetch_add(u64::from(!new), Ordering::Relaxed);
                }
                "ping" => socket.send(Message::text(r#"{"type":"pong"}"#)).await?,
                "live" => return Ok(Some(live(socket, client, &seen, counts))),
                "subscribed" if frame.mode == Some("live") => {
                    return Ok(Some(live(socket, client, &seen, counts)));
                }
                "subscribed" | "cursor" => {}
                other => anyhow::bail!("{other}: {line}"),
            }
        }
    }
    anyhow::bail!("the connection was cut")
}

fn live(socket: Socket, client: &Client, seen: &HashSet<String>, counts: &Counts) -> Socket {
    let got = seen.len() as u64;
    counts.events.fetch_add(got, Ordering::Relaxed);
    let missing = client.missed.abs_diff(got);
    counts.missing.fetch_add(missing, Ordering::Relaxed);
    socket
}

/// Waits as the hint says.
async fn sent_away(reason: &str, counts: &Counts) {
    let hint = reason.split_once("retry_within_ms=");
    let hint = hint.and_then(|(_, ms)| ms.parse::<u64>().ok());
    let count = if hint.is_some() {
        &counts.hinted
    } else {
        &counts.unhinted
    };
    count.fetch_add(1, Ordering::Relaxed);
    let within = hint.map_or(AGAIN, Duration::from_millis);
    tokio::time::sleep(within.mul_f64(rand::random())).await;
}

#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    mode: Option<&'a str>,
    #[serde(borrow)]
    event: Option<Event<'a>>,
}

#[derive(Deserialize)]
struct Event<'a> {
    event_id: &'a str,
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
