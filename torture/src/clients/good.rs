//! Those who do nothing wrong: they follow orders, answer pings, and keep account.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, oneshot};
use waybill_api::auth::Role;
use waybill_infra::histogram::{Counts, Histogram};
use waybill_tests::hostile;

use super::shop::Shop;

/// How long all of them may take until they are live.
const PATIENCE: Duration = Duration::from_mins(1);
/// So many connect at once.
const CONNECTING: usize = 256;
/// Bytes that are read at once.
const READ: usize = 4 << 10;

/// How one follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    /// The native WebSocket.
    WebSocket,
    /// Server-sent events.
    Stream,
}

/// Who follows what, and how.
pub(super) struct Wanted {
    pub(super) channel: Channel,
    pub(super) token: String,
    pub(super) topic: String,
    /// Whether all orders are followed by staff, who see positions, of which none may be missing.
    pub(super) whole_log: bool,
}

impl Wanted {
    /// Colleagues who follow all orders, so many on each channel.
    pub(super) fn colleagues(shop: &Shop, count: usize) -> anyhow::Result<Vec<Self>> {
        let mut wanted = Vec::new();
        for nth in 0..count {
            let token = shop.token(&format!("colleague-{nth}"), Role::Staff)?;
            for channel in [Channel::WebSocket, Channel::Stream] {
                wanted.push(Self {
                    channel,
                    token: token.clone(),
                    topic: "orders".to_owned(),
                    whole_log: true,
                });
            }
        }
        Ok(wanted)
    }
}

/// What they share.
struct Shared {
    address: SocketAddr,
    connecting: Semaphore,
    live: AtomicUsize,
    came: AtomicU64,
    gaps: AtomicU64,
    cut_off: AtomicU64,
    why: Mutex<Option<String>>,
    latency: Histogram,
}

/// All of them, on a thread of their own.
pub(super) struct Good {
    shared: Arc<Shared>,
    followers: usize,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

impl Good {
    /// Has them connect, and waits until all are live.
    pub(super) async fn gather(address: SocketAddr, wanted: Vec<Wanted>) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared {
            address,
            connecting: Semaphore::new(CONNECTING),
            live: AtomicUsize::new(0),
            came: AtomicU64::new(0),
            gaps: AtomicU64::new(0),
            cut_off: AtomicU64::new(0),
            why: Mutex::new(None),
            latency: Histogram::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let followers = wanted.len();
        let theirs = Arc::clone(&shared);
        let thread = std::thread::spawn(move || follow_all(&theirs, wanted, stopped));
        let good = Self {
            shared,
            followers,
            stop: Some(stop),
            thread: Some(thread),
        };
        let until = Instant::now() + PATIENCE;
        while good.shared.live.load(Ordering::Relaxed) < followers {
            good.nobody_was_cut_off()?;
            anyhow::ensure!(Instant::now() < until, "the good ones are not all live");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(good)
    }

    fn nobody_was_cut_off(&self) -> anyhow::Result<()> {
        let why = self.shared.why.lock();
        let why = why.unwrap_or_else(PoisonError::into_inner);
        why.as_ref()
            .map_or(Ok(()), |why| Err(anyhow::anyhow!("a good one: {why}")))
    }

    /// How long deliveries took since this was last asked.
    pub(super) fn latency(&self) -> Counts {
        self.shared.latency.drain()
    }

    /// Events that came to all of them together.
    pub(super) fn came(&self) -> u64 {
        self.shared.came.load(Ordering::Relaxed)
    }

    /// How many they are.
    pub(super) fn followers(&self) -> usize {
        self.followers
    }

    /// What went wrong for them so far.
    pub(super) fn findings(&self) -> Vec<String> {
        let mut findings = Vec::new();
        let cut_off = self.shared.cut_off.load(Ordering::Relaxed);
        if cut_off > 0 {
            let why = self.shared.why.lock();
            let why = why.unwrap_or_else(PoisonError::into_inner).clone();
            let why = why.unwrap_or_default();
            findings.push(format!("{cut_off} good clients were cut off: {why}"));
        }
        let gaps = self.shared.gaps.load(Ordering::Relaxed);
        if gaps > 0 {
            findings.push(format!("{gaps} times a good client missed something"));
        }
        findings
    }

    /// Has them leave.
    pub(super) fn leave(mut self) -> anyhow::Result<()> {
        drop(self.stop.take());
        let thread = self.thread.take().context("a thread")?;
        let ended = thread.join();
        ended.map_err(|_| anyhow::anyhow!("the good clients panicked"))??;
        Ok(())
    }
}

fn follow_all(
    shared: &Arc<Shared>,
    wanted: Vec<Wanted>,
    stopped: oneshot::Receiver<()>,
) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        for one in wanted {
            let shared = Arc::clone(shared);
            tokio::spawn(async move {
                if let Err(error) = follow(&shared, one).await {
                    shared.cut_off.fetch_add(1, Ordering::Relaxed);
                    let mut why = shared.why.lock().unwrap_or_else(PoisonError::into_inner);
                    why.get_or_insert_with(|| format!("{error:#}"));
                }
            });
        }
        // Ends when the other end is dropped, too.
        let _ = stopped.await;
    });
    Ok(())
}

async fn follow(shared: &Shared, wanted: Wanted) -> anyhow::Result<()> {
    let turn = shared.connecting.acquire().await?;
    let mut stream = TcpStream::connect(shared.address).await?;
    stream.set_nodelay(true)?;
    let (token, topic) = (&wanted.token, &wanted.topic);
    let authorization = format!("authorization: Bearer {token}\r\n");
    let hello = match wanted.channel {
        Channel::WebSocket => hostile::upgrade(shared.address, "/v1/ws", &authorization),
        Channel::Stream => format!(
            "GET /v1/events/stream?topic={topic} HTTP/1.1\r\nhost: {}\r\n{authorization}\r\n",
            shared.address
        ),
    };
    stream.write_all(hello.as_bytes()).await?;
    let mut account = Account {
        shared,
        position: wanted.whole_log.then_some(0),
    };
    let mut turn = Some(turn);
    let (mut came, mut room) = (Vec::new(), vec![0; READ]);
    let mut upgraded = false;
    loop {
        let length = stream.read(&mut room).await?;
        anyhow::ensure!(length > 0, "the connection was closed");
        came.extend_from_slice(&room[..length]);
        if !upgraded {
            let Some(end) = came.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let status = String::from_utf8_lossy(&came[9..12]).into_owned();
            anyhow::ensure!(matches!(&*status, "101" | "200"), "answered with {status}");
            came.drain(..end + 4);
            upgraded = true;
            if wanted.channel == Channel::WebSocket {
                let wish = format!(r#"{{"type":"subscribe","id":"a","topic":"{topic}"}}"#);
                stream
                    .write_all(&hostile::frame(hostile::TEXT, wish.as_bytes()))
                    .await?;
            }
        }
        let heard = match wanted.channel {
            Channel::WebSocket => account.frames(&mut came)?,
            Channel::Stream => account.lines(&mut came)?,
        };
        if heard.live && turn.take().is_some() {
            shared.live.fetch_add(1, Ordering::Relaxed);
        }
        if heard.ping {
            let pong = hostile::frame(hostile::TEXT, br#"{"type":"pong"}"#);
            stream.write_all(&pong).await?;
        }
    }
}

/// What was said besides events.
#[derive(Default)]
struct Heard {
    live: bool,
    ping: bool,
}

/// What one of them has got.
struct Account<'s> {
    shared: &'s Shared,
    position: Option<u64>,
}

impl Account<'_> {
    /// Takes whole frames off `came`.
    fn frames(&mut self, came: &mut Vec<u8>) -> anyhow::Result<Heard> {
        let mut heard = Heard::default();
        let mut done = 0;
        while let Some((first, payload, length)) = hostile::split(&came[done..]) {
            let text = std::str::from_utf8(payload).unwrap_or("?");
            anyhow::ensure!(first != hostile::CLOSE, "closed: {}", text.escape_debug());
            heard.ping |= text.contains(r#"{"type":"ping""#);
            heard.live |= text.contains(r#""mode":"live""#);
            self.events(text)?;
            done += length;
        }
        came.drain(..done);
        Ok(heard)
    }

    /// Takes whole lines off `came`.
    fn lines(&mut self, came: &mut Vec<u8>) -> anyhow::Result<Heard> {
        let mut heard = Heard::default();
        let end = came.iter().rposition(|byte| *byte == b'\n');
        let whole: Vec<u8> = came.drain(..end.map_or(0, |end| end + 1)).collect();
        for line in whole.split(|byte| *byte == b'\n') {
            let text = std::str::from_utf8(line).unwrap_or_default();
            heard.live |= text.starts_with("event: live");
            let ends = ["event: drain", "event: end", "event: reset"];
            anyhow::ensure!(!ends.iter().any(|end| text.starts_with(end)), "{text}");
            if let Some(event) = text.strip_prefix("data: ") {
                self.events(event)?;
            }
        }
        Ok(heard)
    }

    /// Counts the events in a text.
    fn events(&mut self, text: &str) -> anyhow::Result<()> {
        let now = Utc::now();
        for (at, key) in text.match_indices(r#""recorded_at":""#) {
            let rest = &text[at + key.len()..];
            let recorded = rest.split('"').next().unwrap_or_default();
            let recorded = DateTime::parse_from_rfc3339(recorded)?;
            let took = (now - recorded.to_utc()).to_std().unwrap_or_default();
            self.shared.latency.record(took);
            self.shared.came.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(last) = &mut self.position {
            for (at, key) in text.match_indices(r#""position":"#) {
                let digits = text[at + key.len()..].split(|c: char| !c.is_ascii_digit());
                let position = digits.into_iter().next().unwrap_or_default().parse()?;
                if *last > 0 && position != *last + 1 {
                    self.shared.gaps.fetch_add(1, Ordering::Relaxed);
                }
                *last = position;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> Shared {
        Shared {
            address: ([127, 0, 0, 1], 1).into(),
            connecting: Semaphore::new(1),
            live: AtomicUsize::new(0),
            came: AtomicU64::new(0),
            gaps: AtomicU64::new(0),
            cut_off: AtomicU64::new(0),
            why: Mutex::new(None),
            latency: Histogram::default(),
        }
    }

    fn event(position: u64) -> String {
        let now = Utc::now().to_rfc3339();
        format!(
            r#"{{"type":"event","event":{{"position":{position},"recorded_at":"{now}"}}}}{}"#,
            '\n'
        )
    }

    #[test]
    fn a_position_that_is_missing_is_noticed_however_the_bytes_come() {
        for (positions, gaps) in [(vec![7, 8, 9], 0), (vec![7, 9, 10], 1), (vec![7, 7], 1)] {
            let shared = shared();
            let mut account = Account {
                shared: &shared,
                position: Some(0),
            };
            let lines = positions.iter().map(|p| format!("data: {}", event(*p)));
            let lines = lines.collect::<Vec<_>>().concat();
            let mut came = Vec::new();
            for byte in lines.bytes() {
                came.push(byte);
                account.lines(&mut came).unwrap();
            }
            assert_eq!(shared.gaps.load(Ordering::Relaxed), gaps, "{positions:?}");
            let all = shared.came.load(Ordering::Relaxed);
            assert_eq!(all, positions.len() as u64);
        }
    }
}
