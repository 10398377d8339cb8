//! Tests of the examples.

mod run_all;
