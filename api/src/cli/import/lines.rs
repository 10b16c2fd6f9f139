//! Lines of a file of any size, of which none is kept whole that is too long.

use std::io::{self, BufRead, ErrorKind};

/// Longest line that is read, in bytes without its end; as much as a request's body may have by default.
pub(super) const MAX_BYTES: usize = 1 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number in the file, from 1.
    pub(super) number: u64,
    /// What it holds, without its end; `None` if that is longer than [`MAX_BYTES`].
    pub(super) content: Option<Vec<u8>>,
    /// Whether the file ended before the line did.
    pub(super) unended: bool,
    /// How many bytes of the file lie before the next line.
    pub(super) through: u64,
}

/// Reads lines that end with LF or CRLF. A byte order mark at the beginning is passed over.
pub(super) struct Lines<R> {
    input: R,
    number: u64,
    through: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            number: 0,
            through: 0,
        }
    }

    /// The next line, or nothing at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut content = Vec::new();
        let mut too_long = false;
        let mut read = 0;
        let ended = loop {
            let there = match self.input.fill_buf() {
                Ok(there) => there,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if there.is_empty() {
                break false;
            }
            let end = there.iter().position(|byte| *byte == b'\n');
            let part = &there[..end.unwrap_or(there.len())];
            // Two more than allowed: a mark and a CR may yet fall away.
            if content.len() + part.len() > MAX_BYTES + BYTE_ORDER_MARK.len() + 1 {
                too_long = true;
                content = Vec::new();
            }
            if !too_long {
                content.extend_from_slice(part);
            }
            let taken = end.map_or(there.len(), |end| end + 1);
            self.input.consume(taken);
            read += taken as u64;
            if end.is_some() {
                break true;
            }
        };
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.through += read;
        if content.last() == Some(&b'\r') {
            content.pop();
        }
        if self.number == 1 && content.starts_with(BYTE_ORDER_MARK) {
            content.drain(..BYTE_ORDER_MARK.len());
        }
        too_long |= content.len() > MAX_BYTES;
        Ok(Some(Line {
            number: self.number,
            content: (!too_long).then_some(content),
            unended: !ended,
            through: self.through,
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn all(bytes: &[u8]) -> Vec<Line> {
        // A buffer far smaller than the lines, so that each is put together from parts.
        let mut lines = Lines::new(BufReader::with_capacity(7, bytes));
        std::iter::from_fn(|| lines.next().unwrap()).collect()
    }

    fn contents(bytes: &[u8]) -> Vec<Option<String>> {
        let text = |line: Line| line.content.map(|bytes| String::from_utf8(bytes).unwrap());
        all(bytes).into_iter().map(text).collect()
    }

    #[test]
    fn lines_end_with_lf_or_crlf_and_the_last_one_perhaps_with_nothing() {
        let some = |texts: &[&str]| -> Vec<Option<String>> {
            texts.iter().map(|text| Some((*text).to_owned())).collect()
        };
        assert_eq!(contents(b""), some(&[]));
        assert_eq!(contents(b"\n"), some(&[""]));
        assert_eq!(
            contents(b"one\r\ntwo, longer\n\nfour"),
            some(&["one", "two, longer", "", "four"])
        );
        let unended: Vec<bool> = all(b"one\ntwo").iter().map(|line| line.unended).collect();
        assert_eq!(unended, [false, true]);
    }

    #[test]
    fn a_byte_order_mark_is_passed_over_at_the_beginning_only() {
        let mark = "\u{feff}";
        let text = format!("{mark}one\n{mark}two\n");
        assert_eq!(
            contents(text.as_bytes()),
            [Some("one".to_owned()), Some(format!("{mark}two"))]
        );
    }

    #[test]
    fn a_line_that_is_too_long_is_not_kept_and_the_next_one_is_read() {
        let longest = "x".repeat(MAX_BYTES);
        let text = format!("\u{feff}{longest}\r\n{longest}x\n{longest}{longest}\nnext\n");
        let read = all(text.as_bytes());
        let kept: Vec<bool> = read.iter().map(|line| line.content.is_some()).collect();
        assert_eq!(kept, [true, false, false, true]);
        assert_eq!(read[3].content.as_deref(), Some(&b"next"[..]));
        assert_eq!(read[3].number, 4);
        assert_eq!(read[3].through, text.len() as u64);
    }
}
