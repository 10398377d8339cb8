//! The batches that are held until they are shipped.

use tracing::warn;

use crate::telemetry::Batch;

/// What is held.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) batches: Vec<Batch>,
    pub(super) bytes: usize,
}

impl Held {
    pub(super) fn push(&mut self, batch: Batch) {
        self.bytes += batch.bytes().len();
        self.batches.push(batch);
    }

    /// Takes back what could not be shipped; of all together the newest, up to so many bytes.
    pub(super) fn take_back(&mut self, mut batches: Vec<Batch>, most: usize) {
        batches.append(&mut self.batches);
        self.batches = batches;
        self.bytes = self.batches.iter().map(|batch| batch.bytes().len()).sum();
        let mut dropped = 0;
        while self.bytes > most && dropped < self.batches.len() {
            self.bytes -= self.batches.get(dropped).map_or(0, |batch| batch.bytes().len());
            dropped += 1;
        }
        if dropped > 0 {
            self.batches.drain(..dropped);
            warn!(batches = dropped, "telemetry was dropped, because it could not be shipped");
        }
    }
}
