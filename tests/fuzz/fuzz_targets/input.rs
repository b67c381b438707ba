//! Any bytes, in whatever format they look like. Pure.

#![no_main]

mod common;

use cf_domauth::model::expectation::input::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| common::check(bytes, read));
