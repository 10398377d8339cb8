//! Tests of the extension client.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod forwarder;
mod many;
mod script;
mod telemetry;
mod telemetry_api;
mod telemetry_peer;
mod telemetry_pitfalls;
