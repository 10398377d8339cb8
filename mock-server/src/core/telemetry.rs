//! Who has subscribed to telemetry, what they have not been sent yet, and when a batch is due.
//!
//! Which records there are is decided in [`environment`](super::environment); how a batch travels is the
//! driver's business. A batch that is not taken is sent again until it is; what does not fit into the memory
//! meanwhile is dropped and counted. Sources:
//! [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html),
//! [Logs API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html).

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use bytes::Bytes;
use lambda_api::{
    ExtensionId,
    telemetry::{
        Buffering, Category, DeliveryMethod, Destination, Event, InitPhase, InitStart, LogRecord,
        LogsDropped, Record, RuntimeDone, SchemaVersion, Status,
    },
};

use super::{Effect, Settings, Time};

/// The wait after the first batch that was not taken; it doubles with each attempt.
const RETRY: Duration = Duration::from_millis(100);
/// The longest wait between two attempts.
const RETRY_AT_MOST: Duration = Duration::from_secs(5);

/// Which API a subscription was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TelemetryApi {
    /// The Telemetry API.
    Telemetry,
    /// The Logs API, which came before it.
    Logs,
}

impl TelemetryApi {
    /// The word in types and texts of refusals.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Telemetry => "Telemetry",
            Self::Logs => "Logs",
        }
    }
}

/// What an extension has subscribed to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subscription {
    /// Where batches go: a listener on the loopback of the environment.
    pub destination: Destination,
    /// How they are sent over HTTP; only the Logs API lets one choose.
    pub method: DeliveryMethod,
    /// Which events there are, and in which form.
    pub schema: SchemaVersion,
    /// Which of them it wants.
    pub types: Vec<Category>,
    /// When a batch is due.
    pub buffering: Buffering,
}

impl Subscription {
    /// A subscription to everything, with the buffering of Lambda's defaults.
    pub fn new(destination: Destination, schema: SchemaVersion) -> Self {
        let types = Category::ALL.to_vec();
        let (method, buffering) = (DeliveryMethod::default(), Buffering::default());
        Self { destination, method, schema, types, buffering }
    }
}

/// A batch on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Names this attempt; it comes back in [`Input::Delivered`](super::Input::Delivered).
    pub number: u64,
    /// To whom.
    pub subscriber: ExtensionId,
    /// Where.
    pub destination: Destination,
    /// How, if over HTTP.
    pub method: DeliveryMethod,
    /// The events, each as JSON.
    pub events: Vec<Bytes>,
}

/// Something recorded: the event, and for a log the line as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recorded {
    pub(super) event: Event,
    pub(super) line: Option<String>,
}

/// The subscribers, and what they may still have to be told of the time before they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Telemetry {
    subscribers: Vec<Subscriber>,
    backlog: Vec<Recorded>,
    backlog_bytes: usize,
    /// Extensions may still subscribe.
    is_open: bool,
    /// Batches are due whatever their size.
    is_flushing: bool,
    /// Nothing is sent, because whoever would take it is frozen.
    is_paused: bool,
    /// How many bytes are kept for a subscriber.
    limit: usize,
    /// Counts the attempts to deliver something.
    deliveries: u64,
    /// What the backlog had no room for.
    missing: BTreeMap<Category, Dropped>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Subscriber {
    id: ExtensionId,
    /// It lives in the runtime's process.
    is_internal: bool,
    api: TelemetryApi,
    subscription: Subscription,
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

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Dropped {
    records: u64,
    bytes: u64,
}

impl Telemetry {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            subscribers: Vec::new(),
            backlog: Vec::new(),
            backlog_bytes: 0,
            is_open: false,
            is_flushing: false,
            is_paused: false,
            limit: settings.telemetry_bytes,
            deliveries: 0,
            missing: BTreeMap::new(),
        }
    }

    /// A new generation of processes is launched.
    pub(super) fn open(&mut self) {
        self.is_open = true;
        self.is_flushing = false;
    }

    /// Init is over: nobody may subscribe any more.
    pub(super) fn close(&mut self) {
        self.is_open = false;
        self.backlog = Vec::new();
        self.backlog_bytes = 0;
        self.missing.clear();
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// From now on everything is sent at once: there may be no later.
    pub(super) fn flush(&mut self) {
        self.close();
        self.is_flushing = true;
    }

    pub(super) fn pause(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
    }

    /// Which API an extension has subscribed with.
    pub(super) fn api_of(&self, id: &ExtensionId) -> Option<TelemetryApi> {
        self.subscribers.iter().find(|subscriber| subscriber.id == *id).map(|subscriber| subscriber.api)
    }

    /// Takes a subscriber in, in the place of its earlier subscription if it has one.
    pub(super) fn subscribe(
        &mut self,
        now: Time,
        id: ExtensionId,
        is_internal: bool,
        api: TelemetryApi,
        subscription: Subscription,
    ) {
        self.unsubscribe(&id);
        let queue = VecDeque::new();
        let dropped = Dropped::default();
        let mut subscriber =
            Subscriber { id, is_internal, api, subscription, queue, bytes: 0, sending: None, dropped };
        for recorded in &self.backlog {
            subscriber.take_in(recorded, self.limit);
        }
        for (category, missing) in &self.missing {
            if subscriber.subscription.types.contains(category) {
                subscriber.dropped.records += missing.records;
                subscriber.dropped.bytes += missing.bytes;
            }
        }
        subscriber.tell_dropped(now, self.limit);
        self.subscribers.push(subscriber);
    }

    pub(super) fn unsubscribe(&mut self, id: &ExtensionId) {
        self.subscribers.retain(|subscriber| subscriber.id != *id);
    }

    /// The processes are gone, and the subscribers with them.
    pub(super) fn forget_all(&mut self) {
        self.subscribers.clear();
    }

    pub(super) fn record(&mut self, recorded: Recorded) {
        for subscriber in &mut self.subscribers {
            subscriber.take_in(&recorded, self.limit);
        }
        if !self.is_open {
            return;
        }
        // Whoever comes late in an init that writes without end does without the rest.
        let bytes = serde_json::to_vec(&recorded.event).map_or(0, |json| json.len());
        if self.missing.is_empty() && self.backlog_bytes + bytes <= self.limit {
            self.backlog_bytes += bytes;
            self.backlog.push(recorded);
        } else {
            let missing = self.missing.entry(recorded.event.record.category()).or_default();
            missing.records += 1;
            missing.bytes += bytes as u64;
        }
    }

    /// Whether somebody has not got everything.
    pub(super) fn is_pending(&self) -> bool {
        self.subscribers.iter().any(|subscriber| subscriber.sending.is_some() || !subscriber.queue.is_empty())
    }

    /// A batch has been taken, or not.
    pub(super) fn delivered(&mut self, now: Time, number: u64, accepted: bool) {
        let is_it = |subscriber: &&mut Subscriber| {
            subscriber.sending.as_ref().is_some_and(|sending| sending.number == number)
        };
        let Some(subscriber) = self.subscribers.iter_mut().find(is_it) else { return };
        let Some(sending) = &mut subscriber.sending else { return };
        if accepted {
            subscriber.sending = None;
            subscriber.tell_dropped(now, self.limit);
        } else if self.is_flushing && subscriber.is_internal {
            // It has ended with the runtime.
            subscriber.sending = None;
            subscriber.queue.clear();
        } else if sending.again.is_none() {
            let wait = RETRY.saturating_mul(1 << sending.attempts.min(10)).min(RETRY_AT_MOST);
            sending.attempts += 1;
            sending.again = Some(now + wait);
        }
    }

    /// When the next batch is due.
    pub(super) fn poll_timeout(&self) -> Option<Time> {
        if self.is_paused {
            return None;
        }
        self.subscribers.iter().filter_map(Subscriber::next_due).min()
    }

    pub(super) fn send_what_is_due(&mut self, now: Time, effects: &mut VecDeque<Effect>) {
        if self.is_paused {
            return;
        }
        for subscriber in &mut self.subscribers {
            if let Some(delivery) = subscriber.send(now, self.is_flushing, self.deliveries) {
                self.deliveries += 1;
                effects.push_back(Effect::Deliver(Box::new(delivery)));
            }
        }
    }
}

impl Subscriber {
    fn take_in(&mut self, recorded: &Recorded, limit: usize) {
        if !self.wants(&recorded.event.record) {
            return;
        }
        let Some(json) = self.encode(recorded) else { return };
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

    fn wants(&self, record: &Record) -> bool {
        if !self.subscription.types.contains(&record.category()) {
            return false;
        }
        match record {
            Record::End(_) | Record::Fault(_) | Record::LogsSubscription(_) => self.api == TelemetryApi::Logs,
            Record::TelemetrySubscription(_) => self.api == TelemetryApi::Telemetry,
            Record::RuntimeDone(_) => self.subscription.schema >= SchemaVersion::V20210318,
            _ => true,
        }
    }

    fn encode(&self, recorded: &Recorded) -> Option<Bytes> {
        let Recorded { event, line } = recorded;
        if let Some(json) = line.as_ref().and_then(|line| self.encode_object(event, line)) {
            return Some(json);
        }
        let text = line.as_ref().filter(|_| !self.shows_objects()).cloned();
        let record = match (&event.record, text) {
            (Record::Function(_), Some(line)) => Some(Record::Function(LogRecord::Text(line))),
            (Record::ExtensionLog(_), Some(line)) => Some(Record::ExtensionLog(LogRecord::Text(line))),
            (record, _) if self.api == TelemetryApi::Logs => reduced(record),
            _ => None,
        };
        let json = match record {
            Some(record) => serde_json::to_vec(&Event { time: event.time, record }),
            None => serde_json::to_vec(event),
        };
        json.ok().map(Bytes::from)
    }

    /// A log that is an object, as it was written: its members in their order, its numbers with all their digits.
    fn encode_object(&self, event: &Event, line: &str) -> Option<Bytes> {
        let is_object = match &event.record {
            Record::Function(log) | Record::ExtensionLog(log) => matches!(log, LogRecord::Json(_)),
            _ => false,
        };
        // Over TCP a line is an event.
        if !is_object || !self.shows_objects() || line.contains(['\r', '\n']) {
            return None;
        }
        let (time, kind) = (event.time, event.record.kind());
        Some(format!(r#"{{"time":"{time}","type":"{kind}","record":{}}}"#, line.trim()).into())
    }

    /// Says what has been dropped, as soon as there is room for it.
    fn tell_dropped(&mut self, now: Time, limit: usize) {
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
        let event = Event { time: super::timestamp(now), record };
        let Ok(json) = serde_json::to_vec(&event) else { return };
        if self.bytes + json.len() <= limit {
            self.dropped = Dropped::default();
            self.bytes += json.len();
            self.queue.push_back(Item { json: json.into(), since: now });
        }
    }

    fn shows_objects(&self) -> bool {
        self.subscription.schema >= SchemaVersion::V20221213
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

    fn next_due(&self) -> Option<Time> {
        match &self.sending {
            Some(sending) => sending.again,
            None => self.queue.front().map(|item| item.since + self.subscription.buffering.timeout),
        }
    }

    fn send(&mut self, now: Time, is_flushing: bool, number: u64) -> Option<Delivery> {
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

/// The form that the Logs API has for a record, if it is not the same: it is older, and has fewer members.
fn reduced(record: &Record) -> Option<Record> {
    Some(match record {
        Record::InitStart(start) => {
            let kind = start.initialization_type.clone();
            let mut start = InitStart::new(kind, InitPhase::Init, String::new(), String::new());
            start.phase = None;
            Record::InitStart(start)
        }
        Record::InitRuntimeDone(done) => {
            let mut done = done.clone();
            (done.phase, done.error_type, done.tracing) = (None, None, None);
            Record::InitRuntimeDone(done)
        }
        Record::InitReport(report) => {
            let mut report = report.clone();
            (report.phase, report.status, report.error_type, report.tracing) = (None, None, None, None);
            report.metrics.billed_duration = Some(report.metrics.duration);
            Record::InitReport(report)
        }
        Record::RestoreReport(report) => {
            let mut report = report.clone();
            (report.error_type, report.tracing) = (None, None);
            if let Some(metrics) = &mut report.metrics {
                metrics.billed_duration = Some(metrics.duration);
            }
            Record::RestoreReport(report)
        }
        Record::Start(start) => {
            let mut start = start.clone();
            (start.tracing, start.tenant_id) = (None, None);
            Record::Start(start)
        }
        Record::RuntimeDone(done) => {
            let status = match &done.status {
                Status::Error => Status::Failure,
                status => status.clone(),
            };
            Record::RuntimeDone(RuntimeDone::new(done.request_id.clone(), status))
        }
        Record::Report(report) => {
            let mut report = report.clone();
            (report.status, report.error_type, report.spans) = (None, None, Vec::new());
            (report.tracing, report.tenant_id) = (None, None);
            (report.metrics.restore_duration, report.metrics.billed_restore_duration) = (None, None);
            Record::Report(report)
        }
        Record::Extension(extension) => {
            let mut extension = extension.clone();
            extension.error_type = None;
            Record::Extension(extension)
        }
        _ => return None,
    })
}
