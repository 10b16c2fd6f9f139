//! A client that says what no honest one would: bytes over a connection, whatever they are.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// First byte of a frame that is a whole text.
pub const TEXT: u8 = 0x81;
/// First byte of a text that goes on.
pub const TEXT_BEGINS: u8 = 0x01;
/// First byte of a part in the middle of a message.
pub const GOES_ON: u8 = 0x00;
/// First byte of the last part of a message.
pub const ENDS: u8 = 0x80;
/// First byte of binary data.
pub const BINARY: u8 = 0x82;
/// First byte of the end.
pub const CLOSE: u8 = 0x88;
/// First byte of a ping.
pub const PING: u8 = 0x89;
/// First byte of the answer to one.
pub const PONG: u8 = 0x8A;
/// The bit that says that a message is compressed.
pub const COMPRESSED: u8 = 0x40;

/// One connection.
pub struct Raw {
    /// The socket, for what cannot be said in bytes.
    pub stream: TcpStream,
    address: SocketAddr,
    came: Vec<u8>,
}

impl Raw {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> io::Result<Self> {
        Self::connect_from(address, None, None).await
    }

    /// Connects from an address of this machine, with room for so many bytes that were not read.
    pub async fn connect_from(
        address: SocketAddr,
        from: Option<IpAddr>,
        room: Option<u32>,
    ) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        if let Some(room) = room {
            socket.set_recv_buffer_size(room)?;
        }
        if let Some(from) = from {
            socket.bind(SocketAddr::new(from, 0))?;
        }
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            address,
            came: Vec::new(),
        })
    }

    /// Sends bytes.
    pub async fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Sends one frame of a WebSocket.
    pub async fn frame(&mut self, first: u8, payload: &[u8]) -> io::Result<()> {
        self.say(&frame(first, payload)).await
    }

    /// Asks for an upgrade, with further lines of the head, and returns the head of the answer.
    pub async fn upgrade(&mut self, path: &str, lines: &str) -> io::Result<String> {
        self.say(upgrade(self.address, path, lines).as_bytes())
            .await?;
        self.head().await
    }

    /// The head of an answer.
    pub async fn head(&mut self) -> io::Result<String> {
        loop {
            let end = self.came.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                let rest = self.came.split_off(end + 4);
                let head = std::mem::replace(&mut self.came, rest);
                return Ok(String::from_utf8_lossy(&head).into_owned());
            }
            self.more().await?;
        }
    }

    /// The body of an answer with this head, which says how long it is.
    pub async fn body(&mut self, head: &str) -> io::Result<String> {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        let mut lengths = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length = lengths.next().and_then(|(_, length)| length.parse().ok());
        let length: usize = length.ok_or(io::ErrorKind::InvalidData)?;
        while self.came.len() < length {
            self.more().await?;
        }
        let body: Vec<u8> = self.came.drain(..length).collect();
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    /// The next frame: its first byte and its payload.
    pub async fn next(&mut self) -> io::Result<(u8, Vec<u8>)> {
        loop {
            if let Some((first, payload, whole)) = split(&self.came) {
                let payload = payload.to_vec();
                self.came.drain(..whole);
                return Ok((first, payload));
            }
            self.more().await?;
        }
    }

    /// Waits for a message that holds `what`.
    pub async fn hear(&mut self, what: &str) -> io::Result<String> {
        loop {
            let (_, payload) = self.next().await?;
            let text = String::from_utf8_lossy(&payload);
            if text.contains(what) {
                return Ok(text.into_owned());
            }
        }
    }

    /// Reads to the end, and returns the code that the server closes with; none if it simply cuts.
    pub async fn close_code(&mut self) -> Option<u16> {
        loop {
            match self.next().await {
                Ok((CLOSE, payload)) => {
                    let code = payload.first_chunk().copied();
                    return code.map(u16::from_be_bytes);
                }
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    /// Cuts the connection without a word: what is on its way is answered with a reset.
    pub fn reset(self) -> io::Result<()> {
        self.stream.set_zero_linger()
    }

    /// Says that nothing more will come.
    pub async fn finish(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }

    async fn more(&mut self) -> io::Result<()> {
        let mut room = [0; 4_096];
        match tokio::time::timeout(PATIENCE, self.stream.read(&mut room)).await {
            Ok(Ok(0)) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(Ok(length)) => {
                self.came.extend_from_slice(&room[..length]);
                Ok(())
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// The head of an upgrade to a WebSocket.
pub fn upgrade(address: SocketAddr, path: &str, lines: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{lines}\r\n"
    )
}

/// A frame as a client sends it. Its mask is zero, which leaves the payload as it is.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = head(first, payload.len() as u64);
    frame.extend_from_slice(payload);
    frame
}

/// The head of a frame, with whatever length it says.
pub fn head(first: u8, length: u64) -> Vec<u8> {
    let mut frame = vec![first];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..126), _) => frame.push(0x80 | short),
        (_, Ok(middle)) => {
            frame.push(0x80 | 0x7e);
            frame.extend(middle.to_be_bytes());
        }
        _ => {
            frame.push(0x80 | 0x7f);
            frame.extend(length.to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame
}

/// The first frame of a server's bytes: its first byte, its payload, and how long it is with its head.
pub fn split(bytes: &[u8]) -> Option<(u8, &[u8], usize)> {
    let [first, second, rest @ ..] = bytes else {
        return None;
    };
    let (length, rest) = match second & 0x7f {
        126 => {
            let (length, rest) = rest.split_first_chunk()?;
            (u16::from_be_bytes(*length).into(), rest)
        }
        127 => {
            let (length, rest) = rest.split_first_chunk()?;
            (usize::try_from(u64::from_be_bytes(*length)).ok()?, rest)
        }
        length => (length.into(), rest),
    };
    let payload = rest.get(..length)?;
    Some((*first, payload, bytes.len() - rest.len() + length))
}

/// Data that becomes `length` zeros when it is inflated: about a hundred and fifty times as many as it has bytes.
///
/// One block of deflate (RFC 1951) with the fixed codes: a zero, and then over and over "258 bytes, as the one
/// before".
pub fn bomb(length: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(1, 1); // the last block
    bits.put(1, 2); // of fixed codes, the lower bit first
    bits.put_code(0b0011_0000, 8); // the byte 0
    for _ in 0..length / 258 {
        bits.put_code(0b1100_0101, 8); // length 258
        bits.put_code(0, 5); // distance 1
    }
    bits.put_code(0, 7); // the end
    bits.whole()
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: usize,
}

impl Bits {
    fn put(&mut self, value: u16, count: usize) {
        for nth in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= u8::from(value >> nth & 1 == 1) << (self.used % 8);
            }
            self.used += 1;
        }
    }

    /// Codes begin with their highest bit.
    fn put_code(&mut self, code: u16, count: usize) {
        for nth in (0..count).rev() {
            self.put(code >> nth & 1, 1);
        }
    }

    fn whole(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_frames_is_split_where_it_ends() {
        let bytes = [&[0x81, 2][..], b"40", &[0x88, 0]].concat();
        assert_eq!(split(&bytes), Some((TEXT, &b"40"[..], 4)));
        assert_eq!(split(&bytes[4..]), Some((CLOSE, &b""[..], 2)));
        assert_eq!(split(&bytes[..3]), None);
        assert_eq!(frame(TEXT, b"40")[..2], [0x81, 0x82]);
        assert_eq!(head(TEXT, 300)[..4], [0x81, 0xfe, 1, 44]);
        assert_eq!(head(TEXT, 1 << 20)[..3], [0x81, 0xff, 0]);
    }

    #[test]
    fn a_bomb_is_small() {
        // Known from another program: this is what zlib makes of 259 zeros.
        assert_eq!(bomb(258), [0x63, 0x18, 0x05, 0x00]);
        assert!(bomb(64 << 20).len() < 500 << 10);
    }
}
