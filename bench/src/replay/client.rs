//! The client that replays: as little as a client can do who still sees that nothing is missing.
//!
//! It is not what is measured, and on two cores what it does is taken from the node. So it reads the socket
//! itself, looks at the beginning of every line, and reads the position of the last event of each message.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use memchr::memmem;
use waybill_tests::process::memory_kib;

/// How long nothing may come.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a replay showed.
pub(super) struct Replayed {
    /// From the wish to the last event.
    pub(super) took: Duration,
    /// Of the frames.
    pub(super) bytes: u64,
    /// The node's memory in KiB when half of the events had come, and at the end.
    pub(super) resident: (u64, u64),
}

/// Follows all orders from the beginning, up to `events` events.
pub(super) fn replay(
    address: SocketAddr,
    process: u32,
    token: &str,
    events: u64,
) -> anyhow::Result<Replayed> {
    let mut socket = Socket::open(address, token)?;
    while !socket.message(|text| text.starts_with(br#"{"type":"welcome""#))? {}
    let began = Instant::now();
    socket.send(br#"{"type":"subscribe","id":"a","topic":"orders","after":"earliest"}"#)?;
    let position = memmem::Finder::new(br#""position":"#);
    let (mut got, mut bytes, mut half) = (0, 0, None);
    let mut ping = false;
    while got < events {
        socket.message(|text| -> anyhow::Result<()> {
            bytes += text.len() as u64;
            let mut last = None;
            for line in lines(text) {
                if line.starts_with(br#"{"type":"event""#) {
                    got += 1;
                    last = Some(line);
                }
                ping |= line.starts_with(br#"{"type":"ping""#);
            }
            let Some(last) = last else { return Ok(()) };
            let at = position.find(last).context("an event without position")?;
            let digits = last[at + 11..].iter().take_while(|b| b.is_ascii_digit());
            let here = digits.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
            anyhow::ensure!(here == got, "event {got} is the one at {here}");
            Ok(())
        })??;
        if half.is_none() && got >= events / 2 {
            half = Some(memory_kib(process, "VmRSS:")?);
        }
        if std::mem::take(&mut ping) {
            socket.send(br#"{"type":"pong"}"#)?;
        }
    }
    Ok(Replayed {
        took: began.elapsed(),
        bytes,
        resident: (half.unwrap_or_default(), memory_kib(process, "VmRSS:")?),
    })
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut from = 0;
    let ends = memchr::memchr_iter(b'\n', text).chain([text.len()]);
    ends.map(move |end| {
        let line = &text[from..end];
        from = end + 1;
        line
    })
}

/// A WebSocket of which only what is needed here is there.
struct Socket {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// What of the buffer has come and was not taken yet.
    came: std::ops::Range<usize>,
}

impl Socket {
    fn open(address: SocketAddr, token: &str) -> anyhow::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let request = format!(
            "GET /v1/ws HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: d2F5YmlsbC13YXliaWxsLQ==\r\n\
             Sec-WebSocket-Protocol: waybill.v1.json\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let mut socket = Self {
            stream,
            buffer: vec![0; 1 << 20],
            came: 0..0,
        };
        let end = memmem::Finder::new(b"\r\n\r\n");
        loop {
            let head = &socket.buffer[socket.came.clone()];
            if let Some(at) = end.find(head) {
                anyhow::ensure!(head.starts_with(b"HTTP/1.1 101"), "no upgrade");
                socket.came.start += at + 4;
                return Ok(socket);
            }
            socket.more()?;
        }
    }

    /// Hands the next message of text to `take`.
    fn message<T>(&mut self, take: impl FnOnce(&[u8]) -> T) -> anyhow::Result<T> {
        loop {
            let came = &self.buffer[self.came.clone()];
            if let Some((kind, payload, end)) = frame(came) {
                anyhow::ensure!(
                    kind != 8,
                    "closed: {}",
                    String::from_utf8_lossy(&came[payload])
                );
                if kind == 1 {
                    let taken = take(&came[payload]);
                    self.came.start += end;
                    return Ok(taken);
                }
                self.came.start += end;
            } else {
                self.more()?;
            }
        }
    }

    fn more(&mut self) -> anyhow::Result<()> {
        if self.came.is_empty() {
            self.came = 0..0;
        } else if self.buffer.len() - self.came.end < 64 << 10 {
            self.buffer.copy_within(self.came.clone(), 0);
            self.came = 0..self.came.len();
            if self.buffer.len() - self.came.end < 64 << 10 {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
        }
        let count = self.stream.read(&mut self.buffer[self.came.end..])?;
        anyhow::ensure!(count > 0, "the connection was cut");
        self.came.end += count;
        Ok(())
    }

    fn send(&mut self, text: &[u8]) -> anyhow::Result<()> {
        let length = u8::try_from(text.len()).ok().filter(|length| *length < 126);
        // Masked, as a client has to, with a mask that changes nothing.
        let mut frame = vec![0x81, 0x80 | length.context("a short frame")?, 0, 0, 0, 0];
        frame.extend_from_slice(text);
        Ok(self.stream.write_all(&frame)?)
    }
}

/// The first frame: its kind, where its payload is, and where it ends; nothing if it has not come whole.
fn frame(came: &[u8]) -> Option<(u8, std::ops::Range<usize>, usize)> {
    let (first, second) = (*came.first()?, *came.get(1)?);
    let (head, length) = match second & 0x7f {
        126 => (
            4,
            u64::from(u16::from_be_bytes(came.get(2..4)?.try_into().ok()?)),
        ),
        127 => (10, u64::from_be_bytes(came.get(2..10)?.try_into().ok()?)),
        short => (2, u64::from(short)),
    };
    let end = head + usize::try_from(length).ok()?;
    (came.len() >= end).then_some((first & 0x0f, head..end, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_taken_when_it_is_whole() {
        let mut long = vec![0x81, 126, 1, 0];
        long.resize(4 + 256, b'x');
        assert_eq!(frame(&long), Some((1, 4..260, 260)));
        assert_eq!(frame(&long[..259]), None);
        assert_eq!(frame(b"\x88\x02ab and more"), Some((8, 2..4, 4)));
        assert_eq!(frame(b"\x81"), None);
    }

    #[test]
    fn lines_are_what_stands_between_line_feeds() {
        let found: Vec<&[u8]> = lines(b"a\nbc\nd").collect();
        assert_eq!(found, [&b"a"[..], b"bc", b"d"]);
    }
}
