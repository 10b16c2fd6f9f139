//! What clients may send, cut anywhere, and what they may not.

use proptest::prelude::*;

use super::*;

const MAX: usize = 1_000;

/// A client's frame.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xFA, 0x21, 0x3D];
    let mut head = [0; HEAD];
    let mut bytes = write_head(&mut head, 0, payload.len()).to_vec();
    bytes[0] = first;
    bytes[1] |= MASKED;
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m));
    bytes
}

fn text(payload: &str) -> Vec<u8> {
    frame(FIN | TEXT, payload.as_bytes())
}

/// All that comes of `bytes`, taken in `at_once` at a time.
fn read(bytes: &[u8], at_once: usize) -> Result<Vec<Received>, Malformed> {
    let mut reader = Reader::default();
    let mut all = Vec::new();
    for part in bytes.chunks(at_once) {
        reader.take_in(part);
        while let Some(received) = reader.next(MAX)? {
            all.push(received);
        }
        let longest = MAX + HEAD + MASK;
        assert!(
            reader.bytes.len() <= longest + at_once,
            "kept more than a frame"
        );
    }
    Ok(all)
}

fn says(payload: &str) -> Received {
    Received::Text(payload.to_owned())
}

#[test]
fn the_example_of_the_rfc_is_read() {
    let hello = [
        0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
    ];
    assert_eq!(read(&hello, 1), Ok(vec![says("Hello")]));
}

#[test]
fn a_message_in_parts_is_one_and_control_frames_may_come_between() {
    let bytes = [
        frame(TEXT, "grü".as_bytes().split_at(3).0),
        frame(FIN | PING, b"still there?"),
        frame(CONTINUATION, "grü".as_bytes().split_at(3).1),
        frame(FIN | PONG, b""),
        frame(FIN | CONTINUATION, b"n"),
        frame(FIN | CLOSE, &1000_u16.to_be_bytes()),
    ];
    let expected = vec![
        Received::Part,
        Received::Ping(b"still there?".to_vec()),
        Received::Part,
        Received::Pong,
        says("grün"),
        Received::Close,
    ];
    for at_once in 1..9 {
        assert_eq!(read(&bytes.concat(), at_once).as_ref(), Ok(&expected));
    }
}

#[test]
fn what_the_rfc_forbids_is_refused() {
    let mut unmasked = text("a");
    unmasked[1] &= !MASKED;
    let long = vec![b'a'; 126];
    for (why, bytes) in [
        ("not masked", unmasked),
        ("an extension's bit", frame(FIN | 0x40 | TEXT, b"a")),
        ("an opcode that there is not", frame(FIN | 0x3, b"a")),
        ("a control opcode that there is not", frame(FIN | 0xB, b"a")),
        ("a control frame in parts", frame(PING, b"a")),
        ("a long control frame", frame(FIN | PING, &long)),
        ("half a close code", frame(FIN | CLOSE, b"a")),
        ("the rest of nothing", frame(FIN | CONTINUATION, b"a")),
        (
            "a message within a message",
            [frame(TEXT, b"a"), text("b")].concat(),
        ),
    ] {
        assert_eq!(read(&bytes, 100), Err(Malformed::Frame), "{why}");
    }
    assert_eq!(read(&frame(FIN | BINARY, b"a"), 9), Err(Malformed::Binary));
    assert_eq!(read(&frame(FIN | TEXT, b"\xff"), 9), Err(Malformed::Utf8));
}

#[test]
fn what_is_too_long_is_refused_before_it_has_come() {
    let long = "a".repeat(MAX + 1);
    assert_eq!(read(&text(&long)[..8], 8), Err(Malformed::TooLong));
    assert_eq!(read(&text(&long[1..]), 100), Ok(vec![says(&long[1..])]));
    let mut endless = vec![FIN | TEXT, MASKED | 127];
    endless.extend([0xFF; 8]);
    assert_eq!(read(&endless, 100), Err(Malformed::TooLong));
    // In parts, each of which would do.
    let parts = [
        frame(TEXT, &[b'a'; 600]),
        frame(FIN | CONTINUATION, &[b'a'; 600]),
    ];
    assert_eq!(read(&parts.concat(), 100), Err(Malformed::TooLong));
}

#[test]
fn whoever_has_said_all_keeps_no_memory() {
    let mut reader = Reader::default();
    reader.take_in(&text(&"a".repeat(900)));
    assert_eq!(reader.next(MAX), Ok(Some(says(&"a".repeat(900)))));
    assert_eq!(reader.next(MAX), Ok(None));
    assert_eq!(reader.bytes.capacity(), 0);
}

#[test]
fn lengths_are_written_in_as_few_bytes_as_there_must_be() {
    for (length, head) in [(0, 2), (125, 2), (126, 4), (0xFFFF, 4), (0x1_0000, 10)] {
        let framed = Text::from(&*"a".repeat(length)).framed();
        assert_eq!(framed.len(), head + length);
        assert_eq!(framed[0], FIN | TEXT);
    }
    let close = close(4100, &"b".repeat(200));
    assert_eq!((close[0], close[1]), (FIN | CLOSE, 125));
}

proptest! {
    #[test]
    fn what_is_sent_is_what_is_read_however_it_is_cut(
        messages in prop::collection::vec("\\PC{0,200}", 1..8),
        at_once in 1_usize..300,
        parts in 1_usize..5,
    ) {
        let mut bytes = Vec::new();
        for message in &messages {
            let each = message.len().div_ceil(parts).max(1);
            let mut pieces: Vec<&[u8]> = message.as_bytes().chunks(each).collect();
            let last = pieces.pop().unwrap_or_default();
            let mut opcode = TEXT;
            for piece in pieces {
                bytes.extend(frame(opcode, piece));
                opcode = CONTINUATION;
            }
            bytes.extend(frame(FIN | opcode, last));
        }
        let expected: Vec<_> = messages.iter().map(|message| says(message)).collect();
        let mut got = read(&bytes, at_once).unwrap();
        got.retain(|received| *received != Received::Part);
        prop_assert_eq!(got, expected);
    }

    #[test]
    fn nothing_that_may_come_makes_it_fail_otherwise(bytes: Vec<u8>, at_once in 1_usize..50) {
        let _ = read(&bytes, at_once);
    }
}
