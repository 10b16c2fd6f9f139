//! Offsets: where a client stands in each of its rooms, for it to keep and to give back.
//!
//! `socket.io-client` remembers the last argument of every event, if it is a text, and sends it when it
//! reconnects. So every event carries one of these as its last argument. A log event can become two
//! packets, and a connection can break between them; the offset therefore also counts how many packets
//! of the next event have gone out.
//!
//! It is signed, and bound to the `pid` with which it was handed out, because a client keeps an old
//! offset until its first event on a new connection. The places in it are sealed cursors; the rest is
//! what the client told us. Nobody gains a right by an offset: each room is granted anew.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::rooms::{Room, RoomName};

/// The form of what is sealed.
const FORM: u8 = 1;
/// Bytes of the signature that are kept.
const TAG: usize = 16;
/// Bytes of a cursor, which is written with 22 characters.
const CURSOR: usize = 16;
/// Form, pid, and number of rooms.
const HEAD: usize = 1 + 16 + 2;
/// Kind, packets gone out, cursor, and length of the name.
const ROOM: usize = 1 + 1 + CURSOR + 2;

const OWN: u8 = 0;
const ORDER: u8 = 1;

/// Names a session over all its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pid([u8; 16]);

impl Pid {
    /// A new one.
    pub(super) fn random() -> Self {
        Self(Uuid::new_v4().into_bytes())
    }

    /// As it was handed out.
    pub(super) fn parse(text: &str) -> Option<Self> {
        decode(text).map(Self)
    }
}

impl std::fmt::Display for Pid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// Where a client stood in one room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The room.
    pub(super) name: RoomName,
    /// After the last event of which everything has gone out.
    pub(super) cursor: String,
    /// Packets of the next event that have gone out.
    pub(super) part: u8,
}

/// Seals and opens offsets. All nodes have the same key.
pub(super) struct Offsets(Hmac<Sha256>);

impl Offsets {
    /// `server_key` is shared by all nodes and kept in the database.
    pub(super) fn new(server_key: &[u8; 32]) -> Self {
        // A key of its own for this purpose, as for session cookies.
        let key: [u8; 32] = Sha256::new()
            .chain_update(b"waybill socket.io offset 1")
            .chain_update(server_key)
            .finalize()
            .into();
        // Written so because a key of the block's length cannot be refused.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&key);
        Self(Hmac::new(&block.into()))
    }

    /// The offset of a session that stands so in its rooms.
    pub(super) fn seal(&self, pid: Pid, rooms: &[Room]) -> String {
        let mut bytes = Vec::with_capacity(HEAD + rooms.len() * (ROOM + 36) + TAG);
        bytes.push(FORM);
        bytes.extend(pid.0);
        bytes.extend(short(rooms.len()));
        for room in rooms {
            let (kind, name) = match &room.name {
                RoomName::Own(customer) => (OWN, customer),
                RoomName::Order(name) => (ORDER, name),
            };
            bytes.extend([kind, room.part]);
            bytes.extend(decode(&room.cursor).unwrap_or([0; CURSOR]));
            bytes.extend(short(name.len()));
            bytes.extend(name.as_bytes());
        }
        self.sign(bytes)
    }

    /// The text of these bytes and their signature.
    pub(super) fn sign(&self, mut bytes: Vec<u8>) -> String {
        let tag = self.0.clone().chain_update(&bytes).finalize().into_bytes();
        bytes.extend(&tag[..TAG]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What an offset says that was handed out under `pid`; nothing if it never was.
    pub(super) fn open(&self, pid: Pid, text: &str) -> Option<Vec<Place>> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (bytes, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG)?)?;
        self.0
            .clone()
            .chain_update(bytes)
            .verify_truncated_left(tag)
            .ok()?;
        let mut rest = bytes;
        let [form] = take(&mut rest)?;
        let named = take(&mut rest).map(Pid)?;
        if form != FORM || named != pid {
            return None;
        }
        let count = take(&mut rest).map(u16::from_be_bytes)?;
        let places = (0..count)
            .map(|_| place(&mut rest))
            .collect::<Option<Vec<_>>>()?;
        rest.is_empty().then_some(places)
    }
}

/// How long an offset over rooms with names of these lengths is, in characters.
pub(super) fn length(names: impl Iterator<Item = usize>) -> usize {
    let bytes = HEAD + names.map(|name| ROOM + name).sum::<usize>() + TAG;
    (bytes * 4).div_ceil(3)
}

fn place(rest: &mut &[u8]) -> Option<Place> {
    let [kind, part] = take(rest)?;
    let cursor: [u8; CURSOR] = take(rest)?;
    let length = take(rest).map(u16::from_be_bytes)?;
    let (name, after) = rest.split_at_checked(length.into())?;
    *rest = after;
    let name = std::str::from_utf8(name).ok()?.to_owned();
    Some(Place {
        name: match kind {
            OWN => RoomName::Own(name),
            ORDER => RoomName::Order(name),
            _ => return None,
        },
        cursor: URL_SAFE_NO_PAD.encode(cursor),
        part,
    })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*first)
}

/// Numbers of rooms and lengths of names are bounded far below.
fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes()
}

/// The 16 bytes that 22 characters stand for.
fn decode(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    // Checked first, because the decoder would have to be given room for a longer text.
    let fits = text.len() == 22 && URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) == Ok(16);
    fits.then_some(bytes)
}

#[cfg(test)]
mod tests;
