//! `waybill` as a later build will be: it has a version of an event that today's does not, and writes it.

use std::process::ExitCode;

use waybill_domain::EventKind;
use waybill_domain::stored::become_later;

fn main() -> ExitCode {
    // The only one in this process, so it cannot be refused.
    become_later(EventKind::StatusChanged, waybill_torture::faults::LATER);
    waybill_api::cli::main()
}
