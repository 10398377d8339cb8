//! Bytes as the types of the family `operations`.

#![no_main]

use std::sync::LazyLock;

use lambda_events::samples::{AnySample, operations};
use libfuzzer_sys::fuzz_target;

static FAMILY: LazyLock<Vec<AnySample>> = LazyLock::new(operations);

fuzz_target!(|bytes: &[u8]| fuzz::check(&FAMILY, bytes));
