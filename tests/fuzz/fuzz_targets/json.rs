//! Any bytes, made to look like a list of JSON. Pure.

#![no_main]

mod common;

use cf_domauth::model::expectation::input::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| common::check(&json(bytes), read));

/// Behind `[{"` every input is tried as JSON.
fn json(bytes: &[u8]) -> Vec<u8> {
    [b"[{\"", bytes].concat()
}
