//! Many invocations at a time: what the service answers there, above all where that is something else.

use crate::{
    row::{Expected, Row},
    words::{RUNTIME, reply},
};

mod calls;
mod extensions;
mod misuse;
mod telemetry;

/// What a caller gets at the deadline, after one second. In this mode the texts of the platform name no id.
const TIMED_OUT: &str =
    "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"Task timed out after 1.00 seconds\"}";

pub(super) fn rows() -> Vec<Row> {
    [calls::rows(), misuse::rows(), extensions::rows(), telemetry::rows()].concat()
}

/// An event, as it comes when the caller has said nothing but its payload.
fn event(payload: impl AsRef<[u8]>) -> Expected {
    reply(200, "application/json", payload)
        .with("Lambda-Runtime-Aws-Request-Id", "<uuid>")
        .with("Lambda-Runtime-Invocation-Id", "<uuid>")
        .with("Lambda-Runtime-Deadline-Ms", "<number>")
        .with("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:<account>:function:function")
        .maybe("Lambda-Runtime-Trace-Id", "<any>")
}

/// A runtime that is up.
fn up(name: &'static str) -> Row {
    Row::managed(name).started(RUNTIME)
}

/// A runtime that has got one event.
fn running(name: &'static str) -> Row {
    up(name).polls().taken("{}", event("{}"))
}

/// A wrong method. The right one is not told in this mode.
fn wrong_method() -> Expected {
    reply(405, "", "").without("Content-Type")
}
