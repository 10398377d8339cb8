//! Tests of the extension client.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod calls;
mod events;
mod failures;
mod forwarder;
mod in_process;
mod many;
mod pitfalls;
mod polling;
mod registering;
mod replies;
mod running;
mod script;
mod shutdown;
mod telemetry;
mod telemetry_api;
mod telemetry_peer;
mod telemetry_pitfalls;
