//! The `waybill` binary: everything is in the library, so that tests can reach it.

use std::process::ExitCode;

/// Many small values, made by one thread and let go of by another: faster than with the system's (ADR 0022).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    waybill_api::cli::main()
}
