//! A client of `GET /v1/ws`, as plain as the protocol.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::shapes::{self, By};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// One connection.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    frames: VecDeque<Value>,
    /// Whether the server's pings are answered.
    pub answer_pings: bool,
}

/// What came.
#[derive(Debug)]
pub enum Incoming {
    /// A frame.
    Frame(Value),
    /// The end, with the close code; none if the connection was simply cut.
    Closed(Option<u16>, String),
}

impl Socket {
    /// Upgrades, with further headers.
    pub async fn connect(address: SocketAddr, headers: &[(&'static str, &str)]) -> Self {
        Self::try_connect(address, headers)
            .await
            .expect("the upgrade is accepted")
    }

    /// Likewise, where the server may be away.
    pub async fn try_connect(
        address: SocketAddr,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, tokio_tungstenite::tungstenite::Error> {
        let mut request = format!("ws://{address}/v1/ws").into_client_request()?;
        let protocol = HeaderValue::from_static("waybill.v1.json");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(*name, value.parse().expect("a header value"));
        }
        let (stream, _) = tokio_tungstenite::connect_async(request).await?;
        Ok(Self::over(stream))
    }

    /// Upgrades, says hello and waits for the welcome.
    pub async fn hello(address: SocketAddr, token: &str) -> Self {
        let mut socket = Self::connect(address, &[]).await;
        socket.send(&json!({"type": "hello", "token": token})).await;
        let welcome = socket.frame().await;
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        socket
    }

    /// Likewise, over a connection whose receive buffer is small, so that a pause is felt at once.
    pub async fn hello_slowly(address: SocketAddr, token: &str) -> Self {
        let tcp = tokio::net::TcpSocket::new_v4().expect("a socket");
        tcp.set_recv_buffer_size(4_096).expect("a small buffer");
        let tcp = tcp.connect(address).await.expect("the server listens");
        let url = format!("ws://{address}/v1/ws");
        let (stream, _) = tokio_tungstenite::client_async(url, MaybeTlsStream::Plain(tcp))
            .await
            .expect("the upgrade is accepted");
        let mut socket = Self::over(stream);
        socket.send(&json!({"type": "hello", "token": token})).await;
        socket.frame_of("welcome").await;
        socket
    }

    fn over(stream: WebSocketStream<MaybeTlsStream<TcpStream>>) -> Self {
        Self {
            stream,
            frames: VecDeque::new(),
            answer_pings: true,
        }
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: &Value) {
        self.send_text(&frame.to_string()).await;
    }

    /// Sends what may not be a frame.
    pub async fn send_text(&mut self, text: &str) {
        // A server that has closed already says so to the next read.
        let _ = self.stream.send(Message::Text(text.into())).await;
    }

    /// Subscribes and returns the answer.
    pub async fn subscribe(&mut self, id: &str, topic: &str, after: &str) -> Value {
        self.send(&json!({"type": "subscribe", "id": id, "topic": topic, "after": after}))
            .await;
        loop {
            let frame = self.frame().await;
            if frame["id"] == id {
                return frame;
            }
        }
    }

    /// The next frame, whatever it is; pings are answered and passed over.
    pub async fn frame(&mut self) -> Value {
        match self.next().await {
            Incoming::Frame(frame) => frame,
            Incoming::Closed(code, reason) => panic!("closed with {code:?}: {reason}"),
        }
    }

    /// The next frame of type `kind`; others are passed over.
    pub async fn frame_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.frame().await;
            assert!(
                frame["type"] != "error" || kind == "error",
                "waiting for {kind}: {frame}"
            );
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// The close code; frames before it are passed over.
    pub async fn close_code(&mut self) -> Option<u16> {
        loop {
            if let Incoming::Closed(code, _) = self.next().await {
                return code;
            }
        }
    }

    /// The next frame or the end.
    pub async fn next(&mut self) -> Incoming {
        tokio::time::timeout(PATIENCE, self.next_unbounded())
            .await
            .expect("a frame or the end in time")
    }

    async fn next_unbounded(&mut self) -> Incoming {
        loop {
            if let Some(frame) = self.frames.pop_front() {
                if frame["type"] == "ping" {
                    if self.answer_pings {
                        self.send(&json!({"type": "pong"})).await;
                    }
                    continue;
                }
                return Incoming::Frame(frame);
            }
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    for line in text.lines() {
                        let frame = serde_json::from_str(line).expect("JSON");
                        shapes::expect_frame(By::Server, &frame);
                        self.frames.push_back(frame);
                    }
                }
                Some(Ok(Message::Close(Some(close)))) => {
                    return Incoming::Closed(Some(close.code.into()), close.reason.to_string());
                }
                Some(Ok(Message::Close(None)) | Err(_)) | None => {
                    return Incoming::Closed(None, String::new());
                }
                Some(Ok(_)) => {}
            }
        }
    }
}
