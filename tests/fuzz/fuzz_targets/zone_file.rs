//! Any bytes, taken for a zone file. Pure.

#![no_main]

mod common;

use cf_domauth::model::expectation::input::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| common::check(&[&b"$ORIGIN example.com.\n"[..], bytes].concat(), read));
