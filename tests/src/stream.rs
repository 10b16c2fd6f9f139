//! A client of event streams that reads them as browsers do (WHATWG HTML, section 9.2), over a connection of its
//! own, so that a test may stop reading.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longer than anything in these tests takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// One message.
#[derive(Debug, Clone)]
pub struct Message {
    /// The cursor, if it has one.
    pub id: Option<String>,
    /// Its type.
    pub event: String,
    /// What it says.
    pub data: Value,
}

/// An open stream.
pub struct EventStream {
    tcp: TcpStream,
    /// What has come, without what was taken.
    bytes: Vec<u8>,
    /// The text of the stream that was not made into a message yet.
    text: String,
    chunked: bool,
    ended: bool,
    /// The status of the answer.
    pub status: u16,
    /// Its headers, with names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The `id` that was seen last.
    pub last_id: Option<String>,
    /// What `retry:` said last, in milliseconds.
    pub retry_ms: Option<u64>,
    /// Comments that came.
    pub comments: usize,
}

impl EventStream {
    /// Asks for `/v1/events/stream?{query}`, with these headers.
    pub async fn open(address: SocketAddr, query: &str, headers: &[(&str, &str)]) -> Self {
        let tcp = TcpStream::connect(address).await.expect("a listener");
        Self::over(tcp, query, headers).await
    }

    /// Likewise, over a connection whose receive buffer is small, so that a pause is felt at once.
    pub async fn open_slowly(address: SocketAddr, query: &str, headers: &[(&str, &str)]) -> Self {
        let tcp = tokio::net::TcpSocket::new_v4().expect("a socket");
        tcp.set_recv_buffer_size(4_096).expect("a small buffer");
        let tcp = tcp.connect(address).await.expect("a listener");
        Self::over(tcp, query, headers).await
    }

    /// With a bearer token, after `last_id` if there is one, as a browser reconnects.
    pub async fn follow(
        address: SocketAddr,
        query: &str,
        token: &str,
        last_id: Option<&str>,
    ) -> Self {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(last_id.map(|id| ("last-event-id", id)));
        Self::open(address, query, &headers).await
    }

    async fn over(mut tcp: TcpStream, query: &str, headers: &[(&str, &str)]) -> Self {
        let mut request = format!(
            "GET /v1/events/stream?{query} HTTP/1.1\r\nhost: waybill\r\naccept: text/event-stream\r\n\
             accept-encoding: gzip, br\r\nconnection: close\r\n"
        );
        for (name, value) in headers {
            request.extend([name, ": ", value, "\r\n"]);
        }
        request.push_str("\r\n");
        tcp.write_all(request.as_bytes()).await.expect("sent");
        let mut stream = Self {
            tcp,
            bytes: Vec::new(),
            text: String::new(),
            chunked: false,
            ended: false,
            status: 0,
            headers: BTreeMap::new(),
            last_id: None,
            retry_ms: None,
            comments: 0,
        };
        stream.read_head().await;
        stream
    }

    async fn read_head(&mut self) {
        let end = loop {
            if let Some(at) = self.bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
            assert!(self.read().await, "an answer");
        };
        let head: Vec<u8> = self.bytes.drain(..end + 4).collect();
        let head = String::from_utf8(head).expect("a head");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        self.status = status.expect("a status").parse().expect("a number");
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            self.headers
                .insert(name.to_ascii_lowercase(), value.to_owned());
        }
        self.chunked = self.headers.contains_key("transfer-encoding");
    }

    /// The next message; `None` at the end of the stream, however it came.
    pub async fn next(&mut self) -> Option<Message> {
        tokio::time::timeout(PATIENCE, self.next_unbounded())
            .await
            .expect("a message or the end in time")
    }

    /// The next message of this type; others are passed over.
    pub async fn next_of(&mut self, event: &str) -> Message {
        loop {
            let message = self.next().await;
            let message = message.unwrap_or_else(|| panic!("ended, waiting for {event}"));
            if message.event == event {
                return message;
            }
        }
    }

    /// Everything that still comes until the stream ends.
    pub async fn rest(&mut self) -> Vec<Message> {
        let mut rest = Vec::new();
        while let Some(message) = self.next().await {
            rest.push(message);
        }
        rest
    }

    /// Whether the connection ended in the middle of the answer.
    pub fn was_cut(&self) -> bool {
        !self.ended
    }

    /// The body of an answer that is no stream.
    pub async fn body(mut self) -> Value {
        while self.read().await {}
        serde_json::from_slice(&self.bytes).expect("JSON")
    }

    async fn next_unbounded(&mut self) -> Option<Message> {
        loop {
            while let Some(at) = self.text.find("\n\n") {
                let block: String = self.text.drain(..at + 2).collect();
                if let Some(message) = self.take(&block) {
                    return Some(message);
                }
            }
            while !self.decode() {
                if self.ended || !self.read().await {
                    return None;
                }
            }
        }
    }

    /// Moves one chunk into the text, if there is a whole one.
    fn decode(&mut self) -> bool {
        if !self.chunked {
            self.text
                .push_str(&String::from_utf8_lossy(&std::mem::take(&mut self.bytes)));
            return !self.text.is_empty();
        }
        let Some(line) = self.bytes.windows(2).position(|two| two == b"\r\n") else {
            return false;
        };
        let size = std::str::from_utf8(&self.bytes[..line]).expect("a size");
        let size = usize::from_str_radix(size, 16).expect("a size");
        let whole = line + 2 + size + 2;
        if self.bytes.len() < whole {
            return false;
        }
        let chunk: Vec<u8> = self.bytes.drain(..whole).collect();
        let chunk = std::str::from_utf8(&chunk[line + 2..line + 2 + size]).expect("UTF-8");
        self.text.push_str(chunk);
        self.ended |= size == 0;
        size > 0
    }

    fn take(&mut self, block: &str) -> Option<Message> {
        let (mut event, mut data) = ("message", None);
        let mut id = None;
        for line in block.lines().filter(|line| !line.is_empty()) {
            match line.split_once(": ") {
                Some(("id", value)) => id = Some(value.to_owned()),
                Some(("event", value)) => event = value,
                Some(("data", value)) => data = Some(value),
                Some(("retry", value)) => self.retry_ms = value.parse().ok(),
                Some(("", _)) => self.comments += 1,
                _ => panic!("not a line of an event stream: {line:?}"),
            }
        }
        if id.is_some() {
            self.last_id.clone_from(&id);
        }
        data.map(|data| Message {
            id,
            event: event.to_owned(),
            data: serde_json::from_str(data).expect("JSON"),
        })
    }

    /// Whether more has come.
    async fn read(&mut self) -> bool {
        let mut buffer = [0; 4 << 10];
        // A connection that is reset has ended, too.
        let read = self.tcp.read(&mut buffer).await.unwrap_or_default();
        self.bytes.extend_from_slice(&buffer[..read]);
        read > 0
    }
}
