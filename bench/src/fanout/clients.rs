//! The clients, in a process of their own: one thread, one poll, one buffer to read into.
//!
//! They are the same for all sides and as cheap as they can be, so that what is measured is the server: the
//! upgrade is written by hand, and of what comes only the frames' headers and, in an event, its number and its
//! time are looked at.

mod connection;
pub mod websocket;

use std::collections::VecDeque;
use std::io::{BufRead as _, Write as _};
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use mio::{Events, Interest, Poll, Token};
use serde::{Deserialize, Serialize};

use super::tally::Tally;
use connection::{Connection, Reader};

/// Connections that are being made at once.
const AT_ONCE: usize = 100;
/// After so long without anything new, who has not got everything will not.
const PATIENCE: Duration = Duration::from_secs(10);
/// So long after the last event one that came twice would have come.
const AFTERWARDS: Duration = Duration::from_millis(200);

/// Whom to connect to, and who the clients are.
#[derive(Debug, Serialize, Deserialize)]
pub struct Spec {
    /// The server.
    pub address: SocketAddr,
    /// How one speaks with it.
    pub speech: Speech,
    /// The clients.
    pub clients: Vec<Client>,
}

/// One of them.
#[derive(Debug, Serialize, Deserialize)]
pub struct Client {
    /// Where the upgrade goes to.
    pub path: String,
    /// Its bearer token.
    pub token: Option<String>,
}

/// What is said besides events.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Speech {
    /// What a client says once it is upgraded.
    pub greeting: Option<String>,
    /// How the message begins after which it is ready; if none, it is ready when it is upgraded.
    pub ready: Option<String>,
    /// How a ping begins, and the answer.
    pub ping: Option<(String, String)>,
}

/// What they saw.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// What each got.
    pub tallies: Vec<Tally>,
    /// Bytes of all events.
    pub bytes: u64,
    /// From the earliest time in an event to when the last one was read, in µs.
    pub took_us: u64,
    /// How long after the time in it an event was read, in µs: half of them, 99 %, 99.9 %.
    pub latency_us: [u64; 3],
}

/// Reads a [`Spec`] from standard input and says `ready` when all are; reads how many events there are in
/// all, and writes the [`Report`] when they have come. Ends when standard input does.
pub fn run() -> anyhow::Result<()> {
    let mut input = std::io::stdin().lock();
    let mut line = String::new();
    input.read_line(&mut line)?;
    drop(input);
    let mut crowd = Crowd::of(serde_json::from_str(&line)?)?;
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            drop(line.parse().map(|total: u64| tell.send(total)));
        }
    });
    while crowd.ready < crowd.connections.len() || !crowd.waiting.is_empty() {
        crowd.fill()?;
        crowd.turn()?;
    }
    println!("ready");
    std::io::stdout().flush()?;
    if let Some(total) = crowd.wait_for_total(&told)? {
        crowd.finish(total)?;
        println!("{}", serde_json::to_string(&crowd.report())?);
    }
    Ok(())
}

struct Crowd {
    address: SocketAddr,
    poll: Poll,
    events: Events,
    waiting: VecDeque<Client>,
    connections: Vec<Connection>,
    ready: usize,
    reader: Reader,
    seen: u64,
    last: Instant,
}

impl Crowd {
    fn of(spec: Spec) -> anyhow::Result<Self> {
        Ok(Self {
            address: spec.address,
            poll: Poll::new()?,
            events: Events::with_capacity(1_024),
            connections: Vec::with_capacity(spec.clients.len()),
            waiting: spec.clients.into(),
            ready: 0,
            reader: Reader::new(spec.speech),
            seen: 0,
            last: Instant::now(),
        })
    }

    /// Begins connections until enough are under way.
    fn fill(&mut self) -> anyhow::Result<()> {
        while self.connections.len() - self.ready < AT_ONCE
            && let Some(client) = self.waiting.pop_front()
        {
            let mut connection = Connection::begin(self.address, &client)?;
            let token = Token(self.connections.len());
            self.poll
                .registry()
                .register(&mut connection.stream, token, Interest::READABLE)?;
            self.connections.push(connection);
        }
        Ok(())
    }

    /// Reads what has come.
    fn turn(&mut self) -> anyhow::Result<()> {
        self.poll
            .poll(&mut self.events, Some(Duration::from_millis(50)))?;
        for event in &self.events {
            let nth = event.token().0;
            let connection = self.connections.get_mut(nth).context("nobody's event")?;
            let was_ready = connection.ready;
            let before = connection.tally.count;
            let read = self.reader.read(connection);
            read.with_context(|| format!("client {nth}"))?;
            self.ready += usize::from(connection.ready && !was_ready);
            if connection.tally.count > before {
                self.seen += connection.tally.count - before;
                self.last = Instant::now();
            }
        }
        Ok(())
    }

    /// Goes on reading until it is known how many events there are; never, if the other side has gone.
    fn wait_for_total(&mut self, told: &Receiver<u64>) -> anyhow::Result<Option<u64>> {
        loop {
            match told.try_recv() {
                Ok(total) => return Ok(Some(total)),
                Err(TryRecvError::Disconnected) => return Ok(None),
                Err(TryRecvError::Empty) => self.turn()?,
            }
        }
    }

    fn finish(&mut self, total: u64) -> anyhow::Result<()> {
        self.last = Instant::now();
        loop {
            let enough = if self.seen < total {
                PATIENCE
            } else {
                AFTERWARDS
            };
            if self.last.elapsed() > enough {
                return Ok(());
            }
            self.turn()?;
        }
    }

    fn report(mut self) -> Report {
        let seen = &mut self.reader.seen;
        seen.latency_us.sort_unstable();
        let count = seen.latency_us.len();
        let at = |permille: usize| {
            let place = (count * permille).div_ceil(1_000).saturating_sub(1);
            seen.latency_us.get(place).map_or(0, |us| u64::from(*us))
        };
        Report {
            bytes: seen.bytes,
            took_us: seen.last_us.saturating_sub(seen.first_us),
            latency_us: [500, 990, 999].map(at),
            tallies: self.connections.iter().map(|one| one.tally).collect(),
        }
    }
}

/// Microseconds since midnight, in UTC.
fn since_midnight() -> u64 {
    const DAY: u128 = 86_400_000_000;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(now.as_micros() % DAY).unwrap_or_default()
}
