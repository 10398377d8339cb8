//! The one kept-alive connection, against peers that are written by hand, byte by byte.
//!
//! No HTTP library stands on the other side, so that a mistake of the client cannot cancel out; in `oracle` one is
//! compared with it. Most peers are in memory: what they do is then seen by the client at once, and under tokio's paused clock a call that
//! hangs fails without anybody waiting. What the messages mean is shown in `golden`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a peer that cannot go on fails the test")]

mod bodies;
mod bounds;
mod broken;
mod dropped;
mod early;
mod framing;
mod kept;
mod oracle;
mod peer;
mod told;
mod turns;
