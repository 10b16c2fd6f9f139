//! The `waybill` binary under another name, so that the tests that run it always run what was just built.

use std::process::ExitCode;

fn main() -> ExitCode {
    waybill_api::cli::main()
}
