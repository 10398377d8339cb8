//! The part of a `Scenario` that telemetry plays: subscriptions, what processes write, and how batches fare.

use std::time::Duration;

use lambda_api::telemetry::{Category, Destination, Event, SchemaVersion};
use serde_json::Value;

use super::Scenario;
use crate::core::{Call, CallId, Delivery, Effect, Input, Rejection, Source, Subscription, TelemetryApi};

/// A subscription to everything, with Lambda's defaults.
pub(in crate::core::test) fn to_everything() -> Subscription {
    Subscription::new(Destination::Tcp { port: 8080 }, SchemaVersion::V20250129)
}

impl Subscription {
    /// To these types of events only.
    pub(in crate::core::test) fn of(self, types: &[Category]) -> Self {
        Self { types: types.to_vec(), ..self }
    }

    /// A batch is due with this many events.
    pub(in crate::core::test) fn items(mut self, max_items: u32) -> Self {
        self.buffering.max_items = max_items;
        self
    }

    /// A batch is due with this many bytes.
    pub(in crate::core::test) fn bytes(mut self, max_bytes: usize) -> Self {
        let max_bytes = u32::try_from(max_bytes).expect("a test's batch is small");
        self.buffering.max_bytes = max_bytes;
        self
    }

    /// A batch is due when its first event is this old.
    pub(in crate::core::test) fn every(mut self, timeout: Duration) -> Self {
        self.buffering.timeout = timeout;
        self
    }

    /// Somewhere else.
    pub(in crate::core::test) fn at(self, port: u16) -> Self {
        Self { destination: Destination::Tcp { port }, ..self }
    }

    /// In a schema in which logs are text.
    pub(in crate::core::test) fn without_objects(self) -> Self {
        Self { schema: SchemaVersion::V20220701, ..self }
    }

    /// In a schema, of the Logs API, that has no `platform.runtimeDone`.
    pub(in crate::core::test) fn without_runtime_done(self) -> Self {
        Self { schema: SchemaVersion::V20200815, ..self }
    }
}

// === bringing the environment to a state ===

impl Scenario {
    /// The extension has subscribed to everything, with the Telemetry API and Lambda's defaults.
    pub(in crate::core::test) fn subscribed(mut self, name: &str) -> Self {
        self.subscribes(name, to_everything()).expect("a test's extension may subscribe");
        self
    }
}

// === one step ===

impl Scenario {
    /// Subscribes with the Telemetry API.
    pub(in crate::core::test) fn subscribes(
        &mut self,
        name: &str,
        subscription: Subscription,
    ) -> Result<CallId, Rejection> {
        self.subscribes_with(TelemetryApi::Telemetry, name, subscription)
    }

    pub(in crate::core::test) fn subscribes_with(
        &mut self,
        api: TelemetryApi,
        name: &str,
        subscription: Subscription,
    ) -> Result<CallId, Rejection> {
        let caller = self.caller(name);
        self.call(Call::Subscribe { caller, api, subscription: Ok(Box::new(subscription)) })
    }

    /// The function writes a line.
    pub(in crate::core::test) fn writes(&mut self, line: &str) {
        self.input(Input::Wrote { source: Source::Runtime, line: line.to_owned(), is_json: false });
    }

    /// An external extension writes a line.
    pub(in crate::core::test) fn extension_writes(&mut self, name: &str, line: &str) {
        let source = Source::Extension(self.index_of(name));
        self.input(Input::Wrote { source, line: line.to_owned(), is_json: false });
    }

    /// The subscriber has taken the batch that is on its way.
    pub(in crate::core::test) fn takes(&mut self, name: &str) {
        self.delivered(name, true);
    }

    /// The subscriber has not taken it.
    pub(in crate::core::test) fn refuses(&mut self, name: &str) {
        self.delivered(name, false);
    }

    /// Tells the fate of the oldest batch to this subscriber that has none.
    fn delivered(&mut self, name: &str, accepted: bool) {
        let subscriber = self.id_of(name);
        let is_its = |delivery: &&Delivery| {
            delivery.subscriber == subscriber && !self.reported.contains(&delivery.number)
        };
        // Without one, the fate of a batch that was never sent.
        let number = self.deliveries().iter().find(is_its).map_or(u64::MAX, |delivery| delivery.number);
        self.reported.insert(number);
        self.input(Input::Delivered { number, accepted });
    }
}

// === looking at it ===

impl Scenario {
    /// Whether a batch is on its way, to whomever.
    pub(in crate::core::test) fn is_delivering(&self) -> bool {
        self.deliveries().iter().any(|delivery| !self.reported.contains(&delivery.number))
    }

    /// All batches that were sent, oldest first; what was sent again is there again.
    pub(in crate::core::test) fn deliveries(&self) -> Vec<Delivery> {
        let delivery = |effect: &Effect| match effect {
            Effect::Deliver(delivery) => Some((**delivery).clone()),
            _ => None,
        };
        self.journal.iter().filter_map(delivery).collect()
    }

    /// The events of all batches so far as JSON, oldest first, without their times.
    pub(in crate::core::test) fn sent(&self) -> Vec<Vec<(String, Value)>> {
        self.deliveries()
            .iter()
            .map(|delivery| delivery.events.iter().map(|json| parts(json)).collect())
            .collect()
    }

    /// The kinds of the events of all batches so far, without `platform.`.
    pub(in crate::core::test) fn kinds_sent(&self) -> Vec<Vec<String>> {
        let short = |(kind, _): &(String, Value)| kind.trim_start_matches("platform.").to_owned();
        self.sent().iter().map(|batch| batch.iter().map(short).collect()).collect()
    }

    /// The records of telemetry so far with their times, oldest first.
    pub(in crate::core::test) fn events(&self) -> Vec<Event> {
        let event = |effect: &Effect| match effect {
            Effect::Record(event) => Some((**event).clone()),
            _ => None,
        };
        self.notes.iter().filter_map(event).collect()
    }
}

/// Type and record of an event as it is sent.
fn parts(json: &[u8]) -> (String, Value) {
    let event: Value = serde_json::from_slice(json).expect("an event is JSON");
    let kind = event["type"].as_str().expect("an event has a type").to_owned();
    (kind, event["record"].clone())
}
