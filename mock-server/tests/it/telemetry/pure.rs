//! Telemetry where time stands still: the core itself, without sockets and processes.
//!
//! Exact moments, room that is smaller than that of a real function, and settings that functions cannot have yet.
//! The test is the driver: it hands lines in, takes batches out and says how their delivery went.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use lambda_api::{
    ExtensionId,
    telemetry::{Category, Destination, SchemaVersion},
};
use mock_server::core::{
    Call, CallId, Caller, Delivery, Effect, ExecutionEnvironment, Input, Invoke, InvokeId, Settings, Source,
    Subscription, TelemetryApi, Time,
};

use super::golden::masked;

mod dropping;
mod due;
mod json;
mod life;

const EXTENSION: &str = "audit";

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// An environment with one external extension, and the test in the driver's place.
struct Core {
    env: ExecutionEnvironment,
    now: Time,
    calls: u64,
    effects: Vec<Effect>,
    /// The number of the newest batch to each subscriber.
    numbers: BTreeMap<ExtensionId, u64>,
}

/// The settings of a function with one extension.
fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.extensions = vec![EXTENSION.to_owned()];
    settings.function.function_name = "f".to_owned();
    settings.function.function_version = "$LATEST".to_owned();
    settings
}

/// A subscription to what the function writes, with the least buffering.
fn lines(schema: SchemaVersion) -> Subscription {
    let mut wanted = Subscription::new(Destination::Tcp { port: 9 }, schema);
    wanted.types = vec![Category::Function];
    wanted.buffering.timeout = millis(25);
    wanted.buffering.max_items = 1_000;
    wanted
}

fn id(number: u64) -> ExtensionId {
    format!("8b8b8b8b-0000-4000-8000-{number:012}").parse().unwrap()
}

impl Core {
    /// Launched, and the extension has registered: the runtime is being launched, too.
    fn new(settings: Settings) -> Self {
        let now = Time::from_unix(Duration::from_millis(1_795_168_800_000));
        let env = ExecutionEnvironment::new(settings, now);
        let mut core = Self { env, now, calls: 0, effects: Vec::new(), numbers: BTreeMap::new() };
        core.register(EXTENSION, 1);
        core
    }

    fn register(&mut self, name: &str, number: u64) {
        let events = Ok(vec!["INVOKE".to_owned(), "SHUTDOWN".to_owned()]);
        let name = Some(name.to_owned());
        self.call(Call::Register { extension_id: id(number), name, events, wants_account_id: false });
    }

    /// The extension has subscribed.
    fn subscribed(settings: Settings, wanted: Subscription) -> Self {
        let mut core = Self::new(settings);
        core.subscribe(TelemetryApi::Telemetry, wanted);
        core
    }

    fn subscribe(&mut self, api: TelemetryApi, wanted: Subscription) {
        self.call(Call::Subscribe { caller: Caller::Id(id(1)), api, subscription: Ok(Box::new(wanted)) });
    }

    fn call(&mut self, request: Call) {
        self.calls += 1;
        self.input(Input::Called { call: CallId(self.calls), request });
    }

    fn runtime_asks(&mut self) {
        self.call(Call::Next);
    }

    fn extension_asks(&mut self) {
        self.call(Call::ExtensionNext { caller: Caller::Id(id(1)), event_id: "e".to_owned() });
    }

    fn invoke(&mut self, number: u64) {
        let request_id = format!("r-{number}").parse().unwrap();
        let invoke = Invoke::new(InvokeId(number), request_id, Bytes::from_static(b"{}"));
        self.input(Input::Invoked(Box::new(invoke)));
    }

    /// Everybody has asked for work.
    fn ready(&mut self) {
        self.runtime_asks();
        self.extension_asks();
    }

    fn writes(&mut self, line: impl Into<String>) {
        self.input(Input::Wrote { source: Source::Runtime, line: line.into(), is_json: false });
    }

    fn input(&mut self, input: Input) {
        self.env.handle(self.now, input).unwrap();
        self.collect();
    }

    /// Lets time pass, and serves every timer on the way at its moment.
    fn advance(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(timer) = self.env.poll_timeout().filter(|&timer| timer <= end) {
            self.now = timer.max(self.now);
            self.env.handle_timeout(self.now);
            self.collect();
        }
        self.now = end;
    }

    fn collect(&mut self) {
        self.effects.extend(std::iter::from_fn(|| self.env.poll_effect()));
    }

    /// The batches that have been sent since the last look.
    fn deliveries(&mut self) -> Vec<Delivery> {
        let delivery = |effect| match effect {
            Effect::Deliver(delivery) => Some(*delivery),
            _ => None,
        };
        let deliveries: Vec<_> = self.effects.drain(..).filter_map(delivery).collect();
        for delivery in &deliveries {
            self.numbers.insert(delivery.subscriber.clone(), delivery.number);
        }
        deliveries
    }

    /// The only batch that has been sent since the last look, masked.
    fn batch(&mut self) -> Vec<String> {
        let mut deliveries = self.deliveries();
        assert_eq!(deliveries.len(), 1, "there is exactly one batch: {deliveries:?}");
        texts(&deliveries.remove(0)).iter().map(|event| masked(event)).collect()
    }

    fn is_silent(&mut self) -> bool {
        self.deliveries().is_empty()
    }

    /// Says how the delivery of the batch on its way went.
    fn delivered(&mut self, accepted: bool) {
        self.delivered_to(1, accepted);
    }

    /// The same, for one of several subscribers.
    fn delivered_to(&mut self, subscriber: u64, accepted: bool) {
        let number = self.numbers.get(&id(subscriber)).copied().unwrap_or_default();
        self.input(Input::Delivered { number, accepted });
    }

    /// Takes everything that there is, batch by batch, until nothing comes any more.
    fn take_all(&mut self) -> Vec<String> {
        let mut events = Vec::new();
        loop {
            // Longer than any wait between two attempts.
            self.advance(millis(10_000));
            let deliveries = self.deliveries();
            if deliveries.is_empty() {
                return events;
            }
            for delivery in deliveries {
                events.extend(texts(&delivery));
                self.delivered(true);
            }
        }
    }
}

/// The events of a batch, as text.
fn texts(delivery: &Delivery) -> Vec<String> {
    delivery.events.iter().map(|event| String::from_utf8(event.to_vec()).unwrap()).collect()
}
