//! `waybill asyncapi`: the contract of the push channels, without a server or a database.

use std::process::ExitCode;

use super::output;
use crate::http;

/// Shown by `--help`.
pub(super) const EXAMPLES: &str = "\
Example:
  waybill asyncapi > docs/asyncapi.json

A running node serves the same document at /asyncapi.json.";

/// Prints the document as JSON.
pub(super) fn run() -> anyhow::Result<ExitCode> {
    output::print(&http::asyncapi::json())?;
    Ok(ExitCode::SUCCESS)
}
