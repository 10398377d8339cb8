//! Waiting for something that must happen, where time is real.
//!
//! A test never waits for time to pass. The limit here only turns a hang into a failure.

#![expect(clippy::expect_used, reason = "what does not happen fails the test")]

use std::{future::Future, time::Duration};

use mock_server::{Entry, Event, Timeline};

/// More than anything here takes on the slowest machine; also a time-out for functions that must not see one.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for what happens soon, whenever that is.
pub(crate) async fn soon<T>(happens: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, happens).await.expect("it should have happened within a minute")
}

/// Waits for the first entry with such an event.
pub(crate) async fn seen(timeline: &Timeline, condition: impl Fn(&Event) -> bool) -> Entry {
    soon(timeline.wait_for(|entry| condition(&entry.event))).await
}

/// Waits until so many entries have such an event.
pub(crate) async fn seen_times(timeline: &Timeline, times: usize, condition: impl Fn(&Event) -> bool) {
    let mut next = 0;
    for _ in 0..times {
        let is_next = |entry: &Entry| entry.sequence >= next && condition(&entry.event);
        next = soon(timeline.wait_for(is_next)).await.sequence + 1;
    }
}
