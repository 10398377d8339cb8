//! What all pollers together have logged about an API that cannot be reached.

use std::sync::atomic::{AtomicU32, Ordering};

/// Each attempt is logged once, not once for each poller.
#[derive(Debug, Default)]
pub(crate) struct Outage {
    logged: AtomicU32,
}

impl Outage {
    /// Whether this attempt is worth a line.
    pub(super) fn is_news(&self, attempt: u32) -> bool {
        self.logged.fetch_max(attempt, Ordering::Relaxed) < attempt
    }

    /// The API has answered, so the next outage is news again.
    pub(super) fn end(&self) {
        // Read first: a store would take the cache line away from the other pollers, each time.
        if self.logged.load(Ordering::Relaxed) != 0 {
            self.logged.store(0, Ordering::Relaxed);
        }
    }
}
