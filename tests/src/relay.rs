//! A network between clients and nodes that a test can cut, and lead elsewhere.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Passes connections on.
pub struct Relay {
    /// Where clients connect.
    pub address: SocketAddr,
    path: Arc<Mutex<Path>>,
    listening: CancellationToken,
}

struct Path {
    target: SocketAddr,
    /// Lines put into the head of each connection's first request, as a browser adds them.
    headers: String,
    /// Cancelled when the connections that are open now are cut.
    cut: CancellationToken,
}

impl Relay {
    /// One that leads to `target`.
    pub async fn to(target: SocketAddr) -> Self {
        Self::of_browser(target, &[]).await
    }

    /// One that adds headers to each connection's first request, as a browser adds cookies and the origin
    /// of the page.
    pub async fn of_browser(target: SocketAddr, headers: &[(&str, &str)]) -> Self {
        let lines = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"));
        let headers = lines.collect::<Vec<_>>().concat();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let path = Arc::new(Mutex::new(Path {
            target,
            headers,
            cut: CancellationToken::new(),
        }));
        let listening = CancellationToken::new();
        tokio::spawn(
            listening
                .clone()
                .run_until_cancelled_owned(listen(listener, Arc::clone(&path))),
        );
        Self {
            address,
            path,
            listening,
        }
    }

    /// Cuts every connection. New ones get through.
    pub fn cut(&self) {
        let mut path = self.path.lock().expect("no panic while it was held");
        std::mem::take(&mut path.cut).cancel();
    }

    /// Leads new connections to `target`; those that are open stay.
    pub fn lead_to(&self, target: SocketAddr) {
        self.path.lock().expect("no panic while it was held").target = target;
    }

    /// The address as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.listening.cancel();
        self.cut();
    }
}

async fn listen(listener: TcpListener, path: Arc<Mutex<Path>>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let (target, headers, cut) = {
            let path = path.lock().expect("no panic while it was held");
            (path.target, path.headers.clone(), path.cut.clone())
        };
        tokio::spawn(cut.run_until_cancelled_owned(async move {
            if let Ok(mut node) = TcpStream::connect(target).await {
                let _ = pass_on(&mut client, &mut node, &headers).await;
            }
        }));
    }
}

async fn pass_on(client: &mut TcpStream, node: &mut TcpStream, headers: &str) -> io::Result<()> {
    if !headers.is_empty() {
        let mut reader = BufReader::new(&mut *client);
        let mut line = String::new();
        reader.read_line(&mut line).await?;
        line.push_str(headers);
        node.write_all(line.as_bytes()).await?;
        node.write_all(reader.buffer()).await?;
    }
    tokio::io::copy_bidirectional(client, node).await?;
    Ok(())
}
