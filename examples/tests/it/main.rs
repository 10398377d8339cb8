//! Tests of the examples.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod extensions;
mod moving;
mod run_all;
mod sink;
