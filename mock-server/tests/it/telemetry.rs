//! Telemetry as it travels: raw sockets that subscribe, and processes whose every word the test decides.
//!
//! The function and its extensions are real processes, so that their exits and their output are; the test itself
//! makes their calls (`stage`) and reads what is delivered (`subscriber`). What is delivered is compared as bytes,
//! with times and durations left out (`golden`). When a batch is due and what is dropped is seen here as far as
//! sockets show it; exact moments are tested where time stands still (`pure`).

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a peer that cannot go on fails the test")]

mod golden;
mod scene;
mod stage;
mod subscriber;
mod writing;

mod cold_start;
mod delivery;
mod dropping;
mod extensions;
mod failures;
mod legacy;
mod output;
mod pure;
mod shutdown;
mod snap_start;
mod subscribing;
