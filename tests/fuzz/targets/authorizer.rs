//! See `oms_fuzz::TARGETS`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oms_fuzz::feed("authorizer", bytes));
