//! Tumbling windows: spans of time of equal length, and the state that a function hands on within one.
//!
//! A record belongs to the window in which it came into the stream. A window is over when a record of a later one is next,
//! or when the shard was read to its end after the window's; then the function is invoked once more, without records.
//! Source: [stateful processing](https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html).

use std::time::Duration;

use serde_json::value::RawValue;

use crate::core::{
    Time,
    mapping::event::{Bounds, Envelope, WindowMembers, raw},
};

/// What an event of a window has besides its state is no longer than this.
const MEMBERS_BYTES: usize = 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Window {
    start: Time,
    end: Time,
}

impl Window {
    pub(super) fn start(self) -> Time {
        self.start
    }

    pub(super) fn end(self) -> Time {
        self.end
    }
}

#[derive(Debug)]
pub(super) struct Windows {
    length: Duration,
    open: Option<Window>,
    state: Box<RawValue>,
    is_terminated_early: bool,
    /// Up to when all that came has been read.
    pub(super) read_up_to: Time,
}

impl Windows {
    pub(super) fn new(length: Duration) -> Self {
        let state = raw("{}".to_owned());
        Self { length, open: None, state, is_terminated_early: false, read_up_to: Time::default() }
    }

    /// The window of a moment. Windows begin at whole multiples of their length since the Unix epoch.
    pub(super) fn of(&self, at: Time) -> Window {
        let length = self.length.as_secs().max(1);
        let start = at.since_epoch().as_secs() / length * length;
        let start = Time::from_unix(Duration::from_secs(start));
        Window { start, end: start + self.length }
    }

    /// A record is next that came then: its window opens, unless it is open.
    pub(super) fn open(&mut self, arrived: Time) {
        self.open = Some(self.of(arrived));
    }

    pub(super) fn current(&self) -> Option<Window> {
        self.open
    }

    /// Whether the open window is over: what comes next is of that window, if there is anything.
    pub(super) fn is_over(&self, next: Option<Window>, is_end_of_shard: bool) -> bool {
        let Some(open) = self.open else { return false };
        match next {
            Some(next) => next > open,
            None => is_end_of_shard || self.read_up_to >= open.end,
        }
    }

    /// Hands a state on.
    pub(super) fn keep(&mut self, state: String) {
        self.state = raw(state);
    }

    pub(super) fn terminate_early(&mut self) {
        self.is_terminated_early = true;
    }

    /// The window is over, and its state is dropped.
    pub(super) fn close(&mut self) {
        self.open = None;
        self.state = raw("{}".to_owned());
        self.is_terminated_early = false;
    }

    pub(super) fn envelope_bytes(&self) -> usize {
        self.state.get().len() + MEMBERS_BYTES
    }

    /// What stands around the records of the open window.
    pub(super) fn around(&self, envelope: Envelope, shard: &str, arn: &str, is_last: bool) -> Envelope {
        let Some(open) = self.open else { return envelope };
        envelope.with_window(&WindowMembers {
            window: Bounds::new(open.start, open.end),
            state: &self.state,
            shard_id: shard,
            event_source_arn: arn,
            is_final_invoke_for_window: is_last,
            is_window_terminated_early: is_last && self.is_terminated_early,
        })
    }
}
