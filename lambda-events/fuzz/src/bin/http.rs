//! Bytes as the types of the family `http`.

#![no_main]

use std::sync::LazyLock;

use lambda_events::samples::{AnySample, http};
use libfuzzer_sys::fuzz_target;

static FAMILY: LazyLock<Vec<AnySample>> = LazyLock::new(http);

fuzz_target!(|bytes: &[u8]| fuzz::check(&FAMILY, bytes));
