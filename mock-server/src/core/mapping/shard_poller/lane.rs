//! Records of a shard that are processed one batch after the other.

use std::{collections::VecDeque, time::Duration};

use lambda_api::limits::SYNC_PAYLOAD_BYTES;

use super::LastResponse;
use crate::core::{
    Time,
    mapping::{BatchId, Flush, Record, SequenceNumber, Settings},
};

/// What is kept of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) sequence_number: SequenceNumber,
    pub(super) arrived: Time,
    /// By which the function names it.
    pub(super) id: String,
    pub(super) json: String,
}

impl Entry {
    pub(super) fn new(record: Record, id: String, json: String) -> Self {
        Self { sequence_number: record.sequence_number, arrived: record.arrived, id, json }
    }

    fn bytes(&self) -> usize {
        self.json.len() + 1
    }
}

/// By which records are known.
pub(super) fn known(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(|entry| entry.id.clone()).collect()
}

/// Whether something is under way, or when it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Due(Time),
    Running(BatchId),
}

/// A batch, until its records are over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) entries: Vec<Entry>,
    pub(super) because: Flush,
    pub(super) id: Option<BatchId>,
    /// How often the function has run with these records.
    pub(super) invocations: u32,
    /// How much of the retries is used up.
    pub(super) failures: u32,
    /// How often in a row it has not reached the function.
    pub(super) refusals: u32,
    pub(super) last: Option<LastResponse>,
    pub(super) state: State,
    /// Whether it has no records, and ends a tumbling window.
    pub(super) is_last: bool,
}

impl Work {
    pub(super) fn new(now: Time, entries: Vec<Entry>, because: Flush) -> Self {
        let state = State::Due(now);
        let (invocations, failures, refusals) = (0, 0, 0);
        Self {
            entries,
            because,
            id: None,
            invocations,
            failures,
            refusals,
            last: None,
            state,
            is_last: false,
        }
    }

    pub(super) fn last_of_window(now: Time) -> Self {
        Self { is_last: true, ..Self::new(now, Vec::new(), Flush::Final) }
    }

    /// The same history, for other records and under another number.
    pub(super) fn clone_history(&self) -> Self {
        let Self { because, invocations, failures, refusals, ref last, state, is_last, .. } = *self;
        let (entries, last) = (Vec::new(), last.clone());
        Self { entries, because, id: None, invocations, failures, refusals, last, state, is_last }
    }

    pub(super) fn was_tried(&self) -> bool {
        self.invocations > 0 || self.refusals > 0
    }
}

/// A lane. The front of its work is what is done.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) waiting: VecDeque<Entry>,
    bytes: usize,
    since: Time,
    pub(super) work: VecDeque<Work>,
}

/// The lane of a key: always the same one. FNV-1a, which spreads short keys well.
pub(super) fn of(key: &[u8], lanes: usize) -> usize {
    let hash = key.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    let lanes = u64::try_from(lanes.max(1)).unwrap_or(1);
    usize::try_from(hash % lanes).unwrap_or_default()
}

impl Lane {
    pub(super) fn push(&mut self, now: Time, entry: Entry) {
        if self.waiting.is_empty() {
            self.since = now;
        }
        self.bytes += entry.bytes();
        self.waiting.push_back(entry);
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.work.iter().map(|work| work.entries.len()).sum::<usize>()
    }

    /// The batch that the function has.
    pub(super) fn running(&self) -> Option<BatchId> {
        match self.work.front()?.state {
            State::Running(id) => Some(id),
            State::Due(_) => None,
        }
    }

    /// When there is something to do in it, if records may become so old.
    pub(super) fn due(&self, settings: &Settings, age: Duration) -> Option<Time> {
        let Some(work) = self.work.front() else {
            return (!self.waiting.is_empty()).then(|| self.since + settings.batching_window);
        };
        let State::Due(at) = work.state else { return None };
        let too_old = work.entries.first().map(|entry| entry.arrived + age);
        Some(too_old.map_or(at, |too_old| at.min(too_old)))
    }

    /// The next batch, if there is a reason for it: as many records as fit and are of the window that ends then.
    pub(super) fn take(
        &mut self,
        now: Time,
        settings: &Settings,
        envelope: usize,
        window_ends: Option<Time>,
        is_end: bool,
    ) -> Option<(Vec<Entry>, Flush)> {
        let (mut count, mut bytes) = (0, envelope);
        let mut because = None;
        for entry in &self.waiting {
            if count == settings.batch_size {
                because = Some(Flush::Size);
            } else if window_ends.is_some_and(|end| entry.arrived >= end) {
                because = Some(Flush::WindowEnd);
            } else if count > 0 && bytes + entry.bytes() > SYNC_PAYLOAD_BYTES {
                because = Some(Flush::Payload);
            }
            if because.is_some() {
                break;
            }
            count += 1;
            bytes += entry.bytes();
        }
        if because.is_none() && count > 0 {
            because = if count == settings.batch_size {
                Some(Flush::Size)
            } else if settings.batching_window.is_zero() || is_end {
                Some(Flush::Available)
            } else if self.since + settings.batching_window <= now {
                Some(Flush::Window)
            } else {
                None
            };
        }
        let because = because?;
        let entries: Vec<_> = self.waiting.drain(..count).collect();
        self.bytes -= entries.iter().map(Entry::bytes).sum::<usize>();
        // Those that are left begin to wait for others now.
        self.since = now;
        Some((entries, because))
    }
}
