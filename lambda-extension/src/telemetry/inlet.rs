//! The way of a batch into the listener's memory: room first, then the bytes, then the queue.
//!
//! What is in the queue is acknowledged. Room is taken before anything is read, so that a listener whose batches nobody
//! takes stops reading, and the service waits.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    time::Instant,
};
use tracing::warn;

use super::{Batch, TelemetryError};

/// What stands in the queue, with the room that it takes.
pub(super) type Queued = (Result<Batch, TelemetryError>, OwnedSemaphorePermit);

/// What stands around the bytes of a batch, and of an error.
const ENTRY_BYTES: usize = 256;

/// How long the listener goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Until further notice.
    Open,
    /// Until nothing has come for a while, and no longer than this.
    Flushing(Instant),
    /// No longer.
    Closing,
    /// Nobody can connect any more: what has been begun is finished.
    Closed,
}

/// What all connections have in common. The queue ends when the last one is gone.
pub(super) struct Inlet {
    room: Arc<Semaphore>,
    capacity: usize,
    queue: mpsc::UnboundedSender<Queued>,
    /// How many are in the queue.
    queued: Arc<AtomicUsize>,
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
        queued: Arc<AtomicUsize>,
        mode: watch::Receiver<Mode>,
    ) -> Self {
        let traffic = Mutex::new(Traffic { last: Instant::now(), under_way: 0 });
        Self { room, capacity, queue, queued, mode, traffic }
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

    /// Notes that something has begun to come, if only to wait for room.
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
        // It is never closed.
        Arc::clone(&self.room).acquire_many_owned(self.permits(bytes)).await.ok()
    }

    /// Whether there is no room, and will be none of its own accord: nobody can take what is not in the queue.
    pub(super) fn is_stuck(&self) -> bool {
        self.room.available_permits() == 0 && self.queued.load(Ordering::Relaxed) == 0
    }

    /// Waits for any room at all, and takes no more than so many bytes of it.
    pub(super) async fn some_room(&self, most: usize) -> Option<OwnedSemaphorePermit> {
        let mut room = self.room(1).await?;
        let more = self.room.available_permits().min(most.saturating_sub(1));
        if let Ok(more) = Arc::clone(&self.room).try_acquire_many_owned(self.permits(more)) {
            room.merge(more);
        }
        Some(room)
    }

    fn permits(&self, bytes: usize) -> u32 {
        u32::try_from(bytes.min(self.capacity)).unwrap_or(u32::MAX)
    }

    /// The room that a batch of so many bytes takes, which is more than they are if they are few.
    pub(super) fn needed(bytes: usize) -> usize {
        bytes.max(ENTRY_BYTES)
    }

    /// Puts a batch into the queue; whether anybody will take it.
    pub(super) fn put(&self, batch: Batch, mut room: OwnedSemaphorePermit) -> bool {
        let spare = room.num_permits().saturating_sub(Self::needed(batch.bytes().len()));
        drop(room.split(spare));
        self.send(Ok(batch), room)
    }

    /// Tells of something that was not taken. Whoever does not ask is not told without end.
    pub(super) fn tell(&self, error: TelemetryError) {
        warn!(%error, "some telemetry was not taken");
        if let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(self.permits(ENTRY_BYTES)) {
            let _nobody_asks = self.send(Err(error), room);
        }
    }

    fn send(&self, entry: Result<Batch, TelemetryError>, room: OwnedSemaphorePermit) -> bool {
        // Counted first, so that it is never taken before.
        self.queued.fetch_add(1, Ordering::Relaxed);
        self.queue.send((entry, room)).is_ok()
    }
}
