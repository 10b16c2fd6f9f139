//! Reads the file on a thread of its own and hands it on in chunks of lines that are judged already.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::thread;

use anyhow::Context;
use tokio::sync::mpsc;
use waybill_domain::{ImportedOrder, InvalidFields};

use super::entry::Judge;
use super::lines::Lines;
use super::report::Refusal;
use super::seen::Seen;

/// Orders and refusals in one chunk at most.
const CHUNK_LINES: usize = 128;
/// Bytes of the file after which a chunk is full, so that long lines do not fill the memory.
const CHUNK_BYTES: u64 = 1 << 20;
/// Chunks that may wait to be written.
const WAITING: usize = 2;
const BUFFER: usize = 64 * 1024;

/// What is imported.
pub(super) struct Source {
    input: Box<dyn BufRead + Send>,
    /// Its size in bytes, if that is known.
    pub(super) size: Option<u64>,
}

impl Source {
    /// Opens a file, or standard input for `-`.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self {
                input: Box::new(BufReader::with_capacity(BUFFER, io::stdin())),
                size: None,
            });
        }
        let unreadable = || format!("{} cannot be read", path.display());
        let file = File::open(path).with_context(unreadable)?;
        let about = file.metadata().with_context(unreadable)?;
        Ok(Self {
            input: Box::new(BufReader::with_capacity(BUFFER, file)),
            size: about.is_file().then_some(about.len()),
        })
    }

    /// Begins to read. The thread ends at the end of the file, or once nobody takes its chunks; nobody waits for
    /// it, because a read of standard input cannot be called off.
    pub(super) fn chunks(self, judge: Judge) -> mpsc::Receiver<Chunk> {
        let (chunks, taken) = mpsc::channel(WAITING);
        thread::spawn(move || read(self.input, &judge, &chunks));
        taken
    }
}

/// Some lines in a row.
#[derive(Default)]
pub(super) struct Chunk {
    /// Those that are not blank, in order.
    pub(super) entries: Vec<Entry>,
    /// The last line in it, blank or not.
    pub(super) through_line: u64,
    /// Bytes of the file up to its end.
    pub(super) through: u64,
    /// Why nothing follows, if that is not the end of the file.
    pub(super) broken: Option<io::Error>,
}

/// One line.
pub(super) enum Entry {
    /// An order that nothing speaks against but, perhaps, the log.
    Order {
        line: u64,
        order: Box<ImportedOrder>,
    },
    /// None.
    Refused(Refusal),
}

fn read(input: Box<dyn BufRead + Send>, judge: &Judge, chunks: &mpsc::Sender<Chunk>) {
    let mut lines = Lines::new(input);
    let mut seen = Seen::default();
    let (mut chunk, mut begin) = (Chunk::default(), 0);
    loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(error) => {
                chunk.broken = Some(error);
                break;
            }
        };
        (chunk.through_line, chunk.through) = (line.number, line.through);
        chunk.entries.extend(entry(line, judge, &mut seen));
        if chunk.entries.len() == CHUNK_LINES || chunk.through - begin >= CHUNK_BYTES {
            begin = chunk.through;
            if chunks.blocking_send(std::mem::take(&mut chunk)).is_err() {
                return;
            }
        }
    }
    if chunk.through > begin || chunk.broken.is_some() {
        let _ = chunks.blocking_send(chunk); // perhaps nobody wants it any more
    }
}

fn entry(line: super::lines::Line, judge: &Judge, seen: &mut Seen) -> Option<Entry> {
    let number = line.number;
    let order = match judge.read(line) {
        Ok(None) => return None,
        Ok(Some(order)) => order,
        Err(refusal) => return Some(Entry::Refused(refusal)),
    };
    Some(match seen.earlier(order.reference(), number) {
        Some(first) => Entry::Refused(comes_twice(number, &order, first)),
        None => Entry::Order {
            line: number,
            order: Box::new(order),
        },
    })
}

/// The refusal of a line whose reference an earlier line of the file has.
pub(super) fn comes_twice(line: u64, order: &ImportedOrder, first: u64) -> Refusal {
    let detail = format!("must be unique in the file; line {first} has it already");
    let reference = Some(order.reference().to_string());
    Refusal::fields(line, reference, InvalidFields::one("reference", detail))
}
