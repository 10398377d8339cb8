//! Bytes as the types of the family `streams`.

#![no_main]

use std::sync::LazyLock;

use lambda_events::samples::{AnySample, streams};
use libfuzzer_sys::fuzz_target;

static FAMILY: LazyLock<Vec<AnySample>> = LazyLock::new(streams);

fuzz_target!(|bytes: &[u8]| fuzz::check(&FAMILY, bytes));
