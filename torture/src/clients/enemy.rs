//! Somebody who misbehaves: an account, an address of this machine, and as much time as the phase has.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::json;
use tokio::time::Instant;
use waybill_tests::hostile::{CLOSE, Raw, TEXT};

/// One of them.
pub(super) struct Enemy {
    /// The node.
    pub(super) address: SocketAddr,
    /// From where it comes.
    pub(super) from: IpAddr,
    /// A customer's token.
    pub(super) customer: String,
    /// A colleague's, who sees all orders.
    pub(super) staff: String,
    /// When the phase ends.
    pub(super) until: Instant,
    pub(super) random: StdRng,
}

/// What came of one attempt: nothing to say, or what the node did that it must not.
pub(super) type Attempt = anyhow::Result<Option<String>>;

impl Enemy {
    /// Connects.
    pub(super) async fn connect(&self) -> std::io::Result<Raw> {
        Raw::connect_from(self.address, Some(self.from), None).await
    }

    /// Connects with little room for what is not read.
    pub(super) async fn connect_narrowly(&self) -> std::io::Result<Raw> {
        Raw::connect_from(self.address, Some(self.from), Some(2_048)).await
    }

    /// A WebSocket that was let in.
    pub(super) async fn socket(&self, token: &str) -> std::io::Result<Raw> {
        let mut raw = self.connect().await?;
        self.enter(&mut raw, token).await?;
        Ok(raw)
    }

    /// Upgrades and waits for the welcome.
    pub(super) async fn enter(&self, raw: &mut Raw, token: &str) -> std::io::Result<()> {
        let lines = format!("authorization: Bearer {token}\r\n");
        raw.upgrade("/v1/ws", &lines).await?;
        raw.hear("\"welcome\"").await?;
        Ok(())
    }

    /// Follows all orders from the first one.
    pub(super) async fn follow_all(&self, raw: &mut Raw) -> std::io::Result<()> {
        let wish = json!({"type": "subscribe", "id": "a", "topic": "orders", "after": "earliest"});
        raw.frame(TEXT, wish.to_string().as_bytes()).await
    }

    /// A request over HTTP with this head and body.
    pub(super) fn request(&self, method: &str, path: &str, lines: &str, body: &[u8]) -> Vec<u8> {
        let (address, length) = (self.address, body.len());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\n{lines}\r\n"
        );
        [head.as_bytes(), body].concat()
    }

    /// The line of the head that says who it is.
    pub(super) fn signed(token: &str) -> String {
        format!("authorization: Bearer {token}\r\n")
    }

    /// Whether there is time left.
    pub(super) fn has_time(&self) -> bool {
        Instant::now() < self.until
    }

    /// Waits as long as it may, or until the phase ends.
    pub(super) async fn wait(&self, at_most: Duration) {
        let until = self.until.min(Instant::now() + at_most);
        tokio::time::sleep_until(until).await;
    }

    /// Some address of this machine. All that begin with 127 are.
    pub(super) fn anywhere(random: &mut StdRng) -> IpAddr {
        let [a, b, c]: [u8; 3] = random.random();
        IpAddr::V4(Ipv4Addr::new(127, a.max(1), b, c.clamp(1, 254)))
    }
}

/// Reads to the end, however long nothing comes, and returns the code that the server closes with; none if it cuts.
pub(super) async fn end_of(raw: &mut Raw) -> Option<u16> {
    loop {
        match raw.next().await {
            Ok((CLOSE, payload)) => return payload.first_chunk().copied().map(u16::from_be_bytes),
            Err(error) if error.kind() != std::io::ErrorKind::TimedOut => return None,
            Ok(_) | Err(_) => {}
        }
    }
}

/// Nothing to say if the connection was closed with one of these codes, or cut; else what it was closed with.
pub(super) fn closed_with(code: Option<u16>, fine: &[u16], why: &str) -> Option<String> {
    code.filter(|code| !fine.contains(code))
        .map(|code| format!("{why}: closed with {code}, not one of {fine:?}"))
}
