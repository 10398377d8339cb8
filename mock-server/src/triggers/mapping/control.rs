//! Whether a mapping is to read: it is enabled, and the service has not shut down.

use tokio::sync::watch;

use crate::triggers::Common;

pub(super) struct Control {
    is_enabled: watch::Receiver<bool>,
    is_paused: watch::Receiver<bool>,
    /// What the poller was told last.
    told: bool,
}

impl Control {
    pub(super) fn new(common: &Common, is_enabled: watch::Receiver<bool>) -> Self {
        let told = *is_enabled.borrow();
        Self { is_enabled, is_paused: common.is_paused.subscribe(), told }
    }

    /// Waits until it has changed what the poller is to do, and says what; for ever if nobody can change it any more.
    pub(super) async fn changed(&mut self) -> bool {
        loop {
            let reads = *self.is_enabled.borrow_and_update() && !*self.is_paused.borrow_and_update();
            if reads != self.told {
                self.told = reads;
                return reads;
            }
            tokio::select! {
                Ok(()) = self.is_enabled.changed() => {}
                Ok(()) = self.is_paused.changed() => {}
                else => std::future::pending().await,
            }
        }
    }
}
