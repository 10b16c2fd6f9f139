#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| waybill_api::push::fuzzing::client_frame(data));
