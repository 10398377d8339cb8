//! Whether a mapping is to read: it is enabled, and the service has not shut down.

use tokio::sync::watch;

use super::MappingState;
use crate::triggers::Common;

pub(super) struct Control {
    state: watch::Receiver<MappingState>,
    is_paused: watch::Receiver<bool>,
    /// What the poller was told last.
    told: bool,
}

impl Control {
    pub(super) fn new(common: &Common, state: watch::Receiver<MappingState>) -> Self {
        let told = *state.borrow() == MappingState::Enabled;
        Self { state, is_paused: common.is_paused.subscribe(), told }
    }

    /// Whether the mapping is to end.
    pub(super) fn is_deleted(&self) -> bool {
        *self.state.borrow() == MappingState::Deleted
    }

    /// Waits until it has changed what the poller is to do, and says what: whether it reads. What has been deleted is told once
    /// more, so that it ends.
    pub(super) async fn changed(&mut self) -> bool {
        loop {
            let state = *self.state.borrow_and_update();
            let reads = state == MappingState::Enabled && !*self.is_paused.borrow_and_update();
            if reads != self.told {
                self.told = reads;
                return reads;
            }
            tokio::select! {
                Ok(()) = self.state.changed() => {
                    if self.is_deleted() {
                        self.told = false;
                        return false;
                    }
                }
                Ok(()) = self.is_paused.changed() => {}
                else => std::future::pending().await,
            }
        }
    }
}
