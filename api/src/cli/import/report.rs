//! Lines that were not imported: what is said of each, and where.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use serde::Serialize;
use waybill_domain::{FieldError, InvalidFields};

use crate::cli::output::harmless;

/// The field that faults of a line as a whole are said of.
const WHOLE_LINE: &str = "(line)";
const UNWRITABLE: &str = "the report cannot be written (--report)";
/// Longest reference that is told of a line which could not be read, in characters.
const MAX_REFERENCE: usize = 64;

/// A line that was not imported.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Refusal {
    /// Its number in the file, from 1.
    pub(super) line: u64,
    /// The order's reference, if the line tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
    /// What is wrong, never quoting what the line holds.
    pub(super) errors: Vec<FieldError>,
    /// Whether the line itself is in order, but there is another order under its reference already.
    #[serde(skip)]
    pub(super) differs: bool,
}

impl Refusal {
    /// On account of fields.
    pub(super) fn fields(line: u64, reference: Option<String>, fields: InvalidFields) -> Self {
        let mut errors = fields.errors;
        for error in &mut errors {
            if error.field == "(body)" {
                WHOLE_LINE.clone_into(&mut error.field);
            }
        }
        Self {
            line,
            reference: reference.map(|text| text.chars().take(MAX_REFERENCE).collect()),
            errors,
            differs: false,
        }
    }

    /// On account of the line as a whole.
    pub(super) fn whole(line: u64, reference: Option<String>, detail: impl Into<String>) -> Self {
        Self::fields(line, reference, InvalidFields::one(WHOLE_LINE, detail))
    }

    /// As one line for people.
    fn sentence(&self) -> String {
        let of = self.reference.as_ref();
        let of = of.map_or(String::new(), |reference| {
            format!(" ({})", harmless(reference))
        });
        let fault = |error: &FieldError| match error.field.as_str() {
            WHOLE_LINE => error.detail.clone(),
            _ => error.to_string(),
        };
        let errors: Vec<String> = self.errors.iter().map(fault).collect();
        format!("line {}{of}: {}", self.line, harmless(&errors.join("; ")))
    }
}

/// Where refusals go: all into a file, or the first few onto standard error at the end.
pub(super) struct Report {
    file: Option<BufWriter<File>>,
    first: Vec<Refusal>,
    count: u64,
}

impl Report {
    /// How many are shown where no file takes them all.
    const SHOWN: usize = 20;

    /// A report into `file`, which is made anew, or onto standard error.
    pub(super) fn open(file: Option<&Path>) -> io::Result<Self> {
        Ok(Self {
            file: file.map(File::create).transpose()?.map(BufWriter::new),
            first: Vec::new(),
            count: 0,
        })
    }

    /// Takes one in.
    pub(super) fn add(&mut self, refusal: Refusal) -> anyhow::Result<()> {
        self.count += 1;
        if let Some(file) = &mut self.file {
            let mut line = serde_json::to_vec(&refusal)?;
            line.push(b'\n');
            file.write_all(&line).context(UNWRITABLE)?;
        } else if self.first.len() < Self::SHOWN {
            self.first.push(refusal);
        }
        Ok(())
    }

    /// Brings what was taken in so far to the file.
    pub(super) fn flush(&mut self) -> anyhow::Result<()> {
        let flushed = self.file.as_mut().map_or(Ok(()), Write::flush);
        flushed.context(UNWRITABLE)
    }

    /// Shows what no file has taken.
    pub(super) fn show(&self, out: &mut impl Write) -> io::Result<()> {
        for refusal in &self.first {
            writeln!(out, "{}", refusal.sentence())?;
        }
        let shown = self.first.len() as u64;
        if self.file.is_none() && self.count > shown {
            let more = self.count - shown;
            writeln!(
                out,
                "and {more} more lines; `--report FILE` writes all of them"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(line: u64) -> Refusal {
        let mut fields = InvalidFields::one("status", "is required");
        fields.errors.push(FieldError::new("(body)", "is odd"));
        Refusal::fields(line, Some("web\u{1b}[2J".to_owned()), fields)
    }

    #[test]
    fn the_first_lines_are_shown_and_the_others_counted() {
        let mut report = Report::open(None).unwrap();
        for line in 1..=23 {
            report.add(refusal(line)).unwrap();
        }
        let mut out = Vec::new();
        report.show(&mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines.len(), 21);
        assert_eq!(
            lines[0],
            "line 1 (web\u{fffd}[2J): status is required; is odd"
        );
        assert_eq!(
            lines[20],
            "and 3 more lines; `--report FILE` writes all of them"
        );
    }

    #[test]
    fn a_file_takes_them_all_as_json() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.ndjson");
        let mut report = Report::open(Some(&path)).unwrap();
        report.add(refusal(7)).unwrap();
        report
            .add(Refusal::whole(9, None, "must be UTF-8"))
            .unwrap();
        report.flush().unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "{\"line\":7,\"reference\":\"web\\u001b[2J\",\"errors\":[{\"field\":\"status\",\"detail\":\"is required\"},{\"field\":\"(line)\",\"detail\":\"is odd\"}]}\n\
             {\"line\":9,\"errors\":[{\"field\":\"(line)\",\"detail\":\"must be UTF-8\"}]}\n"
        );
        let mut out = Vec::new();
        report.show(&mut out).unwrap();
        assert!(out.is_empty());
    }
}
