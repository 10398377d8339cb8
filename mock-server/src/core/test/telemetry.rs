//! Telemetry: which records an environment makes and in which order, who gets them, and how batches travel.
//!
//! Sources: [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html) and its
//! [schema](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html); orders are those of AWS's
//! open-source runtime interface emulator. Freezing is in `freeze`, random lives of subscribers are in `properties`.

use lambda_api::telemetry::{Event, Record};
use serde_json::Value;

use super::scenario::Scenario;

mod batches;
mod dropped;
mod failures;
mod flush;
mod forms;
mod members;
mod modes;
mod sequences;
mod subscription;

/// Launched with the external extension `audit`, which has registered for both events and subscribed to everything.
fn subscribed() -> Scenario {
    Scenario::with_extensions(["audit"]).registered("audit", &["INVOKE", "SHUTDOWN"]).subscribed("audit")
}

/// What is told up to the end of an init that succeeds, of this type.
fn init_of(initialization_type: &str) -> [String; 5] {
    [
        format!("initStart {initialization_type} init"),
        "telemetrySubscription audit Subscribed".to_owned(),
        format!("initRuntimeDone {initialization_type} init success"),
        "extension audit Ready".to_owned(),
        format!("initReport {initialization_type} init success"),
    ]
}

/// The records so far as lines: type and the members that tell one from another. Without those that are for the
/// Logs API only.
fn told(env: &Scenario) -> Vec<String> {
    told_after(env, 0)
}

/// The same, without the first `skipped` records.
fn told_after(env: &Scenario, skipped: usize) -> Vec<String> {
    let is_told = |event: &&Event| !matches!(event.record, Record::End(_) | Record::Fault(_));
    env.events().iter().skip(skipped).filter(is_told).map(|event| line(&json(event))).collect()
}

fn json(event: &Event) -> Value {
    serde_json::to_value(event).expect("an event can be written")
}

/// An event in short: its type without `platform.`, and what tells it from others of this type.
fn line(event: &Value) -> String {
    const MEMBERS: &[&str] = &[
        "initializationType",
        "phase",
        "name",
        "state",
        "requestId",
        "status",
        "errorType",
        "droppedRecords",
    ];

    let kind = event["type"].as_str().unwrap_or_default().trim_start_matches("platform.");
    let record = &event["record"];
    let members = MEMBERS.iter().filter_map(|member| record.get(member));
    let text = record.as_str().map(|text| Value::String(text.to_owned()));
    let words = members.chain(&text).map(|member| match member {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    std::iter::once(kind.to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

/// Lets the only subscriber take all that is and becomes due within some seconds.
fn drain(env: &mut Scenario, name: &str) {
    for _ in 0..20 {
        while env.is_delivering() {
            env.takes(name);
        }
        env.advance(super::scenario::millis(1_000));
    }
}
