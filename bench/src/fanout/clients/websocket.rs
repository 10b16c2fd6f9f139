//! As much of RFC 6455 as a client needs that trusts its server.

/// What a frame is.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole message.
    Text,
    /// To be answered with a pong.
    Ping,
    /// The end.
    Close,
    /// Nothing to act upon.
    Other,
}

/// Takes the first frame off `bytes`: its kind, its payload, and what follows; none while it is incomplete.
pub fn split(bytes: &[u8]) -> Option<(Kind, &[u8], &[u8])> {
    let [first, second, rest @ ..] = bytes else {
        return None;
    };
    let (length, rest) = match second & 0x7f {
        126 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        127 => {
            let (length, rest) = rest.split_first_chunk::<8>()?;
            (usize::try_from(u64::from_be_bytes(*length)).ok()?, rest)
        }
        length => (usize::from(length), rest),
    };
    let (payload, rest) = rest.split_at_checked(length)?;
    let kind = match first {
        0x81 => Kind::Text,
        0x89 => Kind::Ping,
        0x88 => Kind::Close,
        _ => Kind::Other,
    };
    Some((kind, payload, rest))
}

/// A frame of a client with a short payload. Its mask is zero, which leaves the payload as it is.
pub fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match u16::try_from(payload.len()) {
        Ok(length) if length > 125 => {
            frame.push(0x80 | 0x7e);
            frame.extend(length.to_be_bytes());
        }
        length => frame.push(0x80 | length.map_or(0, |length| length.to_le_bytes()[0])),
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// The header of a server's text frame with `length` bytes, below 64 KiB.
pub fn header(length: u16) -> Vec<u8> {
    match length {
        ..126 => vec![0x81, length.to_le_bytes()[0]],
        _ => [&[0x81, 126][..], &length.to_be_bytes()].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_length_are_told_apart_wherever_the_bytes_were_cut() {
        for length in [0_u16, 1, 125, 126, 300, 60_000] {
            let payload = vec![b'x'; usize::from(length)];
            let whole = [header(length), payload.clone(), b"\x89\x00".to_vec()].concat();
            let end = whole.len() - 2;
            for cut in [0, 1, 2, 3, end / 2, end - 1] {
                assert_eq!(split(&whole[..cut.min(end - 1)]), None, "{length} {cut}");
            }
            let (kind, got, rest) = split(&whole).expect("a frame");
            assert_eq!((kind, got), (Kind::Text, &payload[..]));
            assert_eq!(split(rest), Some((Kind::Ping, &[][..], &[][..])));
        }
    }

    #[test]
    fn what_a_client_says_is_masked() {
        assert_eq!(masked(1, b"40"), b"\x81\x82\x00\x00\x00\x0040");
        let long = masked(1, &[b'x'; 300]);
        assert_eq!(long[..8], [0x81, 0xfe, 1, 44, 0, 0, 0, 0]);
        assert_eq!(long.len(), 308);
    }
}
