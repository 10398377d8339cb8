//! The way of a batch into the listener's memory: room first, then the bytes, then the queue.
//!
//! What is in the queue is acknowledged. Room is taken before anything is read, so that a listener whose batches nobody
//! takes stops reading, and the service waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    time::{Duration, Instant},
};

use super::{Batch, TelemetryError};

/// What stands in the queue, with the room that it takes.
pub(super) type Queued = (Result<Batch, TelemetryError>, Option<OwnedSemaphorePermit>);

/// How long the listener goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Until further notice.
    Open,
    /// Until nothing has come for a while, and no longer than this.
    Flushing(Instant),
    /// No longer: what has been begun is finished.
    Closing,
}

/// What all connections have in common. The queue ends when the last one is gone.
pub(super) struct Inlet {
    room: Arc<Semaphore>,
    capacity: usize,
    queue: mpsc::UnboundedSender<Queued>,
    mode: watch::Receiver<Mode>,
    traffic: Mutex<Traffic>,
}

/// What has come lately.
struct Traffic {
    last: Instant,
    under_way: usize,
}

/// Something that is on its way into the queue.
pub(super) struct UnderWay<'a> {
    inlet: &'a Inlet,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut traffic = self.inlet.traffic();
        traffic.under_way -= 1;
        traffic.last = Instant::now();
    }
}

impl Inlet {
    pub(super) fn new(
        room: Arc<Semaphore>,
        capacity: usize,
        queue: mpsc::UnboundedSender<Queued>,
        mode: watch::Receiver<Mode>,
    ) -> Self {
        let traffic = Mutex::new(Traffic { last: Instant::now(), under_way: 0 });
        Self { room, capacity, queue, mode, traffic }
    }

    fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn mode(&self) -> watch::Receiver<Mode> {
        self.mode.clone()
    }

    /// Notes that something has begun to come.
    pub(super) fn begin(&self) -> UnderWay<'_> {
        self.traffic().under_way += 1;
        UnderWay { inlet: self }
    }

    /// Since when nothing has come; `None` while something does.
    pub(super) fn quiet_since(&self) -> Option<Instant> {
        let traffic = self.traffic();
        (traffic.under_way == 0).then_some(traffic.last)
    }

    /// Waits for room for so many bytes; more than the capacity there never is.
    pub(super) async fn room(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let bytes = u32::try_from(bytes.min(self.capacity)).unwrap_or(u32::MAX);
        // It is never closed.
        Arc::clone(&self.room).acquire_many_owned(bytes).await.ok()
    }

    /// Waits for any room, and takes up to so many bytes of it: for what can be read in parts, and is never all there.
    pub(super) async fn some_room(&self, most: usize) -> Option<OwnedSemaphorePermit> {
        let mut room = self.room(1).await?;
        let more = self.room.available_permits().min(most.saturating_sub(1));
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        if let Ok(more) = Arc::clone(&self.room).try_acquire_many_owned(more) {
            room.merge(more);
        }
        Some(room)
    }

    /// Puts a batch into the queue; whether anybody will take it.
    pub(super) fn put(&self, batch: Batch, mut room: OwnedSemaphorePermit) -> bool {
        let spare = room.num_permits().saturating_sub(batch.bytes().len());
        drop(room.split(spare));
        self.queue.send((Ok(batch), Some(room))).is_ok()
    }

    /// Tells of something that was not taken. Whoever does not ask is not told without end.
    pub(super) fn tell(&self, error: TelemetryError) {
        const ROOM: u32 = 256;

        if let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(ROOM) {
            let _nobody_asks = self.queue.send((Err(error), Some(room)));
        }
    }
}

/// How long nothing may have come for the end to be believed, if not said otherwise.
pub(super) const QUIET: Duration = Duration::from_millis(200);
