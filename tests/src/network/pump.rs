//! One connection: what passes in either direction, and what becomes of it.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::postgres::Frames;
use super::{Fault, Shared, State, Victim};

/// Bytes that are passed on at once, at most.
const CHUNK: usize = 64 << 10;

/// What the two directions of a connection know of each other.
struct Connection {
    shared: Arc<Shared>,
    /// What the next bytes from the server meet.
    answer: Mutex<Option<Fault>>,
    /// Cancelled when this connection is cut.
    cut: CancellationToken,
}

/// What becomes of some bytes.
enum Passage {
    /// These arrive.
    On,
    /// These arrive, and then the connection is cut.
    Then(Vec<u8>),
    /// Others arrive in their place.
    Changed(Vec<u8>),
    /// They arrive later.
    Late(Duration),
    /// Nothing arrives any more, and nothing is closed.
    Nothing,
}

/// Passes on what either side sends, until one of them ends or the connection is cut.
pub(super) async fn connect<R, W>(
    client: TcpStream,
    (mut from_server, mut to_server): (R, W),
    shared: Arc<Shared>,
    cut: &CancellationToken,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    client.set_nodelay(true)?;
    let connection = Connection {
        shared,
        answer: Mutex::new(None),
        cut: cut.child_token(),
    };
    let (mut from_client, mut to_client) = client.into_split();
    let ended = tokio::select! {
        ended = async {
            tokio::try_join!(
                connection.questions(&mut from_client, &mut to_server),
                connection.answers(&mut from_server, &mut to_client),
            )
            .map(|_| ())
        } => ended,
        () = connection.cut.cancelled() => Ok(()),
    };
    if connection.cut.is_cancelled() {
        // As a peer that has crashed: an RST, not an orderly end.
        let _ = to_client
            .reunite(from_client)
            .map(|client| client.set_zero_linger());
    }
    ended
}

impl Connection {
    async fn questions(
        &self,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        let mut said = Said::default();
        loop {
            let read = from.read(&mut chunk).await?;
            if read == 0 {
                return to.shutdown().await;
            }
            let bytes = &chunk[..read];
            said.hear(bytes);
            self.pause().await;
            let passage = self.meet(bytes, &said);
            self.pass(bytes, passage, to).await?;
        }
    }

    async fn answers(
        &self,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        let mut frames = Frames::default();
        loop {
            let read = from.read(&mut chunk).await?;
            if read == 0 {
                return to.shutdown().await;
            }
            self.pause().await;
            let losing = self.shared.state().losing_notifications;
            let bytes = frames.pass(&chunk[..read], losing);
            let lost = frames.take_lost();
            self.shared
                .lost_notifications
                .fetch_add(lost, Ordering::Relaxed);
            let fault = self
                .answer
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            let passage = fault.map_or(Passage::On, |fault| self.answered(fault, &bytes));
            self.pass(&bytes, passage, to).await?;
        }
    }

    /// What everybody's bytes wait for.
    async fn pause(&self) {
        self.shared.flowing().await;
        let delay = self.shared.state().delay;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    /// What becomes of the client's `bytes`, if something lies in wait for it.
    fn meet(&self, bytes: &[u8], said: &Said) -> Passage {
        let mut state = self.shared.state();
        let met = state.armed.take_if(|armed| match armed.victim {
            Victim::Any => true,
            Victim::Speaks(word) => said.contains(word),
        });
        let Some(armed) = met else {
            return Passage::On;
        };
        // Whoever armed it may have stopped waiting.
        let _ = armed.struck.send(());
        match armed.fault {
            Fault::CutQuestion => Passage::Then(some_of(bytes, &mut state)),
            Fault::RepeatQuestion => Passage::Changed(stuttered(bytes, &mut state.random)),
            Fault::DoubleQuestion => Passage::Changed([bytes, bytes].concat()),
            Fault::Delay(by) => Passage::Late(by),
            fault => {
                *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
                Passage::On
            }
        }
    }

    /// What becomes of the answer to what met `fault`.
    fn answered(&self, fault: Fault, bytes: &[u8]) -> Passage {
        let mut state = self.shared.state();
        match fault {
            Fault::CutAnswer => Passage::Then(Vec::new()),
            Fault::TruncateAnswer => Passage::Then(some_of(bytes, &mut state)),
            Fault::RepeatAnswer => Passage::Changed(stuttered(bytes, &mut state.random)),
            Fault::Lose => Passage::Nothing,
            Fault::CutQuestion
            | Fault::RepeatQuestion
            | Fault::DoubleQuestion
            | Fault::Delay(_) => Passage::On,
        }
    }

    async fn pass(
        &self,
        bytes: &[u8],
        passage: Passage,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<()> {
        match passage {
            Passage::On => to.write_all(bytes).await,
            Passage::Changed(others) => to.write_all(&others).await,
            Passage::Late(by) => {
                tokio::time::sleep(by).await;
                to.write_all(bytes).await
            }
            Passage::Then(part) => {
                to.write_all(&part).await?;
                self.cut.cancel();
                Ok(())
            }
            Passage::Nothing => std::future::pending().await,
        }
    }
}

/// What a client has said at first: the words that faults wait for. Statements are prepared early on.
#[derive(Default)]
struct Said {
    heard: Vec<u8>,
}

impl Said {
    fn hear(&mut self, bytes: &[u8]) {
        if self.heard.len() < CHUNK {
            self.heard.extend_from_slice(bytes);
        }
    }

    fn contains(&self, word: &str) -> bool {
        self.heard
            .windows(word.len().max(1))
            .any(|window| window == word.as_bytes())
    }
}

/// A beginning of `bytes` that is not all of them.
fn some_of(bytes: &[u8], state: &mut State) -> Vec<u8> {
    let length = state.random.random_range(0..bytes.len().max(1));
    bytes[..length].to_vec()
}

/// `bytes` with a stretch of them said twice.
fn stuttered(bytes: &[u8], random: &mut StdRng) -> Vec<u8> {
    let from = random.random_range(0..bytes.len().max(1));
    let to = random.random_range(from + 1..=bytes.len());
    [&bytes[..to], &bytes[from..]].concat()
}
