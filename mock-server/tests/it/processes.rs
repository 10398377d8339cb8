//! Functions that are real child processes: scripts that a test has written.
//!
//! Time is real, so time-outs are short where they are wanted and long where not.

#![expect(clippy::unwrap_used, reason = "a function that cannot be set up fails the test")]

use std::path::Path;

use mock_server::{Function, FunctionBuilder, MockLambda, Outcome};

use crate::wait::PATIENCE;

mod environment;
mod exits;
mod lifetime;
mod output;
mod starting;

/// A function that has all the time it needs.
fn patient() -> FunctionBuilder {
    MockLambda::new().function("f").timeout(PATIENCE).init_timeout(PATIENCE)
}

fn function(bootstrap: impl AsRef<Path>) -> Function {
    patient().bootstrap(bootstrap).unwrap()
}

/// An answer that the platform makes itself.
fn platform_error(outcome: &Outcome, error_type: &str, message: &str) -> String {
    let id = outcome.request_id();
    format!(r#"{{"errorType":"{error_type}","errorMessage":"RequestId: {id} Error: {message}"}}"#)
}
