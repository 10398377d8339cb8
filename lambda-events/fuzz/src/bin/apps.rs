//! Bytes as the types of the family `apps`.

#![no_main]

use std::sync::LazyLock;

use lambda_events::samples::{AnySample, apps};
use libfuzzer_sys::fuzz_target;

static FAMILY: LazyLock<Vec<AnySample>> = LazyLock::new(apps);

fuzz_target!(|bytes: &[u8]| fuzz::check(&FAMILY, bytes));
