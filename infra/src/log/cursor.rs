//! Cursors: a place in the log that a client can keep without learning anything from it.

use aes::Aes256;
use aes::cipher::{BlockDecrypt, BlockEncrypt, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;
use waybill_domain::Position;

/// Names one life of the log; see `docs/operations.md` for when it changes.
pub type Epoch = u32;

/// A position together with 32 bits of the id of the event there, so that another event at the same
/// position is told from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The last position that is covered.
    pub position: Position,
    /// The last 32 bits of that event's id, which are random in a `UUIDv7`; 0 for position 0.
    pub tag: u32,
}

impl Mark {
    /// Before the first event.
    pub const START: Self = Self {
        position: Position(0),
        tag: 0,
    };

    /// The mark of the event `id` at `position`.
    #[must_use]
    pub fn new(position: Position, id: Uuid) -> Self {
        let bytes = id.as_bytes();
        Self {
            position,
            tag: u32::from_be_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]),
        }
    }
}

/// Where a client wants to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// From the first event.
    Earliest,
    /// Only what is appended from now on.
    Now,
    /// After a bare position; for staff and the command line.
    After(Position),
    /// After the place that this opaque text stands for, as it was handed out before.
    Opaque(String),
}

/// Why a cursor cannot be resumed from.
#[derive(Debug, thiserror::Error)]
pub enum CursorError {
    /// Not a text that this service ever hands out.
    #[error("not a cursor: give one back as it was received, or `earliest` or `now`")]
    Malformed,
    /// The cursor belongs to another life of the log.
    #[error("the cursor is from another epoch of the log")]
    Epoch,
    /// The cursor's position is beyond the log's head.
    #[error("the cursor is ahead of the log")]
    Ahead,
    /// The event at the cursor's position is another one.
    #[error("the cursor does not match the log")]
    Mismatch,
    /// The log could not be asked.
    #[error("the cursor could not be checked: {0}")]
    Database(#[from] sqlx::Error),
}

/// Turns marks into opaque texts of 22 characters and back: one AES block under the server's key.
///
/// There is no authentication code: a text that was tampered with decrypts to a random epoch and a
/// random tag, and so is answered with a reset like any other that does not fit the log.
#[derive(Clone)]
pub(crate) struct Cipher(Aes256);

impl Cipher {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Aes256::new(key.into()))
    }

    pub(crate) fn seal(&self, epoch: Epoch, mark: Mark) -> String {
        let mut block = [0; 16];
        block[..4].copy_from_slice(&epoch.to_be_bytes());
        block[4..12].copy_from_slice(&mark.position.0.to_be_bytes());
        block[12..].copy_from_slice(&mark.tag.to_be_bytes());
        let mut block = block.into();
        self.0.encrypt_block(&mut block);
        URL_SAFE_NO_PAD.encode(block)
    }

    pub(crate) fn open(&self, text: &str) -> Option<(Epoch, Mark)> {
        let mut sealed = [0; 16];
        // Checked first, because the decoder would have to be given room for a longer text.
        if text.len() != 22 || URL_SAFE_NO_PAD.decode_slice(text, &mut sealed) != Ok(16) {
            return None;
        }
        let mut block = sealed.into();
        self.0.decrypt_block(&mut block);
        let (epoch, rest) = block.split_first_chunk()?;
        let (position, rest) = rest.split_first_chunk()?;
        let (tag, _) = rest.split_first_chunk()?;
        Some((
            u32::from_be_bytes(*epoch),
            Mark {
                position: Position(u64::from_be_bytes(*position)),
                tag: u32::from_be_bytes(*tag),
            },
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_survives_sealing_and_only_under_the_same_key() {
        let (cipher, other) = (Cipher::new(&[7; 32]), Cipher::new(&[8; 32]));
        let mark = Mark {
            position: Position(123_456),
            tag: 0xdead_beef,
        };
        let text = cipher.seal(3, mark);
        assert_eq!(text.len(), 22);
        assert_eq!(cipher.open(&text), Some((3, mark)));
        assert_ne!(other.open(&text), Some((3, mark)));
    }

    #[test]
    fn neighbouring_positions_look_unrelated() {
        let cipher = Cipher::new(&[7; 32]);
        let (a, b) = (
            Mark {
                position: Position(1),
                tag: 0,
            },
            Mark {
                position: Position(2),
                tag: 0,
            },
        );
        let same = cipher
            .seal(1, a)
            .bytes()
            .zip(cipher.seal(1, b).bytes())
            .filter(|(x, y)| x == y)
            .count();
        assert!(same < 8, "{same} of 22 characters are the same");
    }

    #[test]
    fn what_was_never_handed_out_is_no_cursor() {
        let cipher = Cipher::new(&[7; 32]);
        for text in [
            "",
            "short",
            "!!!!!!!!!!!!!!!!!!!!!!",
            "aaaaaaaaaaaaaaaaaaaaaaa",
            "aaaaaaaaaaaaaaaaaaaaéa",
        ] {
            assert_eq!(cipher.open(text), None, "{text}");
        }
    }
}
