//! The books of telemetry: what was recorded, who wanted it, and what each subscriber was sent of it.
//!
//! They follow a subscriber's events in their order. One that was passed over has been dropped, and must be counted by
//! the next record of dropped events, to the byte.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use lambda_api::{
    ExtensionId,
    telemetry::{Category, Destination, Event, LogRecord, Record, SchemaVersion},
};

use super::super::steps::Wish;
use crate::core::{
    Call, Caller, Delivery, Source, Subscription, TelemetryApi, Time, test::scenario::millis, timestamp,
};

#[derive(Clone)]
pub(super) struct Telemetry {
    /// Everything since the newest launch.
    history: Vec<Told>,
    /// Its bytes.
    bytes: usize,
    /// How many bytes are kept for late subscribers.
    room: usize,
    subscribers: BTreeMap<ExtensionId, Subscriber>,
    /// The next batch has this number.
    next: u64,
    /// Batches are sent whatever their size.
    pub(super) is_ending: bool,
    written: u64,
}

/// Something recorded, as the Telemetry API has it.
#[derive(Clone)]
struct Told {
    event: Event,
    json: Vec<u8>,
}

#[derive(Clone)]
struct Subscriber {
    api: TelemetryApi,
    subscription: Subscription,
    /// What it wants and has not been sent.
    waiting: VecDeque<Told>,
    /// Passed over, and not counted yet.
    passed: (u64, u64),
    room: usize,
    /// Nothing can have been dropped since there was nothing to send.
    is_certain: bool,
    /// The books know everything that it has missed.
    is_exact: bool,
    sending: Option<Sending>,
}

#[derive(Clone)]
struct Sending {
    number: u64,
    delivery: Delivery,
    attempts: u32,
    refused: Option<Time>,
}

impl Wish {
    pub(super) fn subscription(&self, api: TelemetryApi) -> Result<Box<Subscription>, String> {
        if !self.is_valid {
            return Err("types should not be empty".to_owned());
        }
        let schema = match api {
            TelemetryApi::Telemetry => SchemaVersion::V20250129,
            TelemetryApi::Logs => SchemaVersion::V20210318,
        };
        let mut subscription = Subscription::new(Destination::Tcp { port: 8080 }, schema);
        let wants = [self.platform, self.function, self.extension];
        let types = Category::ALL.into_iter().zip(wants).filter(|(_, wants)| *wants);
        subscription.types = types.map(|(category, _)| category).collect();
        subscription.buffering.max_items = self.max_items;
        subscription.buffering.max_bytes = self.max_bytes;
        subscription.buffering.timeout = self.timeout;
        Ok(Box::new(subscription))
    }
}

// === what happens ===

impl Telemetry {
    pub(super) fn new(room: usize) -> Self {
        Self {
            history: Vec::new(),
            bytes: 0,
            room,
            subscribers: BTreeMap::new(),
            next: 0,
            is_ending: false,
            written: 0,
        }
    }

    /// A line that nobody has written before, of about this length.
    pub(super) fn line(&mut self, bytes: usize) -> String {
        self.written += 1;
        format!("{} {}", self.written, "x".repeat(bytes))
    }

    pub(super) fn wrote(&mut self, now: Time, source: Source, line: &str) {
        let log = LogRecord::Text(line.to_owned());
        let record = match source {
            Source::Runtime => Record::Function(log),
            Source::Extension(_) => Record::ExtensionLog(log),
        };
        self.recorded(&Event { time: timestamp(now), record });
    }

    pub(super) fn recorded(&mut self, event: &Event) {
        if matches!(event.record, Record::InitStart(_)) {
            // New processes: the subscribers of the old ones are gone, and so is what was told before.
            self.subscribers.clear();
            self.history.clear();
            self.bytes = 0;
        }
        let json = serde_json::to_vec(event).expect("an event can be written");
        let told = Told { event: event.clone(), json };
        for subscriber in self.subscribers.values_mut() {
            subscriber.take_in(&told);
        }
        self.bytes += told.json.len();
        self.history.push(told);
    }

    pub(super) fn accepted(&mut self, call: &Call) {
        let Call::Subscribe { caller: Caller::Id(id), api, subscription: Ok(subscription) } = call else {
            return;
        };
        let mut subscriber = Subscriber {
            api: *api,
            subscription: (**subscription).clone(),
            waiting: VecDeque::new(),
            passed: (0, 0),
            room: self.room,
            // What was told before it came and did not fit into the room is counted as dropped.
            is_certain: self.bytes <= self.room,
            is_exact: true,
            sending: None,
        };
        self.history.iter().for_each(|told| subscriber.take_in(told));
        self.subscribers.insert(id.clone(), subscriber);
    }

    /// All processes are gone.
    pub(super) fn forget_all(&mut self) {
        self.subscribers.clear();
    }

    pub(super) fn gone(&mut self, id: &ExtensionId) {
        self.subscribers.remove(id);
    }

    pub(super) fn sent(&mut self, now: Time, delivery: &Delivery) {
        assert_eq!(delivery.number, self.next, "each attempt has a number of its own");
        self.next += 1;
        let subscriber = self.subscribers.get_mut(&delivery.subscriber).expect("a subscriber that is there");
        assert_eq!(delivery.destination, subscriber.subscription.destination);
        let attempts = match &subscriber.sending {
            Some(sending) => {
                let refused = sending.refused.expect("one batch at a time is on its way");
                assert!(now >= refused + wait(sending.attempts), "it was refused just now");
                assert_eq!(delivery.events, sending.delivery.events, "the same events again");
                sending.attempts + 1
            }
            None => {
                subscriber.assert_is_due(now, self.is_ending, delivery);
                delivery.events.iter().for_each(|json| subscriber.sent(json));
                subscriber.is_certain |= subscriber.waiting.is_empty() && subscriber.passed == (0, 0);
                1
            }
        };
        let (number, delivery) = (delivery.number, delivery.clone());
        subscriber.sending = Some(Sending { number, delivery, attempts, refused: None });
    }

    /// The driver has told what became of a batch.
    pub(super) fn reported(&mut self, now: Time, number: u64, accepted: bool, is_internal: bool) {
        let is_it = |subscriber: &&mut Subscriber| {
            subscriber.sending.as_ref().is_some_and(|sending| sending.number == number)
        };
        let Some(subscriber) = self.subscribers.values_mut().find(is_it) else { return };
        if accepted {
            subscriber.sending = None;
        } else if self.is_ending && is_internal {
            // It has ended with the runtime, and nobody is waited for in vain.
            (subscriber.sending, subscriber.is_exact) = (None, false);
            subscriber.waiting.clear();
        } else if let Some(sending) = &mut subscriber.sending {
            sending.refused.get_or_insert(now);
        }
    }

    /// To whom a batch is on its way.
    pub(super) fn subscriber_of(&self, number: u64) -> Option<ExtensionId> {
        let is_it = |subscriber: &Subscriber| {
            subscriber.sending.as_ref().is_some_and(|sending| sending.number == number)
        };
        self.subscribers.iter().find(|(_, subscriber)| is_it(subscriber)).map(|(id, _)| id.clone())
    }

    /// The number of one of the batches that are on their way.
    pub(super) fn on_its_way(&self, which: usize) -> Option<u64> {
        let sending = self.subscribers.values().filter_map(|subscriber| subscriber.sending.as_ref());
        let numbers: Vec<u64> =
            sending.filter(|sending| sending.refused.is_none()).map(|sending| sending.number).collect();
        numbers.get(which % numbers.len().max(1)).copied()
    }
}

// === what must hold ===

impl Telemetry {
    /// Whether somebody has not got everything, as far as the books know.
    pub(super) fn may_be_waiting(&self) -> bool {
        self.subscribers.values().any(Subscriber::may_be_waiting)
    }

    /// Whether somebody has not got everything for sure.
    pub(super) fn is_waiting(&self) -> bool {
        self.subscribers.values().any(Subscriber::is_waiting)
    }

    pub(super) fn assert_everything_was_sent(&self) {
        for (id, subscriber) in &self.subscribers {
            assert!(subscriber.sending.is_none(), "{id}: a batch is on its way");
            if !subscriber.is_exact {
                continue;
            }
            assert_eq!(
                subscriber.waiting.len(),
                0,
                "{id}: {} has not been sent",
                subscriber.waiting[0].event.record.kind()
            );
            assert_eq!(subscriber.passed, (0, 0), "{id}: dropped, and not told");
        }
    }

    /// Whatever waits has a timer, and nothing waits that is due.
    pub(super) fn assert_nothing_is_overdue(&self, now: Time, timer: Option<Time>) {
        for (id, subscriber) in &self.subscribers {
            let Subscriber { subscription, waiting, sending, .. } = subscriber;
            let latest = match sending {
                Some(sending) => sending.refused.map(|refused| refused + wait(sending.attempts)),
                None if subscriber.is_waiting() => Some(now + subscription.buffering.timeout),
                None => None,
            };
            assert!(
                latest.is_none_or(|latest| timer.is_some_and(|timer| timer <= latest)),
                "{id}: {latest:?}"
            );
            if sending.is_none()
                && subscriber.is_certain
                && let Some(first) = waiting.front()
            {
                let due = Time::from_unix(first.event.time.since_epoch()) + subscription.buffering.timeout;
                // The older API has fewer members, and so fewer bytes.
                let is_exact = subscriber.api == TelemetryApi::Telemetry;
                let is_full = waiting.len() >= subscription.buffering.max_items as usize
                    || is_exact && subscriber.bytes() >= subscription.buffering.max_bytes as usize;
                assert!(due > now && !is_full && !self.is_ending, "{id}: a batch is overdue");
            }
        }
    }
}

impl Subscriber {
    fn take_in(&mut self, told: &Told) {
        let is_for_logs =
            matches!(told.event.record, Record::End(_) | Record::Fault(_) | Record::LogsSubscription(_));
        let is_for_telemetry = matches!(told.event.record, Record::TelemetrySubscription(_));
        let is_for_it = match self.api {
            TelemetryApi::Telemetry => !is_for_logs,
            TelemetryApi::Logs => !is_for_telemetry,
        };
        if is_for_it && self.subscription.types.contains(&told.event.record.category()) {
            // What was sent is not in the room any more; what was dropped never was, but the books do not know yet.
            self.is_certain &= self.is_exact && self.bytes() + told.json.len() <= self.room;
            self.waiting.push_back(told.clone());
        }
    }

    fn may_be_waiting(&self) -> bool {
        self.sending.is_some() || !self.waiting.is_empty() || self.passed.0 > 0
    }

    fn is_waiting(&self) -> bool {
        self.sending.is_some() || self.is_exact && self.may_be_waiting()
    }

    fn bytes(&self) -> usize {
        self.waiting.iter().map(|told| told.json.len()).sum()
    }

    /// A new batch is due for its size, its age, or because the end has come.
    fn assert_is_due(&self, now: Time, is_ending: bool, delivery: &Delivery) {
        let buffering = &self.subscription.buffering;
        let (max_items, max_bytes) = (buffering.max_items as usize, buffering.max_bytes as usize);
        let bytes: usize = delivery.events.iter().map(|event| event.len()).sum();
        assert!(
            !delivery.events.is_empty() && delivery.events.len() <= max_items,
            "{} events",
            delivery.events.len()
        );
        assert!(
            bytes <= max_bytes || delivery.events.len() == 1,
            "{bytes} bytes in {} events",
            delivery.events.len()
        );
        let first: Event = serde_json::from_slice(&delivery.events[0]).expect("an event is JSON");
        // Times have milliseconds on the wire.
        let since = Time::from_unix(first.time.since_epoch());
        let is_old = now >= since + buffering.timeout;
        // A record of dropped events is one more than what was recorded.
        let is_full = self.waiting.len() + 1 >= max_items || self.bytes() + 300 >= max_bytes;
        assert!(is_old || is_full || is_ending, "it was sent too early");
    }

    /// An event is on its way for the first time.
    fn sent(&mut self, json: &[u8]) {
        let event: Event = serde_json::from_slice(json).expect("an event is JSON");
        if let Record::LogsDropped(dropped) = &event.record {
            if !self.is_exact {
                // Who knows which of those that were given up are among them.
                self.passed = (0, 0);
                return;
            }
            let (mut records, mut bytes) = self.passed;
            assert!(
                records <= dropped.dropped_records,
                "{} too few are told",
                records - dropped.dropped_records
            );
            while records < dropped.dropped_records {
                let lost = self.waiting.pop_front().expect("as many were dropped as are told");
                (records, bytes) = (records + 1, bytes + lost.json.len() as u64);
            }
            if self.api == TelemetryApi::Telemetry {
                assert_eq!(dropped.dropped_bytes, bytes, "of {records} records");
            }
            self.passed = (0, 0);
            return;
        }
        loop {
            let told = self.waiting.pop_front().unwrap_or_else(|| panic!("it is not waiting: {event:?}"));
            if told.is(self.api, &event, json) {
                break;
            }
            assert!(!self.is_certain, "there was room for {:?}", told.event);
            self.passed = (self.passed.0 + 1, self.passed.1 + told.json.len() as u64);
        }
    }
}

impl Told {
    fn is(&self, api: TelemetryApi, event: &Event, json: &[u8]) -> bool {
        match (api, &event.record) {
            // The older API has fewer members.
            (TelemetryApi::Logs, record) if record.category() == Category::Platform => {
                record.kind() == self.event.record.kind()
                    && event.time.to_string() == self.event.time.to_string()
            }
            _ => self.json == json,
        }
    }
}

/// How long a batch waits after so many attempts.
fn wait(attempts: u32) -> Duration {
    millis(100 << attempts.saturating_sub(1).min(6)).min(Duration::from_secs(5))
}
