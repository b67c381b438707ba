//! Any bytes, taken for text copied from a page. Pure.

#![no_main]

mod common;

use cf_domauth::model::expectation::input::read_paste;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| common::check(bytes, read_paste));
