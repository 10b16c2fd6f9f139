//! `waybill openapi`: the contract, without a server or a database.

use std::process::ExitCode;

use super::output;
use crate::http;

/// Shown by `--help`.
pub(super) const EXAMPLES: &str = "\
Example:
  waybill openapi > docs/openapi.json

A running node serves the same document at /openapi.json.";

/// Prints the document as JSON.
pub(super) fn run() -> anyhow::Result<ExitCode> {
    output::print(&http::openapi::json())?;
    Ok(ExitCode::SUCCESS)
}
