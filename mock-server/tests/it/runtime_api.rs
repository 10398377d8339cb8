//! The Runtime API on the wire, byte by byte, with the test in the guest's place.
//!
//! Expected bytes are literal. Where a socket makes no difference the guest is in memory, under tokio's
//! paused clock. Which call is allowed when is tested exhaustively in `src/core/test`; here is how it looks.

#![expect(clippy::unwrap_used, reason = "a guest that cannot speak fails the test")]

#[cfg(unix)]
mod connections;
mod refusals;
mod replies;
mod responses;
