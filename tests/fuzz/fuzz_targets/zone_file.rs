//! Any bytes, taken for a zone file. Pure.

#![no_main]

mod common;

use cf_domauth::model::expectation::input::read_zone_file;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| common::check(bytes, read_zone_file));
