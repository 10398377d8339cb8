//! Tests of the extension client.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod calls;
mod events;
mod failures;
mod in_process;
mod pitfalls;
mod polling;
mod registering;
mod replies;
mod running;
mod script;
mod shutdown;
