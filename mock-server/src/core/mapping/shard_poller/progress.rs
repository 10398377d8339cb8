//! Which records of a shard are over, and up to which all of them are.

use std::collections::VecDeque;

use crate::core::mapping::SequenceNumber;

#[derive(Debug, Default)]
pub(super) struct Progress {
    /// In the order of the shard; from the first that is not over.
    records: VecDeque<(SequenceNumber, bool)>,
    has_ended: bool,
}

impl Progress {
    pub(super) fn read(&mut self, sequence_number: SequenceNumber) {
        self.records.push_back((sequence_number, false));
    }

    pub(super) fn over(&mut self, sequence_number: &SequenceNumber) {
        if let Ok(at) = self.records.binary_search_by(|(known, _)| known.cmp(sequence_number)) {
            self.records[at].1 = true;
        }
    }

    /// The last record up to which all are over, if it is another one than before.
    pub(super) fn checkpoint(&mut self) -> Option<SequenceNumber> {
        let mut last = None;
        while self.records.front().is_some_and(|(_, is_over)| *is_over) {
            last = self.records.pop_front().map(|(sequence_number, _)| sequence_number);
        }
        last
    }

    pub(super) fn open(&self) -> usize {
        self.records.iter().filter(|(_, is_over)| !is_over).count()
    }

    /// Says once that there is nothing left.
    pub(super) fn end(&mut self) -> bool {
        !std::mem::replace(&mut self.has_ended, true)
    }
}
