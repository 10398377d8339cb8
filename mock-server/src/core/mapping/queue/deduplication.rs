//! Which messages a FIFO queue has taken in the last five minutes, deleted ones among them.

use std::collections::{BTreeMap, VecDeque};

use lambda_api::limits::event_sources::DEDUPLICATION_INTERVAL;

use super::settings::Sent;
use crate::core::Time;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Deduplication {
    sent: BTreeMap<String, Sent>,
    forgotten: VecDeque<(Time, String)>,
}

impl Deduplication {
    /// The first message with this id, if it is not too long ago.
    pub(super) fn find(&mut self, now: Time, id: &str) -> Option<Sent> {
        while self.forgotten.front().is_some_and(|(time, _)| *time <= now) {
            if let Some((_, id)) = self.forgotten.pop_front() {
                self.sent.remove(&id);
            }
        }
        self.sent.get(id).cloned()
    }

    pub(super) fn remember(&mut self, now: Time, id: String, sent: Sent) {
        self.forgotten.push_back((now + DEDUPLICATION_INTERVAL, id.clone()));
        self.sent.insert(id, sent);
    }
}
