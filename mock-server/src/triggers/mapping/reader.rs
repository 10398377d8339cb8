//! The shard of a mapping: of a stream in memory, or of a real one.

use std::sync::Arc;
#[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
use std::sync::Mutex;

use tokio::sync::watch;

#[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
use crate::triggers::{RealStream, lock};
use crate::{
    core::{
        Time,
        mapping::{ReadFrom, Reading},
    },
    triggers::{Common, Stream},
};

/// Clones read the same shard.
#[derive(Clone)]
pub(super) struct Reader {
    stream: Kind,
    shard: String,
    /// How many records had come when there was nothing to do.
    seen: watch::Sender<Option<u64>>,
    common: Arc<Common>,
}

#[derive(Clone)]
enum Kind {
    /// One that parks does not read again and again while there is nothing.
    Memory { stream: Stream, parks: bool },
    #[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
    Real {
        stream: RealStream,
        /// From where on nothing is known to be over: the start, or behind the last record.
        before: Arc<Mutex<ReadFrom>>,
    },
}

impl Reader {
    pub(super) fn memory(
        stream: Stream,
        shard: String,
        parks: bool,
        seen: watch::Sender<Option<u64>>,
    ) -> Self {
        let common = Arc::clone(stream.common());
        Self { stream: Kind::Memory { stream, parks }, shard, seen, common }
    }

    #[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
    pub(super) fn real(
        stream: RealStream,
        shard: String,
        start: ReadFrom,
        common: &Arc<Common>,
        seen: watch::Sender<Option<u64>>,
    ) -> Self {
        let stream = Kind::Real { stream, before: Arc::new(Mutex::new(start)) };
        Self { stream, shard, seen, common: Arc::clone(common) }
    }

    pub(super) fn common(&self) -> &Arc<Common> {
        &self.common
    }

    /// Reads once, at this moment.
    ///
    /// If there is nothing in memory, and nothing else to do, it is as if one had read once in a while until there was
    /// something: an idle stream does not count the time.
    pub(super) async fn read(
        self,
        asked: Time,
        from: ReadFrom,
        at_most: usize,
        is_idle: bool,
    ) -> Result<Reading, String> {
        match &self.stream {
            Kind::Memory { stream, parks } => {
                let parks = *parks && is_idle;
                let reading = self.read_memory(stream, asked, from, at_most, is_idle, parks).await;
                reading.ok_or_else(|| format!("there is no shard {}", self.shard))
            }
            #[cfg(any(feature = "kinesis", feature = "dynamodb-streams"))]
            Kind::Real { stream, before } => {
                let known = lock(before).clone();
                let reading = stream.read(&self.shard, &from, &known, at_most).await;
                let reading = reading.map_err(|error| super::queue_access::told(&error))?;
                if let Some(record) = reading.records.last() {
                    *lock(before) = ReadFrom::After(record.sequence_number.clone());
                }
                let is_settled = reading.records.is_empty() && !reading.is_behind && is_idle;
                self.seen.send_replace(is_settled.then_some(u64::MAX));
                Ok(reading)
            }
        }
    }

    async fn read_memory(
        &self,
        stream: &Stream,
        asked: Time,
        mut from: ReadFrom,
        at_most: usize,
        is_idle: bool,
        parks: bool,
    ) -> Option<Reading> {
        let interval = stream.source().poll_interval();
        let mut puts = stream.puts();
        loop {
            puts.mark_unchanged();
            let (reading, seen) = stream.read(&self.shard, &from, at_most)?;
            let is_settled = reading.records.is_empty() && !reading.is_behind && is_idle;
            let seen = if reading.next.is_none() { u64::MAX } else { seen };
            self.seen.send_replace(Some(seen).filter(|_| is_settled));
            if !(is_settled && parks) {
                return Some(reading);
            }
            let Some(next) = reading.next else { return Some(reading) };
            from = next;
            // The sender lives in the stream.
            let _lives = puts.changed().await;
            // Not before it would have been read.
            let waited = self.common.now().since(asked).as_nanos();
            let reads = waited.div_ceil(interval.as_nanos().max(1)).max(1);
            let reads = u32::try_from(reads).unwrap_or(u32::MAX);
            self.common.sleep_until(Some(asked + interval.saturating_mul(reads))).await;
        }
    }
}
