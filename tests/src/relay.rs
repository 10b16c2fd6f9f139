//! A network between clients and nodes that a test can cut, and lead elsewhere.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

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
    /// Cancelled when the connections that are open now are cut.
    cut: CancellationToken,
}

impl Relay {
    /// One that leads to `target`.
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let path = Arc::new(Mutex::new(Path {
            target,
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
        let (target, cut) = {
            let path = path.lock().expect("no panic while it was held");
            (path.target, path.cut.clone())
        };
        tokio::spawn(cut.run_until_cancelled_owned(async move {
            if let Ok(mut node) = TcpStream::connect(target).await {
                let _ = tokio::io::copy_bidirectional(&mut client, &mut node).await;
            }
        }));
    }
}
