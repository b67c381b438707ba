//! Any bytes, taken for text copied from a page. Pure.

#![no_main]

mod common;

use cf_domauth::model::expectation::input::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| common::check(&[&b"These are the records:\n"[..], bytes].concat(), read));
