//! What keeps queued events across a restart, if anything does.
//!
//! Changes are written in the order in which they are made, and nothing follows from one before it is durable.

use crate::core::queue::{EventId, SavedEvent};
#[cfg(feature = "state")]
use crate::store::{Store, Written};

/// Where the events of the queue are kept.
#[derive(Default)]
pub(crate) struct Journal {
    #[cfg(feature = "state")]
    store: Option<Store>,
}

/// A change on its way to where it is durable.
#[derive(Debug)]
pub(crate) struct Saving {
    #[cfg(feature = "state")]
    written: Written,
}

impl Saving {
    /// Waits until it is durable.
    ///
    /// # Errors
    ///
    /// What went wrong, in words.
    #[cfg_attr(not(feature = "state"), expect(clippy::unused_async, reason = "there is nothing to wait for"))]
    pub(crate) async fn done(self) -> Result<(), String> {
        #[cfg(feature = "state")]
        self.written.await.map_err(|error| error.to_string())?;
        Ok(())
    }
}

impl Journal {
    #[cfg(feature = "state")]
    pub(crate) fn open(store: Store) -> Self {
        Self { store: Some(store) }
    }

    /// Frees the disk at once, as the end of a process does.
    #[cfg(test)]
    #[cfg(feature = "state")]
    pub(super) async fn close(&self) {
        if let Some(store) = &self.store {
            store.close().await;
        }
    }

    /// Keeps an event as it is now; `None` if nothing is kept.
    #[cfg_attr(not(feature = "state"), expect(clippy::unused_self, reason = "nothing is kept"))]
    pub(crate) fn put(&self, id: EventId, event: &SavedEvent) -> Option<Saving> {
        #[cfg(feature = "state")]
        if let Some(store) = &self.store {
            let bytes = serde_json::to_vec(event).unwrap_or_default();
            return Some(Saving { written: store.put(id.0, bytes) });
        }
        let _ = (id, event);
        None
    }

    /// Forgets an event.
    #[cfg_attr(not(feature = "state"), expect(clippy::unused_self, reason = "nothing is kept"))]
    pub(crate) fn remove(&self, id: EventId) {
        #[cfg(feature = "state")]
        if let Some(store) = &self.store {
            // If it stays, its end is told once more after a restart.
            drop(store.remove(id.0));
            return;
        }
        let _ = id;
    }
}
