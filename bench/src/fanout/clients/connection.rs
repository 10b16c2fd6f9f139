//! One client's connection, and what reads from all of them.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;

use anyhow::Context as _;
use memchr::memmem::Finder;
use mio::net::TcpStream;

use super::websocket::{self, Kind};
use super::{Client, Speech, since_midnight};
use crate::fanout::frame;
use crate::fanout::tally::Tally;

/// What is read at once.
const BUFFER: usize = 256 << 10;

/// A connection; it takes up next to nothing.
pub struct Connection {
    pub stream: TcpStream,
    /// The beginning of a frame whose rest is still to come.
    unread: Vec<u8>,
    upgraded: bool,
    pub ready: bool,
    pub tally: Tally,
}

impl Connection {
    /// Connects and asks for the upgrade.
    pub fn begin(address: SocketAddr, client: &Client) -> anyhow::Result<Self> {
        let mut stream = std::net::TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let authorization = client.token.as_ref();
        let authorization = authorization.map_or_else(String::new, |token| {
            format!("authorization: Bearer {token}\r\n")
        });
        write!(
            stream,
            "GET {} HTTP/1.1\r\nhost: {address}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{authorization}\r\n",
            client.path,
        )?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream: TcpStream::from_std(stream),
            unread: Vec::new(),
            upgraded: false,
            ready: false,
            tally: Tally::default(),
        })
    }

    fn say(&mut self, opcode: u8, payload: &[u8]) -> anyhow::Result<()> {
        let frame = websocket::masked(opcode, payload);
        let written = self.stream.write(&frame)?;
        anyhow::ensure!(written == frame.len(), "the server reads nothing");
        Ok(())
    }
}

/// What came with the events of all connections.
#[derive(Default)]
pub struct Seen {
    pub latency_us: Vec<u32>,
    pub bytes: u64,
    pub first_us: u64,
    pub last_us: u64,
}

/// Reads.
pub struct Reader {
    speech: Speech,
    number: Finder<'static>,
    time: Finder<'static>,
    buffer: Vec<u8>,
    pub seen: Seen,
}

impl Reader {
    /// Reads what is spoken like this.
    pub fn new(speech: Speech) -> Self {
        Self {
            speech,
            number: Finder::new(frame::NUMBER),
            time: Finder::new(frame::TIME),
            buffer: vec![0; BUFFER],
            seen: Seen {
                first_us: u64::MAX,
                ..Seen::default()
            },
        }
    }

    /// Reads all that there is now.
    pub fn read(&mut self, connection: &mut Connection) -> anyhow::Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.read_into(&mut buffer, connection);
        self.buffer = buffer;
        result
    }

    fn read_into(&mut self, buffer: &mut [u8], connection: &mut Connection) -> anyhow::Result<()> {
        loop {
            let kept = connection.unread.len();
            let (old, room) = buffer
                .split_at_mut_checked(kept)
                .context("an endless frame")?;
            old.copy_from_slice(&connection.unread);
            let space = room.len();
            let got = match connection.stream.read(room) {
                Ok(0) => anyhow::bail!("the connection was cut"),
                Ok(got) => got,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            let bytes = buffer
                .get(..kept + got)
                .context("more than was asked for")?;
            let rest = self.take(bytes, connection)?;
            connection.unread.clear();
            connection.unread.extend_from_slice(rest);
            // Had there been more, it would have filled the room; what comes now is a new event of the poll.
            if got < space {
                return Ok(());
            }
        }
    }

    /// Takes in whole frames and gives back what is left.
    fn take<'a>(
        &mut self,
        bytes: &'a [u8],
        connection: &mut Connection,
    ) -> anyhow::Result<&'a [u8]> {
        let mut rest = bytes;
        if !connection.upgraded {
            let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else {
                return Ok(bytes);
            };
            let answer = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default());
            anyhow::ensure!(answer.starts_with("HTTP/1.1 101"), "{answer}");
            rest = bytes.get(end + 4..).unwrap_or_default();
            connection.upgraded = true;
            connection.ready = self.speech.ready.is_none();
            if let Some(greeting) = &self.speech.greeting {
                connection.say(1, greeting.as_bytes())?;
            }
        }
        let now = since_midnight();
        while let Some((kind, payload, after)) = websocket::split(rest) {
            match kind {
                Kind::Text => self.message(payload, now, connection)?,
                Kind::Ping => connection.say(10, payload)?,
                Kind::Close => anyhow::bail!("closed: {}", String::from_utf8_lossy(payload)),
                Kind::Other => {}
            }
            rest = after;
        }
        Ok(rest)
    }

    /// A message holds one frame or, of ours, several, a line each.
    fn message(
        &mut self,
        message: &[u8],
        now: u64,
        connection: &mut Connection,
    ) -> anyhow::Result<()> {
        let ends = memchr::memchr_iter(b'\n', message).chain([message.len()]);
        let mut begin = 0;
        for end in ends {
            let line = message.get(begin..end).unwrap_or_default();
            begin = end + 1;
            if let Some(at) = self.number.find(line) {
                self.event(line, at, now, connection)?;
            } else {
                self.control(line, connection)?;
            }
        }
        Ok(())
    }

    fn event(
        &mut self,
        line: &[u8],
        at: usize,
        now: u64,
        connection: &mut Connection,
    ) -> anyhow::Result<()> {
        let digits = line
            .get(at + frame::NUMBER.len()..)
            .unwrap_or_default()
            .iter();
        let digits = digits.copied().take_while(u8::is_ascii_digit);
        connection.tally.push(digits.fold(0, append));
        let time = self.time.find(line).context("an event without a time")?;
        let time = line.get(time + frame::TIME.len()..).and_then(micros_of_day);
        let time = time.context("an event's time is not RFC 3339 with microseconds")?;
        let seen = &mut self.seen;
        seen.first_us = seen.first_us.min(time);
        seen.last_us = seen.last_us.max(now);
        seen.bytes += line.len() as u64;
        let latency = u32::try_from(now.saturating_sub(time));
        seen.latency_us.push(latency.unwrap_or(u32::MAX));
        Ok(())
    }

    fn control(&self, line: &[u8], connection: &mut Connection) -> anyhow::Result<()> {
        let begins = |with: &String| line.starts_with(with.as_bytes());
        if self.speech.ready.as_ref().is_some_and(begins) {
            connection.ready = true;
        } else if let Some((_, answer)) = self.speech.ping.as_ref().filter(|(ping, _)| begins(ping))
        {
            connection.say(1, answer.as_bytes())?;
        }
        Ok(())
    }
}

fn append(number: u64, digit: u8) -> u64 {
    number * 10 + u64::from(digit & 0xf)
}

/// `2025-01-01T12:00:00.000000Z` as microseconds since midnight.
fn micros_of_day(time: &[u8]) -> Option<u64> {
    let [h, m, s, micros] = [11..13, 14..16, 17..19, 20..26].map(|range| {
        let digits = time.get(range)?;
        let good = digits.iter().all(u8::is_ascii_digit);
        good.then(|| digits.iter().copied().fold(0, append))
    });
    Some(((h? * 60 + m?) * 60 + s?) * 1_000_000 + micros?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_to_the_microsecond() {
        let noon = micros_of_day(b"2025-01-01T12:00:00.000001Z");
        assert_eq!(noon, Some(43_200_000_001));
        assert_eq!(micros_of_day(b"2025-01-01T12:00:00Z"), None);
    }
}
