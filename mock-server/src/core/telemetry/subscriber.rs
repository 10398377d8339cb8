//! One subscriber: what waits for it, what is on its way, and what it has missed.
//!
//! Which records there are, and when a batch is asked for, is decided in [`telemetry`](super).

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use lambda_api::{
    ExtensionId,
    telemetry::{Event, LogsDropped, Record},
};

use super::{
    Delivery, Subscription, TelemetryApi,
    form::{Encoded, Form},
};
use crate::core::{Time, timestamp};

/// The wait after the first batch that was not taken; it doubles with each attempt.
const RETRY: Duration = Duration::from_millis(100);
/// The longest wait between two attempts.
const RETRY_AT_MOST: Duration = Duration::from_secs(5);

/// A subscriber.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subscriber {
    pub(super) id: ExtensionId,
    /// It lives in the runtime's process.
    pub(super) is_internal: bool,
    pub(super) api: TelemetryApi,
    pub(super) subscription: Subscription,
    queue: VecDeque<Item>,
    bytes: usize,
    sending: Option<Sending>,
    dropped: Dropped,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    json: Bytes,
    since: Time,
}

/// A batch that has not been taken yet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sending {
    number: u64,
    events: Vec<Bytes>,
    attempts: u32,
    /// When it is sent again; `None` while it is on its way.
    again: Option<Time>,
}

/// What there was no room for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dropped {
    pub(super) records: u64,
    pub(super) bytes: u64,
}

impl Subscriber {
    pub(super) fn new(
        id: ExtensionId,
        is_internal: bool,
        api: TelemetryApi,
        subscription: Subscription,
    ) -> Self {
        let (queue, dropped) = (VecDeque::new(), Dropped::default());
        Self { id, is_internal, api, subscription, queue, bytes: 0, sending: None, dropped }
    }

    pub(super) fn form(&self) -> Form {
        Form::new(self.api, self.subscription.schema)
    }

    /// Whether it has not got everything.
    pub(super) fn is_pending(&self) -> bool {
        self.sending.is_some() || !self.queue.is_empty()
    }

    /// Whether the batch on its way has this number.
    pub(super) fn is_sent(&self, number: u64) -> bool {
        self.sending.as_ref().is_some_and(|sending| sending.number == number)
    }

    /// Notes what it has missed before it came.
    pub(super) fn miss(&mut self, missing: Dropped) {
        self.dropped.records += missing.records;
        self.dropped.bytes += missing.bytes;
    }

    /// The batch on its way has been taken, or not.
    pub(super) fn delivered(&mut self, now: Time, accepted: bool, is_flushing: bool, limit: usize) {
        let Some(sending) = &mut self.sending else { return };
        if accepted {
            self.sending = None;
            self.tell_dropped(now, limit);
        } else if is_flushing && self.is_internal {
            // It has ended with the runtime.
            self.sending = None;
            self.queue.clear();
            self.bytes = 0;
        } else if sending.again.is_none() {
            let wait = RETRY.saturating_mul(1 << sending.attempts.min(10)).min(RETRY_AT_MOST);
            sending.attempts += 1;
            sending.again = Some(now + wait);
        }
    }

    pub(super) fn take_in(&mut self, encoded: &mut Encoded<'_>, limit: usize) {
        let recorded = encoded.recorded;
        if !self.subscription.types.contains(&recorded.event.record.category()) {
            return;
        }
        let Some(json) = encoded.get(self.form()) else { return };
        let since = Time::from_unix(recorded.event.time.since_epoch());
        if self.dropped.records > 0 {
            self.tell_dropped(since, limit);
        }
        if self.bytes + json.len() > limit {
            self.dropped.records += 1;
            self.dropped.bytes += json.len() as u64;
            if self.queue.is_empty() && self.sending.is_none() {
                self.tell_dropped(since, limit);
            }
            return;
        }
        self.bytes += json.len();
        self.queue.push_back(Item { json, since });
    }

    /// Says what has been dropped, as soon as there is room for it.
    pub(super) fn tell_dropped(&mut self, now: Time, limit: usize) {
        let Dropped { records, bytes } = self.dropped;
        if records == 0 {
            return;
        }
        let reason = match self.api {
            TelemetryApi::Telemetry => {
                "Some logs were dropped because the downstream consumer is slower than the logs production rate"
            }
            TelemetryApi::Logs => {
                "Consumer seems to have fallen behind as it has not acknowledged receipt of logs."
            }
        };
        let record = Record::LogsDropped(LogsDropped::new(reason, records, bytes));
        let event = Event { time: timestamp(now), record };
        let Ok(json) = serde_json::to_vec(&event) else { return };
        if self.bytes + json.len() <= limit {
            self.dropped = Dropped::default();
            self.bytes += json.len();
            self.queue.push_back(Item { json: json.into(), since: now });
        }
    }

    fn max_items(&self) -> usize {
        self.subscription.buffering.max_items as usize
    }

    fn max_bytes(&self) -> usize {
        self.subscription.buffering.max_bytes as usize
    }

    fn is_full(&self) -> bool {
        self.queue.len() >= self.max_items() || self.bytes >= self.max_bytes()
    }

    pub(super) fn next_due(&self) -> Option<Time> {
        match &self.sending {
            Some(sending) => sending.again,
            None => self.queue.front().map(|item| item.since + self.subscription.buffering.timeout),
        }
    }

    pub(super) fn send(&mut self, now: Time, is_flushing: bool, number: u64) -> Option<Delivery> {
        let is_due = self.next_due().is_some_and(|due| due <= now);
        let events = if let Some(sending) = &mut self.sending {
            if !is_due {
                return None;
            }
            (sending.number, sending.again) = (number, None);
            sending.events.clone()
        } else if is_due || self.is_full() || (is_flushing && !self.queue.is_empty()) {
            let events = self.take_batch();
            self.sending = Some(Sending { number, events: events.clone(), attempts: 0, again: None });
            events
        } else {
            return None;
        };
        let Subscription { destination, method, .. } = &self.subscription;
        let (destination, method) = (destination.clone(), *method);
        Some(Delivery { number, subscriber: self.id.clone(), destination, method, events })
    }

    fn take_batch(&mut self) -> Vec<Bytes> {
        let (mut events, mut bytes) = (Vec::new(), 0);
        while let Some(item) = self.queue.front() {
            let is_first = events.is_empty();
            let fits = events.len() < self.max_items() && bytes + item.json.len() <= self.max_bytes();
            if !is_first && !fits {
                break;
            }
            bytes += item.json.len();
            events.extend(self.queue.pop_front().map(|item| item.json));
        }
        self.bytes -= bytes;
        events
    }
}
