//! A network between two programs that does to them what networks do: it delays, loses, cuts, and passes on half of
//! what it was given.
//!
//! A [`Network`] is a port that leads somewhere. Left alone it passes everything on. What is done to all connections
//! is switched on and off ([`Network::hang`], [`Network::slow_down`], [`Network::lose_notifications`]); what is done to
//! one, at one moment, is a [`Fault`] that lies in wait until somebody sends what it waits for ([`Network::strike`]).
//! All choices come from a seed.

mod postgres;
mod pump;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;

/// Where connections lead.
#[derive(Clone, Debug)]
pub enum Route {
    /// A port.
    Tcp(SocketAddr),
    /// A socket in the file system, such as Postgres'.
    Socket(PathBuf),
}

/// What happens to one connection when its client sends something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// All of it arrives, and the connection is cut when the answer comes: it was done, and nobody was told.
    CutAnswer,
    /// The first bytes of it arrive, then the connection is cut: it was not done.
    CutQuestion,
    /// All of it arrives, and the first bytes of the answer; then the connection is cut.
    TruncateAnswer,
    /// Some of its bytes arrive twice.
    RepeatQuestion,
    /// All of it arrives twice.
    DoubleQuestion,
    /// Some of the answer's bytes arrive twice.
    RepeatAnswer,
    /// It arrives later by this much.
    Delay(Duration),
    /// It arrives, and nothing comes back ever after; nothing is closed either.
    Lose,
}

/// What a [`Fault`] waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    /// Whoever sends next.
    Any,
    /// A connection on which these bytes have been sent before, or are now: a statement's name, for instance, for
    /// the connections that it is prepared on.
    Speaks(&'static str),
}

/// A port that leads somewhere. Dropping it closes the port and cuts what is open.
pub struct Network {
    /// Where clients connect.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    listening: CancellationToken,
}

struct Shared {
    state: Mutex<State>,
    hanging: watch::Sender<bool>,
    lost_notifications: AtomicU64,
}

struct State {
    route: Route,
    random: StdRng,
    /// Cancelled when the connections that are open now are cut.
    cut: CancellationToken,
    refusing: bool,
    delay: Duration,
    /// Whether the server's side is Postgres' protocol, with notifications taken out of it.
    losing_notifications: bool,
    armed: Option<Armed>,
}

struct Armed {
    fault: Fault,
    victim: Victim,
    struck: oneshot::Sender<()>,
}

impl Network {
    /// One that leads to `route` and makes its choices from `seed`.
    pub async fn to(route: Route, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                route,
                random: StdRng::seed_from_u64(seed),
                cut: CancellationToken::new(),
                refusing: false,
                delay: Duration::ZERO,
                losing_notifications: false,
                armed: None,
            }),
            hanging: watch::Sender::new(false),
            lost_notifications: AtomicU64::new(0),
        });
        let listening = CancellationToken::new();
        let listen = listen(listener, Arc::clone(&shared));
        tokio::spawn(listening.clone().run_until_cancelled_owned(listen));
        Ok(Self {
            address,
            shared,
            listening,
        })
    }

    /// Leads new connections to `route`; those that are open stay.
    pub fn lead_to(&self, route: Route) {
        self.shared.state().route = route;
    }

    /// Cuts every connection. New ones get through.
    pub fn cut(&self) {
        std::mem::take(&mut self.shared.state().cut).cancel();
    }

    /// Whether new connections are closed as soon as they are made.
    pub fn refuse(&self, refusing: bool) {
        self.shared.state().refusing = refusing;
    }

    /// Whether nothing is passed on: connections stay open, and what is sent waits.
    pub fn hang(&self, hanging: bool) {
        self.shared.hanging.send_replace(hanging);
    }

    /// What is sent from now on arrives later by `delay`, either way.
    pub fn slow_down(&self, delay: Duration) {
        self.shared.state().delay = delay;
    }

    /// Whether Postgres' notifications are taken out of what it sends. Both sides must speak its protocol in plain
    /// text, from the first byte on: `sslmode=disable`.
    pub fn lose_notifications(&self, losing: bool) {
        self.shared.state().losing_notifications = losing;
    }

    /// How many notifications were taken out so far.
    pub fn lost_notifications(&self) -> u64 {
        self.shared.lost_notifications.load(Ordering::Relaxed)
    }

    /// Lies in wait for `victim`, and returns when it was struck. Whatever lay in wait before is forgotten.
    pub async fn strike(&self, fault: Fault, victim: Victim) {
        let (struck, done) = oneshot::channel();
        self.shared.state().armed = Some(Armed {
            fault,
            victim,
            struck,
        });
        // Forgotten for another one: that is the end of waiting for this one, too.
        let _ = done.await;
    }

    /// Nothing lies in wait, hangs, is late or is lost any more. What was cut stays cut.
    pub fn heal(&self) {
        let mut state = self.shared.state();
        state.armed = None;
        state.refusing = false;
        state.delay = Duration::ZERO;
        state.losing_notifications = false;
        drop(state);
        self.hang(false);
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.listening.cancel();
        self.cut();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns as soon as something may be passed on.
    async fn flowing(&self) {
        // The sender is ours, so waiting cannot fail.
        let _ = self.hanging.subscribe().wait_for(|hanging| !hanging).await;
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        let (route, cut, refusing) = {
            let state = shared.state();
            (state.route.clone(), state.cut.clone(), state.refusing)
        };
        if refusing {
            continue;
        }
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            shared.flowing().await;
            let passed = async {
                match route {
                    Route::Tcp(address) => {
                        let server = TcpStream::connect(address).await?;
                        server.set_nodelay(true)?;
                        pump::connect(client, server.into_split(), shared, &cut).await
                    }
                    Route::Socket(path) => {
                        let server = UnixStream::connect(path).await?;
                        pump::connect(client, server.into_split(), shared, &cut).await
                    }
                }
            };
            // A server that is not there, or a connection that has broken: both sides are told by its end.
            let _: io::Result<()> = passed.await;
        });
    }
}
