//! A client of `/socket.io/` that says and shows every packet, over a WebSocket.

use std::net::SocketAddr;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// One connection.
pub struct Engine {
    stream: WebSocketStream<TcpStream>,
    /// Whether the server's pings are answered.
    pub answer_pings: bool,
}

impl Engine {
    /// Opens a session over a WebSocket.
    pub async fn open(address: SocketAddr) -> Self {
        Self::open_with(address, &[]).await
    }

    /// Likewise, with further headers.
    pub async fn open_with(address: SocketAddr, headers: &[(&'static str, &str)]) -> Self {
        let mut engine = Self::upgrade(address, "EIO=4&transport=websocket", headers).await;
        let open = engine.packet().await;
        assert!(open.starts_with("0{"), "{open}");
        engine
    }

    /// Only the WebSocket. Its receive buffer is small, so that a pause is felt at once.
    pub async fn upgrade(
        address: SocketAddr,
        query: &str,
        headers: &[(&'static str, &str)],
    ) -> Self {
        let tcp = TcpSocket::new_v4().expect("a socket");
        tcp.set_recv_buffer_size(4_096).expect("a small buffer");
        let tcp = tcp.connect(address).await.expect("the server listens");
        let url = format!("ws://{address}/socket.io/?{query}");
        let mut request = url.into_client_request().expect("a request");
        for (name, value) in headers {
            let value = value.parse().expect("a header value");
            request.headers_mut().insert(*name, value);
        }
        let (stream, _) = tokio_tungstenite::client_async(request, tcp)
            .await
            .expect("the upgrade is accepted");
        Self {
            stream,
            answer_pings: true,
        }
    }

    /// Opens a session and connects with this `auth`. Returns the answer to CONNECT with it.
    pub async fn connect(address: SocketAddr, auth: &Value) -> (Self, Value) {
        let mut engine = Self::open(address).await;
        engine.send(&format!("40{auth}")).await;
        let answer = engine.packet().await;
        let answer = answer.strip_prefix("40").expect("an answer to CONNECT");
        let answer = serde_json::from_str(answer).expect("JSON");
        (engine, answer)
    }

    /// Sends an Engine.IO packet, or what may not be one.
    pub async fn send(&mut self, packet: &str) {
        // A server that has closed already says so to the next read.
        let _ = self.stream.send(Message::Text(packet.into())).await;
    }

    /// Sends a binary message.
    pub async fn send_binary(&mut self, bytes: &'static [u8]) {
        let _ = self.stream.send(Message::Binary(bytes.into())).await;
    }

    /// The next packet; none if the transport was closed. Pings are answered and passed over.
    pub async fn next(&mut self) -> Option<String> {
        tokio::time::timeout(PATIENCE, self.next_unbounded())
            .await
            .expect("a packet or the end in time")
    }

    /// The next packet.
    pub async fn packet(&mut self) -> String {
        self.next().await.expect("the transport is open")
    }

    /// The next event: its name, its first argument, and the offset that came with it.
    pub async fn event(&mut self) -> (String, Value, String) {
        let packet = self.packet().await;
        let json = packet.strip_prefix("42").expect("an event");
        let args: Vec<Value> = serde_json::from_str(json).expect("JSON");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let offset = text(args.last().expect("arguments"));
        (text(&args[0]), args[1].clone(), offset)
    }

    /// Everything until the transport is closed.
    pub async fn rest(&mut self) -> Vec<String> {
        let mut packets = Vec::new();
        while let Some(packet) = self.next().await {
            packets.push(packet);
        }
        packets
    }

    async fn next_unbounded(&mut self) -> Option<String> {
        loop {
            match self.stream.next().await? {
                Ok(Message::Text(text)) if text.as_str() == "2" => {
                    if self.answer_pings {
                        self.send("3").await;
                    }
                }
                // The engine says so before it closes.
                Ok(Message::Text(text)) if text.as_str() == "1" => {}
                Ok(Message::Text(text)) => return Some(text.to_string()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}
