//! Who has subscribed to telemetry, what they have not been sent yet, and when a batch is due.
//!
//! Which records there are is decided in [`environment`](super::environment); how a batch travels is the
//! driver's business. A batch that is not taken is sent again until it is; what does not fit into the memory
//! meanwhile is dropped and counted. Sources:
//! [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html),
//! [Logs API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html).

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use lambda_api::{
    ExtensionId,
    telemetry::{Buffering, Category, DeliveryMethod, Destination, Event, SchemaVersion},
};

use self::{
    form::{Encoded, Form},
    subscriber::{Dropped, Subscriber},
};
use super::{Effect, Settings, Time};

mod form;
mod reduced;
mod subscriber;

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
    missing: BTreeMap<(Form, Category), Dropped>,
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
        let mut subscriber = Subscriber::new(id, is_internal, api, subscription);
        for recorded in &self.backlog {
            subscriber.take_in(&mut Encoded::new(recorded), self.limit);
        }
        for ((form, category), missing) in &self.missing {
            if *form == subscriber.form() && subscriber.subscription.types.contains(category) {
                subscriber.miss(*missing);
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

    /// Whether anybody gets to know what is recorded, now or when it subscribes.
    pub(super) fn is_wanted(&self) -> bool {
        self.is_open || !self.subscribers.is_empty()
    }

    pub(super) fn record(&mut self, recorded: Recorded) {
        let mut encoded = Encoded::new(&recorded);
        for subscriber in &mut self.subscribers {
            subscriber.take_in(&mut encoded, self.limit);
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
            self.miss(&recorded);
        }
    }

    /// Counts what nobody who comes later will be told, by what it would have been for each.
    fn miss(&mut self, recorded: &Recorded) {
        let category = recorded.event.record.category();
        let mut encoded = Encoded::new(recorded);
        for form in Form::ALL {
            if let Some(json) = encoded.get(form) {
                let missing = self.missing.entry((form, category)).or_default();
                missing.records += 1;
                missing.bytes += json.len() as u64;
            }
        }
    }

    /// Whether somebody has not got everything.
    pub(super) fn is_pending(&self) -> bool {
        self.subscribers.iter().any(Subscriber::is_pending)
    }

    /// A batch has been taken, or not.
    pub(super) fn delivered(&mut self, now: Time, number: u64, accepted: bool) {
        let is_it = |subscriber: &&mut Subscriber| subscriber.is_sent(number);
        if let Some(subscriber) = self.subscribers.iter_mut().find(is_it) {
            subscriber.delivered(now, accepted, self.is_flushing, self.limit);
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
