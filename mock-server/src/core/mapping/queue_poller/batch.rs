//! Messages on their way to the function: gathered, and held as a batch.

use crate::core::{
    Time,
    mapping::{Flush, Message, Settings},
};

/// What is kept of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) receipt_handle: String,
    pub(super) json: String,
    pub(super) hidden_until: Time,
}

impl Entry {
    pub(super) fn new(message: Message, json: String) -> Self {
        let Message { id, receipt_handle, hidden_until, .. } = message;
        Self { id, receipt_handle, json, hidden_until }
    }

    /// How much longer an event is with it.
    pub(super) fn bytes(&self) -> usize {
        self.json.len() + 1
    }
}

/// By which messages are known.
pub(super) fn known(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(|entry| entry.id.clone()).collect()
}

/// A batch that is not full yet.
#[derive(Debug)]
pub(super) struct Gathering {
    pub(super) entries: Vec<Entry>,
    pub(super) bytes: usize,
    since: Time,
}

impl Gathering {
    pub(super) fn new(since: Time) -> Self {
        Self { entries: Vec::new(), bytes: 0, since }
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.bytes += entry.bytes();
        self.entries.push(entry);
    }

    /// When it is invoked, full or not.
    pub(super) fn until(&self, settings: &Settings) -> Time {
        self.since + settings.batching_window
    }

    /// Lets messages go that others may receive by now.
    pub(super) fn drop_lapsed(&mut self, now: Time) -> Vec<Entry> {
        let lapsed: Vec<_> = self.entries.extract_if(.., |entry| entry.hidden_until <= now).collect();
        self.bytes -= lapsed.iter().map(Entry::bytes).sum::<usize>();
        lapsed
    }
}

/// A batch that is ready, or that the function has.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) entries: Vec<Entry>,
    pub(super) because: Flush,
    /// How often in a row it was throttled.
    pub(super) refusals: u32,
    pub(super) state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Running,
    /// It was throttled.
    NotBefore(Time),
}

impl State {
    pub(super) fn again(self) -> Option<Time> {
        match self {
            Self::Running => None,
            Self::NotBefore(time) => Some(time),
        }
    }
}
