//! Takes connections and serves them, as `axum::serve` does, and bounds how many there are, how long a
//! client may be silent, and how long it may leave what it is sent.

mod door;
mod refusal;

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::config::Config;
pub use door::Place;
use door::{Door, Newcomer};

/// Within this time after it was opened, a connection must have brought the head of its first request.
const FIRST_REQUEST: Duration = Duration::from_secs(10);
/// Within this time the head of each further one must have come. A connection may be idle for as long:
/// longer than a proxy keeps one (60 s), so that it is the proxy that ends it, not we in the middle of
/// its next request.
const NEXT_REQUEST: Duration = Duration::from_secs(75);

/// Bytes that the system may hold for one connection that does not read; Linux doubles it.
const SEND_BUFFER: usize = 128 << 10;

/// Bytes of answers that wait in one connection at most before more are made, and of a request's head:
/// what a client that reads slowly costs.
const BUFFER: usize = 64 << 10;

/// What a listener's connections are bound to.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Most that are open at a time; the next is closed at once.
    pub connections: usize,
    /// How long a client may take nothing of what it is sent. Whoever has said why he ends a connection for
    /// that goes first: the system cuts what is left after twice as long.
    pub stall: Duration,
}

impl Bounds {
    /// As configured.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            connections: config.http.connections_max,
            stall: config.push.stall,
        }
    }
}

/// Cuts the connection that a request came over, whatever still waits in it: for an answer that its client
/// does not take. In every request's extensions; no other request is answered on the connection meanwhile.
#[derive(Clone, Debug)]
pub struct HangUp(CancellationToken);

impl HangUp {
    /// Does it.
    pub fn now(&self) {
        self.0.cancel();
    }
}

/// Connections that the system may hold until we take them; Linux has a bound of its own, of 4,096. Those
/// for which there is no room try again only seconds later, so it is generous.
const BACKLOG: u32 = 4_096;

/// Begins to listen.
///
/// # Errors
/// When the address is taken or not ours.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // So that a node can be started again at once, although old connections linger.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `closing`; then takes no more connections, and returns when every request is answered.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    closing: CancellationToken,
    bounds: Bounds,
) {
    let mut door = Door::new(bounds.connections);
    let connections = TaskTracker::new();
    while let Some(accepted) = closing.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, remote)) => {
                if let Err(error) = tune(&stream, bounds.stall) {
                    tracing::trace!(%error, "a connection could not be tuned");
                }
                let cut = CancellationToken::new();
                let Some((place, newcomer)) = door.take(&cut) else {
                    continue;
                };
                let client = Client {
                    remote,
                    place,
                    newcomer,
                    cut,
                };
                let (router, closing) = (router.clone(), closing.clone());
                connections.spawn(converse(stream, client, router, closing));
            }
            Err(error) if of_the_connection(&error) => {}
            Err(error) => {
                // Usually too many open files, which takes a moment to pass.
                tracing::error!(%error, "no connection can be taken");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Whether it is only the client that has gone again.
fn of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// Sends small frames at once, and lets little wait in the system's own buffer: there a ping would queue
/// behind megabytes that a slow client has yet to read, and the memory would be nobody's to bound.
/// A client that does not confirm or take what it is sent, be it asleep or gone without a word, is cut.
fn tune(stream: &TcpStream, stall: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(2 * stall))?;
    socket.set_send_buffer_size(SEND_BUFFER)
}

/// Who is at the other end of a connection, and what ends it.
struct Client {
    remote: SocketAddr,
    place: Place,
    newcomer: Arc<Newcomer>,
    cut: CancellationToken,
}

async fn converse(stream: TcpStream, client: Client, router: Router, closing: CancellationToken) {
    let Client {
        remote,
        place,
        newcomer,
        cut,
    } = client;
    let asking = Arc::clone(&newcomer);
    let hang_up = HangUp(cut.clone());
    let service = router.map_request(move |mut request: hyper::Request<Incoming>| {
        asking.has_asked();
        request.extensions_mut().insert(ConnectInfo(remote));
        request.extensions_mut().insert(place.clone());
        request.extensions_mut().insert(hang_up.clone());
        request.map(Body::new)
    });
    let service = TowerToHyperService::new(service);
    // HTTP/1.1 only, where one answer is under way at a time and can be cut. HTTP/2 is for the proxy to speak.
    let mut connection = Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(NEXT_REQUEST)
        .max_buf_size(BUFFER)
        // Of what has come already, hyper would take more.
        .max_header_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut patience = pin!(tokio::time::sleep(FIRST_REQUEST));
    let (mut waiting, mut told) = (true, false);
    loop {
        tokio::select! {
            ended = &mut connection => {
                let Err(error) = ended else {
                    return;
                };
                tracing::trace!(%error, "a connection ended");
                if error.is_parse_version_h2() {
                    break;
                }
                return;
            }
            () = cut.cancelled() => return,
            () = closing.cancelled(), if !told => {
                told = true;
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
            () = patience.as_mut(), if waiting => {
                if !newcomer.asked() {
                    door::closed("silent");
                    return;
                }
                waiting = false;
            }
        }
    }
    if let Some(parts) = connection.into_parts() {
        let refusal = refusal::of_http2(parts.io.into_inner());
        cut.run_until_cancelled(refusal).await;
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::Instant;

    use super::*;

    async fn sends(to: SocketAddr, text: &str) -> (String, Duration) {
        let began = Instant::now();
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A connection that is reset has ended, too. One that never ends is not waited for either.
        let reading = stream.read_to_end(&mut answer);
        let _ = tokio::time::timeout(10 * NEXT_REQUEST, reading).await;
        (
            String::from_utf8_lossy(&answer).into_owned(),
            began.elapsed(),
        )
    }

    /// A character a second, for as long as they are taken.
    async fn trickles(to: SocketAddr, first: &str, then: &str) -> Duration {
        let began = Instant::now();
        let (mut reader, mut writer) = TcpStream::connect(to).await.unwrap().into_split();
        writer.write_all(first.as_bytes()).await.unwrap();
        let piece = then.to_owned();
        let writing = tokio::spawn(async move {
            while writer.write_all(piece.as_bytes()).await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let _ = reader.read_to_end(&mut Vec::new()).await;
        writing.abort();
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_little_is_not_waited_for_longer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let closing = CancellationToken::new();
        let router = Router::new().route("/", get(async || "hello"));
        let bounds = Bounds {
            connections: 100,
            stall: NEXT_REQUEST,
        };
        let serving = tokio::spawn(serve(listener, router, closing.clone(), bounds));
        for (first, then) in [
            ("", "G"),
            ("GET / HTTP/1.1\r\n", "x"),
            ("GET / HTTP/1.1\r\nhost: x\r\n", "a: b\r\n"),
        ] {
            let waited = trickles(address, first, then).await;
            assert!(
                waited <= FIRST_REQUEST + Duration::from_secs(2),
                "{first:?} {waited:?}"
            );
        }
        let waited = trickles(address, "GET / HTTP/1.1\r\nhost: x\r\n\r\nGET /", "x").await;
        assert!(
            waited <= NEXT_REQUEST + Duration::from_secs(2),
            "{waited:?}"
        );
        closing.cancel();
        serving.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_nothing_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let closing = CancellationToken::new();
        let who = get(|ConnectInfo(remote): ConnectInfo<SocketAddr>| async move {
            remote.ip().to_string()
        });
        let router = Router::new().route("/", who);
        let bounds = Bounds {
            connections: 100,
            stall: NEXT_REQUEST,
        };
        let serving = tokio::spawn(serve(listener, router, closing.clone(), bounds));

        for silent in ["", "P", "GET / HTTP/1.1\r\nhost:"] {
            let (_, waited) = sends(address, silent).await;
            assert!(
                waited >= FIRST_REQUEST && waited < NEXT_REQUEST,
                "{silent:?} {waited:?}"
            );
        }
        let (answer, waited) = sends(address, "GET / HTTP/1.1\r\nhost: x\r\n\r\nGET / H").await;
        assert!(
            answer.starts_with("HTTP/1.1 200 OK") && answer.contains("127.0.0.1"),
            "{answer}"
        );
        assert!(
            (NEXT_REQUEST..NEXT_REQUEST + Duration::from_secs(2)).contains(&waited),
            "{waited:?}"
        );

        let idle = TcpStream::connect(address).await.unwrap();
        closing.cancel();
        serving.await.unwrap();
        drop(idle);
    }

    #[tokio::test]
    async fn who_begins_with_http2_is_told_to_use_the_other_and_let_go() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let closing = CancellationToken::new();
        let router = Router::new().route("/", get(async || "hello"));
        let bounds = Bounds {
            connections: 100,
            stall: NEXT_REQUEST,
        };
        let serving = tokio::spawn(serve(listener, router, closing.clone(), bounds));

        // The preface, SETTINGS, and as much of a request as comes with them: HEADERS of `GET /`.
        let mut begins = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
        begins.extend(b"\0\0\x03\x01\x05\0\0\0\x01\x82\x86\x84");
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&begins).await.unwrap();
        let mut said = Vec::new();
        stream.read_to_end(&mut said).await.unwrap();
        let settings = b"\0\0\0\x04\0\0\0\0\0";
        let goodbye = b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x0d";
        assert_eq!(said, [&settings[..], goodbye].concat());

        // Whoever stays all the same is cut.
        let began = Instant::now();
        while stream.write_all(b"\0").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(began.elapsed() < FIRST_REQUEST, "{:?}", began.elapsed());

        // A beginning of it that comes in pieces is no request of HTTP/1.1.
        let (answer, _) = sends(address, "PRI * HTTP/2.0\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        closing.cancel();
        serving.await.unwrap();
    }
}
