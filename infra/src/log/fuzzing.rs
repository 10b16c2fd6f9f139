//! What the fuzz target of cursors feeds with any bytes, and what must hold whatever they are. Only with the feature
//! `fuzzing`; the crate's own tests put the committed corpus through the same function.

use waybill_domain::Position;

use super::cursor::{Cipher, Mark};

/// Opens `data` as the text of a cursor, and seals a cursor of it.
///
/// # Panics
/// If a text opens that is not the one text of what it says, if a cursor does not come back as it was sealed, or if it
/// also does under another key or with a character changed.
pub fn cursor(data: &[u8]) {
    let (ours, other) = (Cipher::new(&[7; 32]), Cipher::new(&[8; 32]));
    if let Ok(text) = std::str::from_utf8(data)
        && let Some((epoch, mark)) = ours.open(text)
    {
        assert_eq!(ours.seal(epoch, mark), text, "a place has one text");
    }

    let Some((epoch, rest)) = data.split_first_chunk() else {
        return;
    };
    let Some((position, rest)) = rest.split_first_chunk() else {
        return;
    };
    let Some((tag, rest)) = rest.split_first_chunk() else {
        return;
    };
    let epoch = u32::from_be_bytes(*epoch);
    let mark = Mark {
        position: Position(u64::from_be_bytes(*position)),
        tag: u32::from_be_bytes(*tag),
    };
    let text = ours.seal(epoch, mark);
    assert_eq!(text.len(), 22);
    assert_eq!(ours.open(&text), Some((epoch, mark)));
    assert_ne!(other.open(&text), Some((epoch, mark)));

    // Another character in one place, be it one that no cursor holds.
    let [at, character, ..] = rest else { return };
    let mut changed = text.clone().into_bytes();
    changed[usize::from(*at) % 22] = *character;
    if let Ok(changed) = std::str::from_utf8(&changed)
        && changed != text
    {
        assert_ne!(ours.open(changed), Some((epoch, mark)));
    }
}

#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    #[test]
    fn cursors_of_the_corpus_hold() {
        super::replay::replay("cursor", super::cursor);
    }
}
